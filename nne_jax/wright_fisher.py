"""Wright-Fisher evolution: a real, finite population of genotypes instead of allele frequencies.

NNE draws every generation's genotypes afresh from the allele frequencies, as if genes were never
linked. Here the genotypes themselves live on: parents are drawn by fitness, a child takes each gene
from one of its two parents, and drift and linkage disequilibrium are those of a population of N.
A drop-in for NNE: ``evolution.evolve`` runs the step of either.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import metrics, population
from nne_jax._carriers import share_of_carriers
from nne_jax._checks import (
    as_floats,
    check_array,
    check_count,
    check_finite,
    check_key,
    check_scalar,
    check_values,
    within,
)
from nne_jax._pytrees import is_traced, pytree
from nne_jax.errors import InputError
from nne_jax.generation import Fittest, GenerationStep, check_functions, no_fittest
from nne_jax.selection import Count, _checks
from nne_jax.selection.scale import power_of_two
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, Key, PopulationFitness, Rule


class WrightFisherState(NamedTuple):
    """Everything that changes from one generation to the next."""

    key: Key  # () the run's key; generation g draws with fold_in(key, g)
    generation: jax.Array  # () int32: generations made so far
    genotypes: Genotypes  # (N, n) bool: the living population
    fittest: Fittest | None = None  # the fittest genotype that was ever tested, if it is kept

    @property
    def allele_freqs(self) -> AlleleFreqs:
        """(n,) float32: the population's allele frequencies."""
        return share_of_carriers(self.genotypes)


def init(
    key: Key,
    num_genes: int,
    population_size: int = 1000,
    spread: float | jax.Array = 1.0,
    keep_fittest: bool = False,
) -> WrightFisherState:
    """A first generation at linkage equilibrium, drawn from initial frequencies.

    Args:
      key: typed key of the whole run.
      num_genes: number n of genes.
      population_size: number N of individuals.
      spread: of the initial frequencies, see ``population.init_allele_freqs``.
      keep_fittest: whether the state keeps the fittest genotype that was ever tested.

    Raises:
      InputError: a number out of bounds.
    """
    check_key("key", key)
    check_count("population_size", population_size)
    key_init, key_genotypes, key_run = jax.random.split(key, 3)
    p = population.init_allele_freqs(key_init, num_genes, spread)
    genotypes = population.sample(key_genotypes, p, population_size)
    fittest = no_fittest(num_genes) if keep_fittest else None
    return WrightFisherState(key_run, jnp.int32(0), genotypes, fittest)


class Inheritance(NamedTuple):
    """Which parents the N children have, what they have from each, and where they differ."""

    parents: jax.Array  # (2, N) int32: rows of the two parents of each child
    from_second: jax.Array  # (N, n) bool: whether a gene comes from the second one
    mutated: jax.Array  # (N, n) bool: whether its allele then turns into the other

    def children(self, genotypes: Genotypes) -> Genotypes:
        """The children (N, n) of parents (N, n)."""
        first, second = genotypes[self.parents[0]], genotypes[self.parents[1]]
        return jnp.where(self.from_second, second, first) ^ self.mutated


@pytree
@dataclasses.dataclass(frozen=True)
class OfPopulation:
    """Wright and Fisher's reproduction: the living genotypes breed by their relative fitness."""

    rule: Any
    mutation_rate: Any
    recombination_rate: Any

    @property
    def keeps_fixed(self) -> bool:
        """Whether there is no mutation; one that is traced may be any."""
        return not is_traced(self.mutation_rate) and bool(np.all(self.mutation_rate == 0))

    def genotypes(self, key: Key, state: WrightFisherState) -> Genotypes:
        """The living."""
        del key
        return state.genotypes

    def inheritance(self, key: Key, state: WrightFisherState, fitness: Fitness) -> Inheritance:
        """Whose children the next generation's are."""
        relative = self.rule.relative_fitness(fitness, Count(state.generation))
        num_genes = state.genotypes.shape[1]
        return inherit(key, relative, num_genes, self.mutation_rate, self.recombination_rate)

    def next_state(
        self, key: Key, state: WrightFisherState, genotypes: Genotypes, fitness: Fitness
    ) -> WrightFisherState:
        """The state with their children."""
        inheritance = self.inheritance(key, state, fitness)
        return state._replace(genotypes=inheritance.children(genotypes))

    def cannot_breed(self, state: WrightFisherState, fitness: Fitness) -> jax.Array:
        """Whether a number of the rule, or a rate, is out of its bounds: () bool.

        Genotypes cannot show it, as frequencies can.
        """
        relative = self.rule.relative_fitness(fitness, Count(state.generation))
        check_array("rule.relative_fitness", relative, fitness.shape, "real numbers")
        rates = within(self.mutation_rate, 0, 0.5) + within(self.recombination_rate, 0, 0.5)
        return ~(jnp.all(jnp.isfinite(relative)) & jnp.isfinite(rates))

    def check(self, state: WrightFisherState) -> None:
        """Raises an InputError unless a state is of a living population."""
        if not hasattr(state, "genotypes"):
            raise InputError(
                f"state: {type(state).__name__} has no genotypes; give the state of "
                "wright_fisher.init."
            )
        check_array("state.genotypes", state.genotypes, ("N", "n"), "booleans")


def make_generation_step(
    population_fitness: PopulationFitness,
    rule: Rule,
    mutation_rate: float | jax.Array = 0.0,
    recombination_rate: float | jax.Array = 0.5,
    summarise: Callable = metrics.summarise,
) -> GenerationStep:
    """Makes the generation step ``(state, batch) -> (state, metrics)``: test, then reproduce.

    The population's size is that of the state.

    Args:
      population_fitness, summarise: as in ``evolution``.
      rule: a selection rule that is reproduction by relative fitness; without mutation.
      mutation_rate: see ``reproduce``.
      recombination_rate: see ``reproduce``.

    Raises:
      InputError: a rule that is more than reproduction by relative fitness, a rate out of bounds,
        what is no function or no rule.
    """
    check_functions(population_fitness=population_fitness, summarise=summarise)
    _checks.rule(rule)
    _check_rates(mutation_rate, recombination_rate)
    if not getattr(rule, "by_reproduction", False):
        raise InputError(
            f"rule: {type(rule).__name__} is not reproduction by relative fitness alone; for "
            "Wright-Fisher take replicator, intensity or truncation, and mutation by mutation_rate."
        )
    reproduction = OfPopulation(rule, mutation_rate, recombination_rate)
    return GenerationStep(population_fitness, reproduction, summarise)


def reproduce(
    key: Key,
    genotypes: Genotypes,
    relative_fitness: Fitness,
    mutation_rate: float | jax.Array = 0.0,
    recombination_rate: float | jax.Array = 0.5,
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
      InputError: a rate out of bounds, relative fitness that is negative or not finite, arrays that
        do not fit each other.

    Source: Ewens, Mathematical Population Genetics, 2nd edition, chapters 1 and 3.

    >>> reproduce(jax.random.key(0), jnp.array([[1, 0], [0, 1]], bool), jnp.array([1.0, 0.0]))
    Array([[ True, False],
           [ True, False]], dtype=bool)
    """
    check_array("genotypes", genotypes, ("N", "n"), "booleans")
    size, num_genes = genotypes.shape
    check_array("relative_fitness", relative_fitness, (size,), "real numbers")
    inheritance = inherit(key, relative_fitness, num_genes, mutation_rate, recombination_rate)
    return inheritance.children(genotypes)


def inherit(
    key: Key,
    relative_fitness: Fitness,
    num_genes: int,
    mutation_rate: float | jax.Array = 0.0,
    recombination_rate: float | jax.Array = 0.5,
) -> Inheritance:
    """Draws the inheritance by which ``reproduce`` makes the next generation.

    ``reproduce(key, genotypes, ...)`` is ``inherit(key, ...).children(genotypes)``: what is kept of
    it tells whose gene is whose, which genotypes alone do not.

    Args:
      key: typed key.
      relative_fitness: (N,), as for ``reproduce``.
      num_genes: number n of genes.
      mutation_rate, recombination_rate: as for ``reproduce``.

    Raises:
      InputError: a number out of bounds, relative fitness that is negative or not finite.

    >>> drawn = inherit(jax.random.key(0), jnp.array([1.0, 0.0]), 3)
    >>> drawn.parents.tolist(), drawn.from_second.shape  # the second one has no children
    ([[0, 0], [0, 0]], (2, 3))
    """
    check_key("key", key)
    check_array("relative_fitness", relative_fitness, ("N",), "real numbers")
    check_values("relative_fitness", relative_fitness, 0, math.inf, "relative fitness")
    check_finite("relative_fitness", relative_fitness)
    check_count("num_genes", num_genes)
    _check_rates(mutation_rate, recombination_rate)
    mutation_rate, recombination_rate = (
        as_floats(jnp.asarray(rate)) for rate in (mutation_rate, recombination_rate)
    )
    key_parents, key_crossover, key_mutation = jax.random.split(key, 3)
    size = relative_fitness.shape[0]
    weight = jnp.maximum(as_floats(relative_fitness), 0)
    weight = jnp.where(jnp.any(weight > 0), weight * power_of_two(weight), 1)
    parents = jax.random.choice(key_parents, size, (2, size), p=weight / jnp.sum(weight))
    switches = jax.random.bernoulli(key_crossover, recombination_rate, (size, num_genes))
    from_second = jnp.cumsum(switches, axis=1) % 2 == 1
    mutated = jax.random.bernoulli(key_mutation, mutation_rate, (size, num_genes))
    return Inheritance(parents, from_second, mutated)


def _check_rates(mutation_rate: Any, recombination_rate: Any) -> None:
    check_scalar("mutation_rate", mutation_rate, 0, 0.5)
    check_scalar("recombination_rate", recombination_rate, 0, 0.5)
