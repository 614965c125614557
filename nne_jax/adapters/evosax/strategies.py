"""Any strategy of evosax as a generation step: a strategy is whatever has evosax's interface.

evosax is not imported here. Its strategies hold functions: they and their steps are not pickled.
"""

import contextlib
import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import selection
from nne_jax._checks import as_floats, check_array, check_fitness, check_key, difference
from nne_jax._pytrees import as_pytree, pytree, static
from nne_jax.errors import InputError
from nne_jax.generation import check_functions, generation_keys
from nne_jax.types import Fitness, Key, PopulationFitness


class StrategyState(NamedTuple):
    """Everything that changes from one generation of a strategy to the next."""

    key: Key  # () the run's key; generation g draws with fold_in(key, g)
    generation: jax.Array  # () int32: generations made so far
    strategy_state: Any  # evosax's own: mean or population, best_solution, best_fitness (its loss)


class Metrics(NamedTuple):
    """Scalars of one generation, those of ``metrics.Metrics`` that are not of alleles.

    Where nobody has a finite fitness, its mean, sd and maximum are NaN.
    """

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
    check_key("key", key)
    _check_strategy(strategy)
    _check_start(strategy, solution, fitness)
    key_init, key_run = jax.random.split(key)
    first = [solution]
    if fitness is not None:
        first.append(-selection.replace_non_finite(jnp.asarray(fitness))[0])
    with _as_evosax_computes():
        strategy_state = strategy.init(key_init, *first, _params(strategy, params))
    return StrategyState(key_run, jnp.int32(0), _of_stated_types(strategy_state))


@pytree
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
        check_fitness("population_fitness", fitness, _size(solutions))
        fitness, non_finite = selection.replace_non_finite(fitness)
        with _as_evosax_computes():
            told, _ = self.strategy.tell(key_tell, solutions, -fitness, asked, self.params)
        after = StrategyState(state.key, state.generation + 1, _of_stated_types(told))
        known = jnp.where(non_finite < fitness.size, fitness, jnp.nan)
        return after, Metrics(jnp.mean(known), jnp.std(known), jnp.max(known), non_finite)

    def check(self, state: StrategyState, batches: Any) -> None:
        """Raises an InputError where the state, or a batch, fits not the strategy, or fitness."""
        if not isinstance(state, StrategyState):
            raise InputError(
                f"state: it is {type(state).__name__}; give that of adapters.evosax.init."
            )
        if words := difference(state.strategy_state, _form(self.strategy, self.params)):
            raise InputError(f"state.strategy_state: {words}; make it by init, of this strategy.")
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
      InputError: what is given is no evosax algorithm, or no function.
    """
    check_functions(population_fitness=population_fitness)
    _check_strategy(strategy)
    return StrategyStep(as_pytree(population_fitness), _params(strategy, params), strategy)


@pytree
@dataclasses.dataclass(frozen=True)
class ThroughThreshold:
    """A population fitness of real numbers; made by ``through_threshold``."""

    population_fitness: Any

    def __call__(self, solutions: jax.Array, batch: Any) -> Fitness:
        """Fitness (N,) of (N, n) real numbers; NaN of those with a NaN among them."""
        check_array("solutions", solutions, ("N", "n"), "floats")
        fitness = self.population_fitness(solutions > 0, batch)
        check_fitness("population_fitness", fitness, solutions.shape[0])
        return jnp.where(jnp.any(jnp.isnan(solutions), axis=1), jnp.nan, as_floats(fitness))

    def check(self, num_genes: int, batch: Any) -> None:
        """That of the population fitness."""
        _forward_check(self.population_fitness, num_genes, batch)


def through_threshold(population_fitness: PopulationFitness) -> ThroughThreshold:
    """Lets a search among real numbers search genotypes: allele 1 is where a number is positive.

    Raises:
      InputError: what is given is no function.

    >>> fitness = through_threshold(lambda genotypes, batch: jnp.sum(genotypes, axis=1))
    >>> fitness(jnp.array([[0.5, -2.0], [1.0, 0.1]]), None).tolist()
    [1.0, 2.0]
    """
    check_functions(population_fitness=population_fitness)
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
    expected = jax.tree.map(jnp.shape, _start(strategy))
    shapes = jax.tree.map(jnp.shape, solution)
    if shapes != expected:
        raise InputError(f"solution: its shape is {shapes}; {name} was made for {expected}.")
    if of_population:
        check_fitness("fitness", jnp.asarray(fitness), _size(solution))


def _start(strategy: Any) -> Any:
    """A solution of the form that ``strategy.init`` takes."""
    lead: tuple[int, ...] = ()
    if hasattr(strategy, "get_population"):
        lead = (strategy.population_size,)
    if hasattr(strategy, "num_populations"):
        lead = (strategy.num_populations,)
    return jax.tree.map(lambda leaf: jnp.zeros((*lead, *jnp.shape(leaf))), strategy.solution)


def _form(strategy: Any, params: Any) -> Any:
    """The form of the strategy's own state."""
    first = [_start(strategy)]
    if hasattr(strategy, "get_population"):
        first.append(jnp.zeros(strategy.population_size))
    with _as_evosax_computes():
        return jax.eval_shape(lambda: strategy.init(jax.random.key(0), *first, params))


def _size(solutions: Any) -> int:
    return jax.tree.leaves(solutions)[0].shape[0]
