"""Pytrees of JAX's arrays as numpy's, for what knows nothing of devices: disks, and networks."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._pytrees import as_numbers, is_key


def as_plain(tree: Any) -> Any:
    """Arrays that are whole on every device as numpy's, empty ones as None; keys as numbers.

    >>> as_plain({"key": jax.random.key(7), "p": jnp.ones(2)})
    {'key': array([0, 7], dtype=uint32), 'p': array([1., 1.], dtype=float32)}
    """

    def plain(leaf):
        array = np.asarray(as_numbers(leaf))
        return array if array.size else None  # orbax saves none that is empty

    return jax.tree.map(plain, tree)


def as_before(plain: Any, like: Any) -> Any:
    """The pytree that such arrays were made of, on the default device and not tied to it.

    Args:
      plain: of ``as_plain``.
      like: a pytree of the same form.

    >>> as_before({"p": np.ones(2, np.float32)}, {"p": jnp.zeros(2)})
    {'p': Array([1., 1.], dtype=float32)}
    """

    def before(array, leaf):
        numbers = as_numbers(leaf)
        if not numbers.size:
            return leaf
        array = jnp.asarray(np.asarray(array), numbers.dtype)
        if is_key(leaf):
            return jax.random.wrap_key_data(array, impl=jax.random.key_impl(leaf))
        return array

    leaves, structure = jax.tree.flatten(like)
    arrays = jax.tree.leaves(plain, is_leaf=lambda leaf: leaf is None)
    return jax.tree.unflatten(structure, map(before, arrays, leaves))
