"""Images whose axes change a little, as hands and heads tilt: each by a linear map of its own."""

import jax
import jax.numpy as jnp

from nne_jax.types import Key

MOST = 0.5  # with axes that change by less, no image is turned inside out


def warped(key: Key, images: jax.Array, most: float) -> jax.Array:
    """Every image under a random linear map about its middle: turned, sheared and scaled a little.

    A pixel at x from the middle becomes what was at A x, A = 1 + E, where the four numbers of E are
    uniform in ±``most``; between pixels by bilinear interpolation, and 0 outside of the image.

    Args:
      key: typed PRNG key.
      images: (S, H, H), floats.
      most: w, at least 0 and below ``MOST``.

    Returns:
      (S, H, H).

    >>> image = jnp.zeros((1, 9, 9)).at[0, 4].set(1.0)  # a level line
    >>> round(float(jnp.sum(warped(jax.random.key(0), image, 0.0)[0, 4])), 2)
    9.0
    """
    change = jax.random.uniform(
        key, (images.shape[0], 2, 2), jnp.float32, minval=-most, maxval=most
    )
    return jax.vmap(_through)(images, change)


def reach(side: int, most: float) -> int:
    """Pixels by which ``warped`` may move one of an image: Σⱼ |Eᵢⱼ xⱼ| at a corner, and a rest.

    >>> reach(28, 0.2)
    7
    """
    return min(side - 1, int(most * (side - 1)) + 2) if most else 0


def _through(image: jax.Array, change: jax.Array) -> jax.Array:
    """An image (H, H) under 1 + ``change`` (2, 2), about its middle."""
    side = image.shape[0]
    middle = (side - 1) / 2
    from_middle = jnp.arange(side, dtype=change.dtype) - middle
    down, right = from_middle[:, None], from_middle[None]
    (a, b), (c, d) = change
    return _between(
        image, a * down + b * right + down + middle, c * down + d * right + right + middle
    )


def _between(image: jax.Array, row: jax.Array, column: jax.Array) -> jax.Array:
    """What an image (H, H) has at positions in pixels, 0 outside of it."""
    side, width = image.shape[0], image.shape[0] + 3
    flat = jnp.pad(image, (1, 2)).ravel()  # a margin, to which positions outside are moved
    row, column = (jnp.clip(place + 1, 0, side + 1) for place in (row, column))
    top, left = jnp.floor(row), jnp.floor(column)
    down, right = (row - top).astype(image.dtype), (column - left).astype(image.dtype)
    first = (top * width + left).astype(jnp.int32)
    upper, lower = (
        (1 - right) * flat[start] + right * flat[start + 1] for start in (first, first + width)
    )
    return (1 - down) * upper + down * lower
