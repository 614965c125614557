"""The population: initial allele frequencies, sampled genotypes, and how much variation is left."""

import jax
import jax.numpy as jnp

from nne_jax._checks import check_count, check_freqs, check_key, check_real, within
from nne_jax.types import AlleleFreqs, Genotypes, Key

_CPU_BATCH = 8  # individuals whose random bits are in the cache together: measured, 5 times as fast


def init_allele_freqs(key: Key, num_genes: int, spread: float | jax.Array = 1.0) -> AlleleFreqs:
    """Draws the first generation's allele frequencies, p₁(i) ~ U[1/2 - r/2, 1/2 + r/2].

    Args:
      key: typed key.
      num_genes: number n of genes, at least 1.
      spread: r in [0, 1]; 1 is the paper's U[0, 1], 0 gives every gene the frequency 1/2, where its
        heterozygosity, and with it the response to selection, is largest.

    Returns:
      (n,) float32 in [0, 1].

    Raises:
      InputError: ``num_genes`` below 1 or ``spread`` outside [0, 1]. (One that is traced gives
        frequencies of NaN.)

    Source: the paper, section 3.1 (r = 1).

    >>> init_allele_freqs(jax.random.key(0), 3, spread=0.0)
    Array([0.5, 0.5, 0.5], dtype=float32)
    """
    check_key("key", key)
    check_count("num_genes", num_genes)
    check_real("spread", spread, 0, 1)
    return 0.5 + within(spread, 0, 1) * (jax.random.uniform(key, (num_genes,)) - 0.5)


def sample(
    key: Key, allele_freqs: AlleleFreqs, population_size: int, antithetic: bool = False
) -> Genotypes:
    """Samples haploid genotypes at linkage equilibrium, x(i) ~ Bernoulli(p(i)) (A1).

    Individual k is drawn with ``fold_in(key, k)``: it is the same individual in a population of any
    size, and on any number of devices.

    Args:
      key: typed key.
      allele_freqs: (n,) frequencies p in [0, 1].
      population_size: number N of individuals, at least 1.
      antithetic: whether individual 2k + 1 is drawn with 1 - u where individual 2k is with u, so
        that the two differ as much as p allows: what they share cancels out of f1 - f0.

    Returns:
      (N, n) bool.

    Raises:
      InputError: ``population_size`` below 1, frequencies outside [0, 1].

    >>> sample(jax.random.key(0), jnp.array([0.0, 1.0]), 2)
    Array([[False,  True],
           [False,  True]], dtype=bool)
    """
    check_key("key", key)
    check_freqs("allele_freqs", allele_freqs)
    population_size = check_count("population_size", population_size)

    def pair(index):
        u = jax.random.uniform(jax.random.fold_in(key, index), allele_freqs.shape)
        return jnp.stack([u < allele_freqs, 1 - u <= allele_freqs])  # A1

    def individual(index):
        return jax.random.uniform(jax.random.fold_in(key, index), allele_freqs.shape) < allele_freqs

    draw, count = (pair, -(-population_size // 2)) if antithetic else (individual, population_size)
    # As many at a time as suits the platform that it runs on; the genotypes are the same.
    drawn = jax.lax.platform_dependent(
        jnp.arange(count),
        cpu=lambda index: jax.lax.map(draw, index, batch_size=_CPU_BATCH),
        default=jax.vmap(draw),
    )
    return drawn.reshape(-1, allele_freqs.size)[:population_size]


def heterozygosity(allele_freqs: AlleleFreqs) -> jax.Array:
    """Expected heterozygosity, the mean over genes of 2 p (1 - p): the variation that is left.

    Returns:
      () float32 in [0, 1/2]; NaN where a frequency is.

    >>> heterozygosity(jnp.array([0.5, 1.0]))
    Array(0.25, dtype=float32)
    """
    check_freqs("allele_freqs", allele_freqs)
    return jnp.mean(2 * allele_freqs * (1 - allele_freqs))


def distance_to_fixation(allele_freqs: AlleleFreqs) -> jax.Array:
    """Distance min(p, 1 - p) of each allele frequency to {0, 1}.

    Returns:
      (n,) float32 in [0, 1/2].

    >>> distance_to_fixation(jnp.array([0.25, 0.75, 1.0])).tolist()
    [0.25, 0.25, 0.0]
    """
    check_freqs("allele_freqs", allele_freqs)
    return jnp.minimum(allele_freqs, 1 - allele_freqs)


def fraction_near_fixation(allele_freqs: AlleleFreqs, distance: float) -> jax.Array:
    """Fraction of the genes whose allele frequency is at most ``distance`` away from {0, 1}.

    Returns:
      () float32 in [0, 1].

    Source: the paper, figure 2.

    >>> fraction_near_fixation(jnp.array([0.05, 0.5, 0.95, 1.0]), 0.1).tolist()
    0.75
    """
    check_real("distance", distance, 0, 0.5)
    return jnp.mean(distance_to_fixation(allele_freqs) <= distance)
