"""Formulas of population genetics for N haploid individuals: linkage, drift, fixation."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nne_jax import population
from nne_jax._checks import check_alleles, check_count, check_real, shape_of
from nne_jax.errors import InputError
from nne_jax.theory import _checks
from nne_jax.types import Fitness, Genotypes


def multiplicative_fitness(genotypes: Genotypes, s: jax.Array) -> Fitness:
    """Relative fitness Π_i (1 + s_i x_i): genes that act independently of each other.

    Args:
      genotypes: (N, n) bool.
      s: (n,) selection coefficients, or () that of every gene; above -1.

    Returns:
      (N,) float32.

    Raises:
      InputError: arrays that do not fit each other, a coefficient of -1 or below.

    >>> multiplicative_fitness(jnp.array([[True, True], [False, True]]), jnp.array([0.5, 1.0]))
    Array([3., 2.], dtype=float32)
    """
    check_alleles(genotypes)
    _checks.coefficients(s, genotypes.shape[1])
    return jnp.prod(jnp.where(genotypes, 1 + jnp.broadcast_to(s, genotypes.shape), 1), axis=1)


def linkage_disequilibrium(genotypes: Genotypes) -> jax.Array:
    """Mean r² over pairs of polymorphic genes, r the correlation of their alleles.

    D_ij = mean x_i x_j - p_i p_j,  r²_ij = D_ij² / (p_i (1 - p_i) p_j (1 - p_j)). NNE samples
    genotypes at linkage equilibrium, where E[r²] = 1 / (N - 1) by the sampling alone.

    Args:
      genotypes: (N, n) alleles.

    Returns:
      () float32 in [0, 1]; 0 with fewer than two polymorphic genes.

    Raises:
      InputError: what is no (N, n) alleles.

    >>> linkage_disequilibrium(jnp.array([[1, 1, 1], [0, 0, 1]]))  # complete, between the first two
    Array(1., dtype=float32)
    """
    check_alleles(genotypes)
    x = genotypes.astype(jnp.float32)
    deviation = x - jnp.broadcast_to(jnp.mean(x, axis=0), x.shape)
    sd = jnp.sqrt(jnp.mean(deviation**2, axis=0))
    p = population.allele_freqs(genotypes)
    some = (p > 0) & (p < 1)
    standard = deviation / jnp.broadcast_to(jnp.where(some, sd, 1), x.shape)
    r = jnp.matmul(standard.T, standard, precision="highest") / x.shape[0]
    num = jnp.sum(some, dtype=jnp.float32)
    return jnp.maximum(jnp.sum(r**2) - num, 0) / jnp.maximum(num * (num - 1), 1)


def expected_disequilibrium(population_size: int, recombination_rate: float) -> float:
    """E[r²] without selection in a population of N: 1 / (N (1 - (1 - c)²)), for N c large.

    Each generation keeps (1 - c) of D, and sampling N children adds variance p(1-p)q(1-q)/N.

    Args:
      population_size: number N of haploid individuals.
      recombination_rate: c between the two genes, in (0, 1/2].

    Raises:
      InputError: a rate out of bounds; without recombination D only grows.

    Source: Sved, Theoretical Population Biology 2 (1971), 125-141, for haploids.

    >>> expected_disequilibrium(100, 0.5)
    0.0133
    """
    check_count("population_size", population_size)
    check_real("recombination_rate", recombination_rate, above=0, high=0.5)
    return 1 / (population_size * (1 - (1 - recombination_rate) ** 2))


def fixation_probability(p: ArrayLike, s: ArrayLike, population_size: int) -> jax.Array:
    """Probability that an allele of relative fitness 1 + s is fixed, (1-exp(-2sNp))/(1-exp(-2sN)).

    Args:
      p: its frequency in [0, 1].
      s: selection coefficient, of p's shape or (); 0 gives p.
      population_size: number N of haploid individuals.

    Raises:
      InputError: a frequency outside [0, 1], a coefficient of -1 or below, shapes that do not fit.

    Source: Kimura, Genetics 47 (1962), 713-719, for haploids.

    >>> float(fixation_probability(0.1, 0.05, 100))
    0.63215
    """
    check_real("p", p, 0, 1)
    check_real("s", s, above=-1)
    check_count("population_size", population_size)
    if shape_of(s) not in ((), shape_of(p)):
        raise InputError(f"s of shape {shape_of(s)}: give one, or the shape of p, {shape_of(p)}.")
    p, exponent = jnp.asarray(p, float), -2 * population_size * jnp.asarray(s, float)
    neutral, size = exponent == 0, jnp.abs(exponent)
    # of a deleterious allele both are multiplied by exp(-2|s|N), since exp(2|s|N) is out of range
    share = jnp.expm1(-size * p) / jnp.where(neutral, 1, jnp.expm1(-size))
    share = jnp.where(exponent > 0, jnp.exp(-size * (1 - p)) * share, share)
    return jnp.where(neutral, p, share)
