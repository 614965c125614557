"""Examples with their labels, and batches drawn of them."""

import dataclasses
import numbers
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_key
from nne_jax._pytrees import pytree, static
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key, Labels

_FEW = 4  # a part of at most this is drawn without sorting all


class Batch(NamedTuple):
    """Examples with their labels."""

    inputs: Inputs  # (B, D) float32; images are in [0, 1]
    labels: Labels  # (B,) int32


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Minibatches:
    """Draws ``batch_size`` different examples of a split: a pure function of a key.

    Args:
      split: a ``Batch``, or any pytree of arrays whose first axes are the examples.
      batch_size: how many of them to draw, at least 1 and at most all.

    Raises:
      InputError: arrays of different numbers of examples, a batch size out of bounds.

    >>> from nne_jax.data import load
    >>> batches = Minibatches(load("digits").train, batch_size=5)
    >>> batches(jax.random.key(0)).inputs.shape
    (5, 64)
    """

    split: Any
    batch_size: int = static()

    def __post_init__(self):
        leaves = jax.tree.leaves(self.split)
        if not all(isinstance(leaf, jax.Array | np.ndarray) for leaf in leaves):
            return  # a pytree of something else: JAX maps over the leaves of this one
        sizes = {jnp.shape(leaf)[:1] for leaf in leaves}
        if len(sizes) != 1 or not all(sizes):
            raise InputError(
                f"split: its arrays have first axes of {sorted(sizes)}; give equal ones."
            )
        ((size,),) = sizes
        if not size:
            raise InputError("split: there are no examples in it; give one that has some.")
        whole = isinstance(self.batch_size, numbers.Integral) and self.batch_size is not True
        if not whole or not 1 <= self.batch_size <= size:
            raise InputError(
                f"batch_size={self.batch_size}: there are {size} examples; give a whole number "
                f"from 1 to {size}."
            )

    def __call__(self, key: Key) -> Any:
        """A random subset, drawn without replacement."""
        check_key("key", key)
        for leaf in jax.tree.leaves(self.split):
            if not hasattr(leaf, "shape"):
                raise InputError(f"split: {type(leaf).__name__} in it; give a pytree of arrays.")
        size = jax.tree.leaves(self.split)[0].shape[0]
        index = distinct(key, size, self.batch_size)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[index], self.split)


def distinct(key: Key, size: int, count: int) -> jax.Array:
    """``count`` different numbers below ``size``, each set of them with the same probability.

    Few of many are drawn with replacement, and those that repeat others again until none does. No
    number is treated differently from another one, so neither is any set. That takes the time of a
    sort of ``count`` numbers, where a permutation sorts all.
    """
    if count > size // _FEW:
        return jax.random.choice(key, size, (count,), replace=False)

    def redraw(drawn):
        key, index, repeats = drawn
        key, key_draw = jax.random.split(key)
        index = jnp.where(
            repeats, jax.random.randint(key_draw, (count,), 0, size, jnp.int32), index
        )
        order = jnp.argsort(index)
        ascending = index[order]
        is_second = jnp.concatenate([jnp.zeros(1, bool), ascending[1:] == ascending[:-1]])
        return key, index, jnp.zeros(count, bool).at[order].set(is_second)

    first = key, jnp.zeros(count, jnp.int32), jnp.ones(count, bool)
    return jax.lax.while_loop(lambda drawn: jnp.any(drawn[2]), redraw, first)[1]
