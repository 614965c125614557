"""Permutations of many sizes by one program: JAX's own compiles a sort for every size."""

import math
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.types import Key


def permutations(key: Key, names: Sequence[int], sizes: Sequence[int]) -> list[np.ndarray]:
    """For each name a permutation of so many numbers, whatever others there are.

    With JAX's default keys it is ``jax.random.permutation(fold_in(key, name), size)``: numbers are
    sorted by random bits, and again, so often that ties in all sorts hardly occur. The bits of
    fewer numbers are the first ones of more.

    >>> [order.tolist() for order in permutations(jax.random.key(0), [0, 7], [2, 5])]
    [[0, 1], [0, 2, 4, 1, 3]]
    """
    most = max(sizes)
    bits = np.asarray(_bits(key, jnp.asarray(names, jnp.uint32), most, _num_sorts(most)))
    return [
        _sorted_by(own[: _num_sorts(size), :size]) for own, size in zip(bits, sizes, strict=True)
    ]


def _num_sorts(size: int) -> int:
    """As in JAX, their bits together have three times the size's; one number is where it was."""
    return max(1, math.ceil(3 * math.log(size) / math.log(2**32 - 1)))


@partial(jax.jit, static_argnames=("size", "num_sorts"))
def _bits(key: Key, names: jax.Array, size: int, num_sorts: int) -> jax.Array:
    def of(name):
        own, found = jax.random.fold_in(key, name), []
        for _ in range(num_sorts):
            own, now = jax.random.split(own)
            found.append(jax.random.bits(now, (size,), jnp.uint32))
        return jnp.stack(found)

    return jax.lax.map(of, names)


def _sorted_by(bits: np.ndarray) -> np.ndarray:
    order = np.arange(bits.shape[1])
    for now in bits:
        order = order[np.argsort(now, kind="stable")]
    return order
