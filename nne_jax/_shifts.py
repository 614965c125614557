"""Images that are moved and warped, as eyes and hands move: anew in each batch, or all at once."""

import dataclasses
import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax import _warps
from nne_jax._batches import Batch
from nne_jax._checks import check_array, check_count, check_key, check_real
from nne_jax._pytrees import as_pytree, pytree, static
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Jitter:
    """Moves, and maybe warps, every image of a batch in a way of its own, anew in each batch.

    What is moved out is lost, what is moved in is 0. Images are square.

    Args:
      batches: a ``Batch``, or a function of a key that draws one, ``Minibatches`` say.
      pixels: how far, r: both directions move by a whole number, uniform in -r … r.
      warp: w: before that a pixel at x from the image's middle becomes what was at A x, A = 1 + E
        with the four numbers of E uniform in ±w, which turns, shears and scales the image (by
        bilinear interpolation).

    Raises:
      InputError: ``pixels`` below 0 or of the image's size, ``warp`` not in [0, 0.5); when it is
        called, images that are not square.

    >>> batch = Batch(jnp.eye(9)[4:5], jnp.array([0]))  # its middle pixel is lit
    >>> jnp.argmax(Jitter(batch, pixels=1)(jax.random.key(0)).inputs)
    Array(7, dtype=int32)
    """

    batches: Any
    pixels: int = static()
    warp: float = static(default=0.0)

    def __post_init__(self):
        check_count("pixels", self.pixels, 0)
        check_real("warp", self.warp, 0, below=_warps.MOST)
        object.__setattr__(self, "batches", as_pytree(self.batches))

    @property
    def split(self) -> Any:
        """The examples that batches are drawn from."""
        return getattr(self.batches, "split", self.batches)

    @property
    def reach(self) -> int:
        """The most pixels, down or to the right, by which anything in an image is moved."""
        side = side_of(self.split.inputs.shape[1], self.pixels)
        return min(side - 1, self.pixels + _warps.reach(side, self.warp))

    def __call__(self, key: Key) -> Batch:
        """A batch whose images are moved and warped."""
        check_key("key", key)
        key_batch, key_shifts = jax.random.split(key)
        batch = self.batches(key_batch) if callable(self.batches) else self.batches
        check_array("inputs", batch.inputs, ("S", "D"), "real numbers")
        side = side_of(batch.inputs.shape[1], self.pixels)
        inputs = jnp.asarray(batch.inputs)
        shape = inputs.shape[0], 2
        shifts = jax.random.randint(key_shifts, shape, -self.pixels, self.pixels + 1)
        images = inputs.reshape(-1, side, side)
        if self.warp:
            floats = jnp.promote_types(images.dtype, jnp.float32)
            key_warps = jax.random.fold_in(key_shifts, 1)
            images = _warps.warped(key_warps, images.astype(floats), self.warp)
        moved = jax.vmap(lambda image, shift: _moved(image, shift, self.pixels))(images, shifts)
        return batch._replace(inputs=moved.reshape(inputs.shape))


def all_shifts(split: Batch, pixels: int) -> Batch:
    """Every image moved in all (2r + 1)² ways of ``Jitter``, with its label.

    For those who learn from stored features of the images, which a move changes: a batch of these
    is a batch of moved images.

    Args:
      split: (S, D) images and (S,) labels.
      pixels: how far, r.

    Returns:
      (2r + 1)² S images and labels: all of one move after all of another.

    Raises:
      InputError: images that are not square, ``pixels`` below 0 or of their size.

    >>> moved = all_shifts(Batch(jnp.array([[1.0, 2.0, 3.0, 4.0]]), jnp.array([7])), pixels=1)
    >>> moved.inputs[0].tolist(), moved.labels.tolist()  # by one pixel up and to the left
    ([4.0, 0.0, 0.0, 0.0], [7, 7, 7, 7, 7, 7, 7, 7, 7])
    """
    check_count("pixels", pixels, 0)
    check_array("inputs", split.inputs, ("S", "D"), "real numbers")
    inputs: Inputs = jnp.asarray(split.inputs)
    side = side_of(inputs.shape[1], pixels)
    images = inputs.reshape(-1, side, side)
    steps = range(-pixels, pixels + 1)
    shifts = jnp.array(list(itertools.product(steps, steps)))
    moved = jax.vmap(lambda shift: jax.vmap(lambda image: _moved(image, shift, pixels))(images))
    inputs = moved(shifts).reshape(-1, side * side)
    return Batch(inputs, jnp.tile(jnp.asarray(split.labels), len(shifts)))


def side_of(num_inputs: int, pixels: int) -> int:
    """Pixels of a side of the square images that inputs are, if they can be moved by some pixels.

    Raises:
      InputError: they are no square, or one that is not larger than the move.

    >>> side_of(784, pixels=1)
    28
    """
    check_count("num_inputs", num_inputs)
    check_count("pixels", pixels, 0)
    side = math.isqrt(num_inputs)
    if side**2 != num_inputs:
        raise InputError(f"inputs: {num_inputs} numbers are no square image.")
    if pixels >= side:
        raise InputError(f"pixels={pixels}: images are {side} by {side}; give at most {side - 1}.")
    return side


def _moved(image: jax.Array, shift: jax.Array, most: int) -> jax.Array:
    """An image (H, W) moved down and to the right by a shift (2,), by ``most`` at most."""
    return jax.lax.dynamic_slice(jnp.pad(image, most), most - shift, image.shape)
