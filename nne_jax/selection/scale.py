"""Fitness of any scale, also of numbers whose sums and squares are out of range."""

import functools

import jax
import jax.numpy as jnp

from nne_jax._checks import as_floats, check_array, check_finite
from nne_jax.types import Fitness


def standardise(fitness: Fitness) -> Fitness:
    """Fitness in standard deviations from the population's mean, (δ - mean) / sd; 0 where sd is 0.

    Raises:
      InputError: what is no (N,) finite real numbers.

    >>> standardise(jnp.array([1.0, 3.0]) * 2.0**100)  # whose squares are out of range
    Array([-1.,  1.], dtype=float32)
    """
    check_array("fitness", fitness, ("N",), "real numbers")
    check_finite("fitness", fitness)
    fitness = as_floats(fitness)
    deviation = fitness * power_of_two(fitness)  # squares of large numbers are out of range
    deviation = deviation - jnp.mean(deviation)
    variance = jnp.mean(deviation**2)
    # it may be the rounding of the mean, where all are equal
    flat = (jnp.max(fitness) == jnp.min(fitness)) | (variance == 0)
    sd = jnp.sqrt(jnp.where(flat, 1, variance))  # of 0 it has no derivative
    return jnp.where(flat, 0, deviation / jnp.where(flat, 1, sd))  # not x rsqrt(y), less exact


@functools.partial(jax.jit, inline=True)
def power_of_two(fitness: Fitness) -> jax.Array:
    """About one over the largest magnitude; as a power of two, so that products are exact.

    What is divided by it in the end has the derivatives of what it is, not of the scale.
    """
    info = jnp.finfo(fitness.dtype)
    bound = 2.0 ** int(info.maxexp - 3)
    largest = jnp.clip(jnp.max(jnp.abs(jax.lax.stop_gradient(fitness))), 1 / bound, bound)
    return jax.lax.reduce_precision(1 / largest, exponent_bits=int(info.nexp), mantissa_bits=0)


def replace_non_finite(fitness: Fitness) -> tuple[Fitness, jax.Array]:
    """Gives individuals whose fitness is NaN or infinite the lowest finite fitness of the others.

    So they are selected against, and one broken network does not spoil a generation. With no finite
    fitness at all everyone gets 0: no selection.

    Args:
      fitness: (N,) real numbers, at least one.

    Returns:
      (N,) finite float32, and () int32, how many were replaced.

    Raises:
      InputError: anything else.

    >>> replace_non_finite(jnp.array([1.0, jnp.nan, 3.0]))
    (Array([1., 1., 3.], dtype=float32), Array(1, dtype=int32))
    """
    check_array("fitness", fitness, ("N",), "real numbers")
    fitness = fitness.astype(jnp.float32)
    finite = jnp.isfinite(fitness)
    lowest = jnp.min(fitness, where=finite, initial=jnp.inf)
    lowest = jnp.where(jnp.any(finite), lowest, 0.0)
    return jnp.where(finite, fitness, lowest), jnp.sum(~finite, dtype=jnp.int32)
