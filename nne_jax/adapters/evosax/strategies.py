"""Any strategy of evosax as a generation step: a strategy is whatever has evosax's interface.

evosax is not imported here. Its strategies hold functions: they and their steps are not pickled.
"""

import contextlib
import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import selection
from nne_jax._pytrees import as_pytree, static
from nne_jax.errors import InputError
from nne_jax.generation import generation_keys
from nne_jax.types import Fitness, Key, PopulationFitness


class StrategyState(NamedTuple):
    """Everything that changes from one generation of a strategy to the next."""

    key: Key  # () the run's key; generation g draws with fold_in(key, g)
    generation: jax.Array  # () int32: generations made so far
    strategy_state: Any  # evosax's own: mean or population, best_solution, best_fitness (its loss)


class Metrics(NamedTuple):
    """Scalars of one generation, those of ``metrics.Metrics`` that are not of alleles."""

    fitness_mean: jax.Array  # () float32
    fitness_sd: jax.Array  # () float32
    fitness_max: jax.Array  # () float32
    non_finite: jax.Array  # () int32, individuals whose fitness was not finite


def init(
    key: Key, strategy: Any, params: Any, solution: Any, fitness: Fitness | None = None
) -> StrategyState:
    """The state before the first generation.

    Args:
      key: typed key of the whole run.
      strategy: an evosax algorithm.
      params: its parameters; None for ``strategy.default_params``.
      solution: of an algorithm that is based on a distribution, the mean to start from (of Stein's
        several, along a leading axis); of one that is based on a population, the first one, N
        solutions along a leading axis.
      fitness: (N,) that of the first population, ``population_fitness(solution, batch)``.

    Raises:
      InputError: a solution of other shapes than the strategy's own, a population without its
        fitness, or fitness without a population.
    """
    _check_strategy(strategy)
    _check_start(strategy, solution, fitness)
    key_init, key_run = jax.random.split(key)
    first = [solution]
    if fitness is not None:
        first.append(-selection.replace_non_finite(jnp.asarray(fitness))[0])
    with _as_evosax_computes():
        strategy_state = strategy.init(key_init, *first, _params(strategy, params))
    return StrategyState(key_run, jnp.int32(0), _of_stated_types(strategy_state))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class StrategyStep:
    """A generation by an evosax algorithm; made by ``make_generation_step``."""

    population_fitness: Any
    params: Any
    strategy: Any = static()

    def __call__(self, state: StrategyState, batch: Any) -> tuple[StrategyState, Metrics]:
        """One generation: ask, test, tell."""
        key_ask, key_tell = jax.random.split(generation_keys(state)[0])
        with _as_evosax_computes():
            solutions, asked = self.strategy.ask(key_ask, state.strategy_state, self.params)
        fitness = self.population_fitness(solutions, batch)
        _check_fitness(fitness, solutions)
        fitness, non_finite = selection.replace_non_finite(fitness)
        with _as_evosax_computes():
            told, _ = self.strategy.tell(key_tell, solutions, -fitness, asked, self.params)
        after = StrategyState(state.key, state.generation + 1, _of_stated_types(told))
        return after, Metrics(jnp.mean(fitness), jnp.std(fitness), jnp.max(fitness), non_finite)

    def check(self, state: StrategyState, batches: Any) -> None:
        """Raises an InputError where the strategy or a batch does not fit the fitness."""
        del state
        _forward_check(self.population_fitness, self.strategy.num_dims, batches)


def make_generation_step(
    population_fitness: PopulationFitness, strategy: Any, params: Any = None
) -> StrategyStep:
    """Makes a generation step of any evosax algorithm, for ``evolution.evolve`` and ``runs.run``.

    It searches the weights with a population fitness made of ``genome.identity(model)``, and the
    genotypes of any other genome with ``through_threshold``.

    Args:
      population_fitness: maps N solutions, as strategy.ask returns them, and a batch to (N,).
      strategy: an evosax algorithm.
      params: its parameters, which may be traced; None for ``strategy.default_params``.

    Returns:
      A pure function ``(StrategyState, batch) -> (StrategyState, Metrics)``.

    Raises:
      InputError: what is given is no evosax algorithm.
    """
    _check_strategy(strategy)
    return StrategyStep(as_pytree(population_fitness), _params(strategy, params), strategy)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class ThroughThreshold:
    """A population fitness of real numbers; made by ``through_threshold``."""

    population_fitness: Any

    def __call__(self, solutions: jax.Array, batch: Any) -> Fitness:
        """Fitness (N,) of (N, n) real numbers."""
        return self.population_fitness(solutions > 0, batch)

    def check(self, num_genes: int, batch: Any) -> None:
        """That of the population fitness."""
        _forward_check(self.population_fitness, num_genes, batch)


def through_threshold(population_fitness: PopulationFitness) -> ThroughThreshold:
    """Lets a search among real numbers search genotypes: allele 1 is where a number is positive.

    >>> fitness = through_threshold(lambda genotypes, batch: jnp.sum(genotypes, axis=1))
    >>> fitness(jnp.array([[0.5, -2.0], [1.0, 0.1]]), None).tolist()
    [1, 2]
    """
    return ThroughThreshold(as_pytree(population_fitness))


@contextlib.contextmanager
def _as_evosax_computes():
    """Lets evosax mix ranks and dtypes, also in a program that has forbidden it."""
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield


def _forward_check(population_fitness: Any, num_genes: int, batches: Any) -> None:
    if check := getattr(population_fitness, "check", None):
        check(num_genes, getattr(batches, "split", batches))


def _of_stated_types(strategy_state: Any) -> Any:
    """Without weak types, which come and go in evosax's states: compiled once is enough."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.result_type(leaf)), strategy_state)


def _params(strategy: Any, params: Any) -> Any:
    with _as_evosax_computes():
        return strategy.default_params if params is None else params


def _check_strategy(strategy: Any) -> None:
    if not all(hasattr(type(strategy), part) for part in ("init", "ask", "tell", "default_params")):
        raise InputError(
            f"strategy: {type(strategy).__name__} has no init, ask, tell and default_params; give "
            "an algorithm of evosax, made for a population size and a solution."
        )


def _check_start(strategy: Any, solution: Any, fitness: Fitness | None) -> None:
    name = type(strategy).__name__
    of_population = hasattr(strategy, "get_population")
    if of_population != (fitness is not None):
        raise InputError(
            f"fitness: {name} starts from a population; give its fitness, "
            "population_fitness(solution, batch)."
            if of_population
            else f"fitness: {name} starts from a mean, which needs none; leave it out."
        )
    lead = (strategy.population_size,) if of_population else ()
    if hasattr(strategy, "num_populations"):
        lead = (strategy.num_populations,)
    expected = jax.tree.map(lambda leaf: (*lead, *jnp.shape(leaf)), strategy.solution)
    shapes = jax.tree.map(jnp.shape, solution)
    if shapes != expected:
        raise InputError(f"solution: its shape is {shapes}; {name} was made for {expected}.")
    if of_population:
        _check_fitness(jnp.asarray(fitness), solution)


def _check_fitness(fitness: jax.Array, solutions: Any) -> None:
    size = jax.tree.leaves(solutions)[0].shape[0]
    if jnp.shape(fitness) != (size,) or jnp.iscomplexobj(fitness):
        raise InputError(
            f"fitness: {jnp.result_type(fitness)} of shape {jnp.shape(fitness)}; it must be a real "
            f"number for each of {size} solutions, ({size},)."
        )
