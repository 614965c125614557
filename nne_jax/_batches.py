"""Examples with their labels, and batches drawn of them."""

import dataclasses
import numbers
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_key
from nne_jax._pytrees import static
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key, Labels


class Batch(NamedTuple):
    """Examples with their labels."""

    inputs: Inputs  # (B, D) float32; images are in [0, 1]
    labels: Labels  # (B,) int32


@jax.tree_util.register_dataclass
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
        index = jax.random.choice(key, size, (self.batch_size,), replace=False)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[index], self.split)
