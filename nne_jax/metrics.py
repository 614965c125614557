"""What a generation leaves in the log: scalars, the same for every mode of evolution."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import population
from nne_jax.types import Fitness, Genotypes


class Metrics(NamedTuple):
    """Scalars of one generation: its individuals' fitness, and the variation it leaves.

    Where nobody has a finite fitness, its mean, sd and maximum are NaN.
    """

    fitness_mean: jax.Array  # () float32
    fitness_sd: jax.Array  # () float32
    fitness_max: jax.Array  # () float32
    heterozygosity: jax.Array  # () float32, mean 2p(1-p) after selection
    near_fixation_0_1: jax.Array  # () float32, fraction of genes within 0.1 of {0,1}
    near_fixation_0_01: jax.Array  # () float32, fraction of genes within 0.01 of {0,1}
    non_finite: jax.Array  # () int32, individuals whose fitness was not finite


def summarise(genotypes: Genotypes, fitness: Fitness, non_finite: jax.Array, state: Any) -> Metrics:
    """The metrics of a generation.

    Args:
      genotypes: (N, n) those that were tested.
      fitness: (N,) float32, finite.
      non_finite: () int32, how many of them were replaced.
      state: after the generation, with ``allele_freqs`` (n,).

    >>> from nne_jax import evolution, selection
    >>> state = evolution.init(jax.random.key(0), 2, selection.intensity(1.0))
    >>> summarise(jnp.zeros((2, 2)), jnp.array([1.0, 3.0]), jnp.int32(0), state).fitness_mean
    Array(2., dtype=float32)
    """
    del genotypes
    p = state.allele_freqs
    known = jnp.where(non_finite < fitness.size, fitness, jnp.nan)
    return Metrics(
        fitness_mean=jnp.mean(known),
        fitness_sd=jnp.std(known),
        fitness_max=jnp.max(known),
        heterozygosity=population.heterozygosity(p),
        near_fixation_0_1=population.fraction_near_fixation(p, 0.1),
        near_fixation_0_01=population.fraction_near_fixation(p, 0.01),
        non_finite=non_finite,
    )
