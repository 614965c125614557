"""What a generation leaves in the log: scalars, the same for every mode of evolution."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import population
from nne_jax.types import AlleleFreqs, Fitness


class Metrics(NamedTuple):
    """Scalars of one generation: its individuals' fitness, and the variation it leaves."""

    fitness_mean: jax.Array  # () float32
    fitness_sd: jax.Array  # () float32
    fitness_max: jax.Array  # () float32
    heterozygosity: jax.Array  # () float32, mean 2p(1-p) after selection
    near_fixation_0_1: jax.Array  # () float32, fraction of genes within 0.1 of {0,1}
    near_fixation_0_01: jax.Array  # () float32, fraction of genes within 0.01 of {0,1}
    non_finite: jax.Array  # () int32, individuals whose fitness was not finite


def summarise(fitness: Fitness, non_finite: jax.Array, allele_freqs: AlleleFreqs) -> Metrics:
    """The metrics of a generation.

    Args:
      fitness: (N,) float32, finite.
      non_finite: () int32, how many of them were replaced.
      allele_freqs: (n,) frequencies after selection.

    >>> summarise(jnp.array([1.0, 3.0]), jnp.int32(0), jnp.array([0.5, 1.0])).fitness_mean
    Array(2., dtype=float32)
    """
    return Metrics(
        fitness_mean=jnp.mean(fitness),
        fitness_sd=jnp.std(fitness),
        fitness_max=jnp.max(fitness),
        heterozygosity=population.heterozygosity(allele_freqs),
        near_fixation_0_1=population.fraction_near_fixation(allele_freqs, 0.1),
        near_fixation_0_01=population.fraction_near_fixation(allele_freqs, 0.01),
        non_finite=non_finite,
    )
