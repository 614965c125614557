"""Wright-Fisher evolution: a real, finite population of genotypes instead of allele frequencies.

NNE draws every generation's genotypes afresh from the allele frequencies, as if genes were never
linked. Here the genotypes themselves live on: parents are drawn by fitness, a child takes each gene
from one of its two parents, and drift and linkage disequilibrium are those of a population of N.
A drop-in for NNE: ``evolution.evolve`` runs the step of either.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from nne_jax import engines, fitness, metrics, population
from nne_jax.evolution import Step, generation_keys
from nne_jax.selection import Rule
from nne_jax.types import AlleleFreqs, Fitness, FitnessFn, Genotypes, InputError, Key


class WrightFisherState(NamedTuple):
    """Everything that changes from one generation to the next."""

    key: Key  # () the run's key; generation g draws with fold_in(key, g)
    generation: jax.Array  # () int32: generations made so far
    genotypes: Genotypes  # (N, n) bool: the living population

    @property
    def allele_freqs(self) -> AlleleFreqs:
        """(n,) float32: the population's allele frequencies."""
        return jnp.mean(self.genotypes, axis=-2, dtype=jnp.float32)


def init(
    key: Key, num_genes: int, population_size: int = 1000, spread: float = 1.0
) -> WrightFisherState:
    """A first generation at linkage equilibrium, drawn from initial frequencies.

    Args:
      key: typed key of the whole run.
      num_genes: number n of genes.
      population_size: number N of individuals.
      spread: of the initial frequencies, see ``population.init_allele_freqs``.
    """
    key_init, key_genotypes, key_run = jax.random.split(key, 3)
    p = population.init_allele_freqs(key_init, num_genes, spread)
    genotypes = population.sample(key_genotypes, p, population_size)
    return WrightFisherState(key_run, jnp.int32(0), genotypes)


def make_generation_step(
    net,
    gen,
    rule: Rule,
    population_size: int = 1000,
    fitness_fn: FitnessFn = fitness.reward,
    mutation_rate: float = 0.0,
    recombination_rate: float = 0.5,
    **how: Any,
) -> Step:
    """Makes the generation step ``(state, batch) -> (state, metrics)``: test, then reproduce.

    Args:
      net, gen, population_size, fitness_fn, **how: as in ``evolution``.
      rule: a selection rule that gives each individual a relative fitness; without mutation.
      mutation_rate: see ``reproduce``.
      recombination_rate: see ``reproduce``.

    Raises:
      InputError: a rule without relative fitness, a rate out of bounds, a bad ``chunk_size``.
    """
    _check_rates(mutation_rate, recombination_rate)
    if rule.excess is None:
        raise InputError(
            "rule: it gives individuals no relative fitness; for Wright-Fisher take replicator, "
            "intensity or truncation, and mutation by mutation_rate."
        )

    def generation(of_population, state: WrightFisherState, batch):
        key, _ = generation_keys(state)
        raw = of_population(state.genotypes, batch)
        delta, non_finite = fitness.replace_non_finite(raw)
        relative = jnp.maximum(1 + rule.excess(delta, state.generation), 0)
        genotypes = reproduce(key, state.genotypes, relative, mutation_rate, recombination_rate)
        after = WrightFisherState(state.key, state.generation + 1, genotypes)
        return after, metrics.summarise(delta, non_finite, after.allele_freqs)

    return Partial(generation, engines.make(net, gen, fitness_fn, **how))


def reproduce(
    key: Key,
    genotypes: Genotypes,
    relative_fitness: Fitness,
    mutation_rate: float = 0.0,
    recombination_rate: float = 0.5,
) -> Genotypes:
    """The next generation: N children of two parents each, drawn with probability ∝ fitness.

    A child copies one parent, and between neighbouring genes goes over to the other with the
    recombination rate: at 1/2 each gene comes from a random parent (free recombination), at 0 all
    genes come from one. Then every allele mutates with the mutation rate.

    Args:
      key: typed key.
      genotypes: (N, n) alleles of the parents.
      relative_fitness: (N,), not negative; if all are 0 everybody breeds alike.
      mutation_rate: probability in [0, 1/2] that an allele turns into the other.
      recombination_rate: probability in [0, 1/2] of recombination between neighbouring genes.

    Returns:
      (N, n) bool.

    Raises:
      InputError: a rate out of bounds.

    Source: Ewens, Mathematical Population Genetics, 2nd edition, chapters 1 and 3.

    >>> reproduce(jax.random.key(0), jnp.array([[1, 0], [0, 1]], bool), jnp.array([1.0, 0.0]))
    Array([[ True, False],
           [ True, False]], dtype=bool)
    """
    _check_rates(mutation_rate, recombination_rate)
    key_parents, key_crossover, key_mutation = jax.random.split(key, 3)
    size = genotypes.shape[0]
    weight = jnp.where(jnp.any(relative_fitness > 0), relative_fitness, 1)
    parents = jax.random.choice(key_parents, size, (2, size), p=weight / jnp.sum(weight))
    switches = jax.random.bernoulli(key_crossover, recombination_rate, genotypes.shape)
    from_second = jnp.cumsum(switches, axis=1) % 2 == 1
    children = jnp.where(from_second, genotypes[parents[1]], genotypes[parents[0]])
    return children ^ jax.random.bernoulli(key_mutation, mutation_rate, genotypes.shape)


def linkage_disequilibrium(genotypes: Genotypes) -> jax.Array:
    """Mean r² over pairs of polymorphic genes, r the correlation of their alleles.

    D_ij = mean x_i x_j - p_i p_j,  r²_ij = D_ij² / (p_i (1 - p_i) p_j (1 - p_j)). NNE samples
    genotypes at linkage equilibrium, where E[r²] = 1 / (N - 1) by the sampling alone.

    Args:
      genotypes: (N, n) alleles.

    Returns:
      () float32 in [0, 1]; 0 with fewer than two polymorphic genes.

    >>> linkage_disequilibrium(jnp.array([[1, 1, 1], [0, 0, 1]]))  # complete, between the first two
    Array(1., dtype=float32)
    """
    x = genotypes.astype(jnp.float32)
    deviation = x - jnp.mean(x, axis=0)
    variance = jnp.mean(deviation**2, axis=0)
    some = variance > 0
    scaled = jnp.where(some, deviation / jnp.sqrt(jnp.where(some, variance, 1)), 0)
    r = jnp.matmul(scaled.T, scaled, precision="highest") / x.shape[0]
    num = jnp.sum(some)
    return (jnp.sum(r**2) - num) / jnp.maximum(num * (num - 1), 1)


def expected_disequilibrium(population_size: int, recombination_rate: float) -> float:
    """E[r²] without selection in a population of N: 1 / (N (1 - (1 - c)²)), for N c large.

    Each generation keeps (1 - c) of D, and sampling N children adds variance p(1-p)q(1-q)/N.

    Source: Sved, Theoretical Population Biology 2 (1971), 125-141, for haploids.

    >>> expected_disequilibrium(100, 0.5)
    0.0133
    """
    return 1 / (population_size * (1 - (1 - recombination_rate) ** 2))


def fixation_probability(p: jax.Array, s: float, population_size: int) -> jax.Array:
    """Probability that an allele of relative fitness 1 + s is fixed, (1-exp(-2sNp))/(1-exp(-2sN)).

    Args:
      p: its frequency.
      s: selection coefficient; 0 gives p.
      population_size: number N of haploid individuals.

    Source: Kimura, Genetics 47 (1962), 713-719, for haploids.

    >>> float(fixation_probability(0.1, 0.05, 100))
    0.63215
    """
    if s == 0:
        return jnp.asarray(p)
    return jnp.expm1(-2 * s * population_size * p) / jnp.expm1(-2 * s * population_size)


def _check_rates(mutation_rate: float, recombination_rate: float) -> None:
    rates = {"mutation_rate": mutation_rate, "recombination_rate": recombination_rate}
    for name, rate in rates.items():
        if not 0 <= rate <= 0.5:
            raise InputError(f"{name}={rate}: this rate is between 0 and 1/2.")
