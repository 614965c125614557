"""Many finite Wright-Fisher populations of one kind, and what is measured in them.

Fitness is multiplicative: allele 1 of gene i multiplies an individual's by 1 + s_i. Every
population is a function of its own key, and the next begins when it is over (``lax.map``), so that
the memory is that of one.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import population, wright_fisher
from nne_jax._checks import check_array, check_count, check_key, check_one, check_real
from nne_jax.theory import _checks
from nne_jax.theory.genetics import multiplicative_fitness
from nne_jax.types import Genotypes, Key

_SETTLED = 20  # generations after which linkage disequilibrium has forgotten how it began


class PairDisequilibrium(NamedTuple):
    """Two genes of frequencies p and q, by population and generation."""

    squares: jax.Array  # (R, T) D², D = mean x y - p q
    variation: jax.Array  # (R, T) p (1-p) q (1-q): r² is D² over it


def allele_freqs(
    key: Key,
    s: jax.Array,
    start: float,
    population_size: int,
    num_generations: int,
    num_replicates: int,
) -> jax.Array:
    """Allele frequencies of populations under selection and drift, with free recombination.

    Args:
      key: typed key.
      s: (n,) selection coefficients.
      start: frequency of every allele 1 in the first generation, drawn at linkage equilibrium.
      population_size: number N of individuals.
      num_generations: number T of generations.
      num_replicates: number R of populations.

    Returns:
      (R, T + 1, n) float32.

    Raises:
      InputError: a number out of bounds.

    >>> allele_freqs(jax.random.key(0), jnp.zeros(2), 1.0, 10, 1, 1).tolist()  # fixed
    [[[1.0, 1.0], [1.0, 1.0]]]
    """
    check_array("s", s, ("n",), "floats")
    _checks.coefficients(s, s.shape[0])
    check_count("num_generations", num_generations, 0)
    _check(key, start, population_size, num_replicates)
    return _allele_freqs(key, s, start, population_size, num_generations, num_replicates)


@partial(jax.jit, static_argnames=("population_size", "num_generations", "num_replicates"))
def _allele_freqs(key, s, start, population_size, num_generations, num_replicates) -> jax.Array:

    def freqs_of_one(key):
        key_first, key_run = jax.random.split(key)
        x = population.sample(key_first, jnp.full(s.size, start), population_size)

        def generation(x, key):
            return _children(key, x, s), population.allele_freqs(x)

        x, before = jax.lax.scan(generation, x, jax.random.split(key_run, num_generations))
        return jnp.concatenate([before, population.allele_freqs(x)[None]])

    return jax.lax.map(freqs_of_one, jax.random.split(key, num_replicates))


def neutral_freqs(key: Key, genotypes: Genotypes, num_replicates: int) -> jax.Array:
    """Allele frequencies one generation after (N, n) genotypes without selection: (R, n) float32.

    Their variance is p (1-p) / N.

    Raises:
      InputError: what is no (N, n) bool, or no replicates.
    """
    check_key("key", key)
    check_array("genotypes", genotypes, ("N", "n"), "booleans")
    check_count("num_replicates", num_replicates)
    return _neutral_freqs(key, genotypes, num_replicates)


@partial(jax.jit, static_argnames="num_replicates")
def _neutral_freqs(key, genotypes, num_replicates) -> jax.Array:
    neutral = jnp.ones(genotypes.shape[0])

    def freqs_of_one(key):
        return population.allele_freqs(wright_fisher.reproduce(key, genotypes, neutral))

    return jax.lax.map(freqs_of_one, jax.random.split(key, num_replicates))


def fixed_share(
    key: Key,
    start: float,
    s: float,
    population_size: int,
    num_genes: int,
    num_replicates: int,
) -> jax.Array:
    """Share of the populations of one gene in which allele 1 is fixed, not lost, in the end.

    Args:
      key: typed key.
      start: its frequency in the first generation, rounded to a number of individuals.
      s: its selection coefficient.
      population_size: number N of individuals.
      num_genes: populations that are run at a time, until the last of them is monomorphic.
      num_replicates: how many times.

    Returns:
      () float32; compare ``genetics.fixation_probability``.

    Raises:
      InputError: a number out of bounds.
    """
    check_one("s", s)
    _checks.coefficients(s, 1)
    check_count("num_genes", num_genes)
    _check(key, start, population_size, num_replicates)
    return _fixed_share(key, start, s, population_size, num_genes, num_replicates)


@partial(jax.jit, static_argnames=("population_size", "num_genes", "num_replicates"))
def _fixed_share(key, start, s, population_size, num_genes, num_replicates) -> jax.Array:
    carries = jnp.arange(population_size, dtype=jnp.float32) < jnp.round(start * population_size)
    first = jnp.broadcast_to(carries[:, None], (population_size, num_genes))

    def fixed_of_some(key):
        def polymorphic(carry):
            x, _ = carry
            return jnp.any((population.allele_freqs(x) > 0) & (population.allele_freqs(x) < 1))

        def generation(carry):  # each column breeds on its own
            x, t = carry
            keys = jax.random.split(jax.random.fold_in(key, t), num_genes)
            breed = jax.vmap(lambda key, gene: _children(key, gene[:, None], s)[:, 0], (0, 1), 1)
            return breed(keys, x), t + 1

        return jnp.mean(jax.lax.while_loop(polymorphic, generation, (first, 0))[0])

    return jnp.mean(jax.lax.map(fixed_of_some, jax.random.split(key, num_replicates)))


def pair_disequilibrium(
    key: Key, s: float, recombination_rate: float, population_size: int, num_replicates: int
) -> PairDisequilibrium:
    """Linkage disequilibrium of two genes, from frequencies of 1/2, in generations 20 to 40.

    Args:
      key: typed key.
      s: selection coefficient of both.
      recombination_rate: between them, in [0, 1/2].
      population_size: number N of individuals.
      num_replicates: number R of populations.

    Returns:
      (R, 20) float32 each; compare ``genetics.expected_disequilibrium``.

    Raises:
      InputError: a number out of bounds.
    """
    check_one("s", s)
    _checks.coefficients(s, 2)
    check_real("recombination_rate", recombination_rate, 0, 0.5)
    _check(key, 0.5, population_size, num_replicates)
    return _pair_disequilibrium(key, s, recombination_rate, population_size, num_replicates)


@partial(jax.jit, static_argnames=("population_size", "num_replicates"))
def _pair_disequilibrium(key, s, recombination_rate, population_size, num_replicates):

    def pair_of_one(key):
        key_first, key_run = jax.random.split(key)
        x = population.sample(key_first, jnp.full(2, 0.5), population_size)

        def generation(x, key):
            x = _children(key, x, s, recombination_rate)
            p, q = population.allele_freqs(x)
            d = jnp.mean(x[:, 0] & x[:, 1]) - p * q
            return x, PairDisequilibrium(d**2, p * (1 - p) * q * (1 - q))

        _, measured = jax.lax.scan(generation, x, jax.random.split(key_run, 2 * _SETTLED))
        return jax.tree.map(lambda column: column[_SETTLED:], measured)

    return jax.lax.map(pair_of_one, jax.random.split(key, num_replicates))


def _check(key: Key, start: float, population_size: int, num_replicates: int) -> None:
    check_key("key", key)
    check_real("start", start, 0, 1)
    check_one("start", start)
    check_count("population_size", population_size)
    check_count("num_replicates", num_replicates)


def _children(key: Key, x: Genotypes, s, recombination_rate=0.5) -> Genotypes:
    relative_fitness = multiplicative_fitness(x, s)
    return wright_fisher.reproduce(key, x, relative_fitness, recombination_rate=recombination_rate)
