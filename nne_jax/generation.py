"""A generation, whatever the reproduction: test the genotypes, let them reproduce, summarise."""

import dataclasses
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from nne_jax._checks import check_array, check_fitness, check_key, check_pytree, difference
from nne_jax._pytrees import as_pytree, in_generation, is_traced, pytree
from nne_jax._shares import Spread, automatic, on_each
from nne_jax.assortment import Assorted, put_together
from nne_jax.errors import InputError
from nne_jax.selection import replace_non_finite
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, Key

A_BATCH = "give a pytree of arrays, or a function of a key that returns one"


class Reproduction(Protocol):
    """Where a generation's genotypes come from, and how their fitness makes the next state.

    The state is a NamedTuple with ``key``, ``generation``, ``allele_freqs`` and ``fittest``. There
    may be two more methods: ``check(state)`` raises an InputError for a state of another kind, and
    ``cannot_breed(state, fitness)`` is a () bool, whether the generation leaves no offspring that
    means anything; nobody's fitness then counts as finite. An attribute ``keeps_fixed`` says
    whether a frequency of exactly 0 or 1 stays as it is for good; without it alleles may come back.
    """

    def genotypes(self, key: Key, state: Any, /) -> Genotypes | Assorted:
        """The genotypes (N, n) to be tested."""
        ...

    def next_state(
        self, key: Key, state: Any, genotypes: Genotypes | Assorted, fitness: Fitness, /
    ) -> Any:
        """The state after reproduction; the step itself counts the generation."""
        ...


class Fittest(NamedTuple):
    """The fittest genotype that was ever tested, of finite fitness; of equals the first one."""

    genotype: jax.Array  # (n,) bool
    fitness: jax.Array  # () float32, -inf before the first generation


def no_fittest(num_genes: int) -> Fittest:
    """Before the first generation."""
    return Fittest(jnp.zeros(num_genes, bool), jnp.float32(-jnp.inf))


@pytree
@dataclasses.dataclass(frozen=True)
class GenerationStep:
    """The generation step, a pure function ``(state, batch) -> (state, metrics)`` and a pytree.

    Args:
      population_fitness: see ``types.PopulationFitness``.
      reproduction: see ``Reproduction``; ``evolution.FromFrequencies`` and
        ``wright_fisher.OfPopulation`` are the two.
      summarise: maps (genotypes, fitness, non_finite, next state) to a NamedTuple of scalars.

    Raises:
      InputError: when it is called, a state of another kind or size, or fitness that is not a real
        number for each individual.
    """

    population_fitness: Any
    reproduction: Any
    summarise: Any

    def __post_init__(self):
        for name in ("population_fitness", "summarise"):  # plain functions are no pytrees
            object.__setattr__(self, name, as_pytree(getattr(self, name)))

    def __call__(self, state: Any, batch: Any) -> tuple[Any, Any]:
        """One generation."""
        return automatic(_generation)(self, state, batch)

    def _generation(self, state: Any, batch: Any) -> tuple[Any, Any]:
        self._check_state(state)
        key, _ = generation_keys(state)
        genotypes = self.reproduction.genotypes(key, state)
        population_fitness = in_generation(self.population_fitness, state.generation)
        taken = genotypes if _takes(population_fitness, genotypes) else put_together(genotypes)
        measured = population_fitness(taken, batch)
        check_fitness("population_fitness", measured, genotypes.shape[0])
        fitness, non_finite = replace_non_finite(measured)
        if cannot_breed := getattr(self.reproduction, "cannot_breed", None):
            everybody = jnp.int32(fitness.size)
            non_finite = jnp.where(cannot_breed(state, fitness), everybody, non_finite)
        after = self.reproduction.next_state(key, state, genotypes, fitness)
        after = after._replace(generation=state.generation + 1)
        if state.fittest is not None:
            own = jnp.where(jnp.isfinite(measured), fitness, -jnp.inf)  # no replaced fitness
            after = after._replace(fittest=_fitter(state.fittest, genotypes, own))
        return after, self.summarise(put_together(genotypes), fitness, non_finite, after)

    @property
    def devices(self) -> tuple[jax.Device, ...]:
        """Those that share the population; none where it is the default one's."""
        return tuple(getattr(self.population_fitness, "devices", ()))

    def check(self, state: Any, batches: Any) -> None:
        """Raises an InputError where a state or a batch does not fit; of values that are there."""
        check_pytree(
            "reproduction", self.reproduction, "register its class with nne_jax.types.pytree"
        )
        num_genes = self._check_state(state)
        if check := getattr(self.population_fitness, "check", None):
            check(num_genes, getattr(batches, "split", batches))

    @property
    def keeps_fixed(self) -> bool:
        """Whether a frequency of exactly 0 or 1 stays as it is for good."""
        return bool(getattr(self.reproduction, "keeps_fixed", False))

    def without_fixed(self, allele_freqs: AlleleFreqs) -> "GenerationStep":
        """The step of a population in which some genes are fixed: the same to rounding, and faster.

        What the fixed genes add to the weights is computed once, now; see ``genome.fix``. It takes
        another compilation. It is the step for a state of these frequencies and for all that come
        after it, since alleles that are lost stay lost::

            for _ in range(10):
                step_now = step.without_fixed(state.allele_freqs)
                state, history = evolve(step_now, state, batches, 100)

        Args:
          allele_freqs: (n,) frequencies.

        Raises:
          InputError: alleles may come back, by mutation or by a margin, or the population fitness
            cannot do this; see ``genome.fix``.
        """
        if not self.keeps_fixed:
            raise InputError(
                f"reproduction: with this {type(self.reproduction).__name__} alleles that are lost "
                "may come back, by mutation or by a margin; take the step as it is."
            )
        without_fixed = getattr(self.population_fitness, "without_fixed", None)
        if without_fixed is None:
            raise InputError(
                f"population_fitness: {type(self.population_fitness).__name__} has no "
                "without_fixed; make it by engines.make or engines.per_individual."
            )
        return dataclasses.replace(self, population_fitness=without_fixed(allele_freqs))

    def _check_state(self, state: Any) -> int:
        """The state's number of genes; raises an InputError where it is of another kind."""
        parts = "key", "generation", "allele_freqs", "fittest"
        if missing := [part for part in parts if not hasattr(state, part)]:
            raise InputError(
                f"state: {type(state).__name__} has no {missing[0]}; give the state of "
                "evolution.init, or of wright_fisher.init for its step."
            )
        _check_counted(state)
        if check := getattr(self.reproduction, "check", None):
            check(state)
        allele_freqs = jax.eval_shape(lambda: state.allele_freqs)
        check_array("state.allele_freqs", allele_freqs, ("n",), "floats")
        if state.fittest is not None:
            genotype = state.fittest.genotype
            check_array("state.fittest.genotype", genotype, allele_freqs.shape, "booleans")
        return allele_freqs.shape[0]


def _generation(step: GenerationStep, state: Any, batch: Any) -> tuple[Any, Any]:
    return step._generation(state, batch)


def _takes(population_fitness: Any, genotypes: Any) -> bool:
    """Whether genotypes need not be put together for a population fitness."""
    kinds = {Assorted: "takes_assorted", Spread: "takes_spread"}
    return getattr(population_fitness, kinds.get(type(genotypes), ""), False)


def first_state(step: Any, state: Any, batches: Any) -> Any:
    """The state from which a run begins, on each of the step's devices.

    Raises:
      InputError: a step that is no function, a state or a batch that does not fit it.
    """
    if not callable(step):
        raise InputError(
            f"step: it is {type(step).__name__}; give a function of a state and a batch."
        )
    check_pytree("state", state, "give a pytree of arrays, from init or from an earlier call")
    if not callable(batches):
        check_pytree("batches", batches, A_BATCH)
    if is_traced(state, batches):
        return state
    if hasattr(step, "check"):
        step.check(state, batches)
    return on_each(getattr(step, "devices", ()), state)


def next_generation(step: Any, state: Any, batches: Any) -> tuple[Any, Any]:
    """One generation of any step, on its batch: the same for all, or drawn for it."""
    batch = batches
    if callable(batches):
        batch = batches(generation_keys(state)[1])
        check_pytree("batches(key)", batch, A_BATCH)
    return step(state, batch)


def generation_keys(state: Any) -> tuple[Key, Key]:
    """Keys of a generation's genotypes and of its batch: the same in a resumed or cut-up run.

    Raises:
      InputError: a state without a typed ``key``, or without the () ``generation``.
    """
    _check_counted(state)
    key_genotypes, key_batch = jax.random.split(jax.random.fold_in(state.key, state.generation))
    return key_genotypes, key_batch


def _check_counted(state: Any) -> None:
    if not hasattr(state, "key") or not hasattr(state, "generation"):
        raise InputError(
            f"state: {type(state).__name__} has no key and generation, from which a generation's "
            "batch is drawn; give a state that has, or one batch for all generations."
        )
    check_key("state.key", state.key)
    if not isinstance(state.generation, int):
        check_array("state.generation", state.generation, (), "whole numbers")


def check_functions(**functions: Any) -> None:
    """Raises an InputError unless all are functions, of which a step can be made."""
    for name, function in functions.items():
        if not callable(function):
            raise InputError(
                f"{name}: it is {type(function).__name__}; give a function, from engines.make, "
                "engines.per_individual or metrics say."
            )


def check_made(before: Any, made: Any) -> None:
    """Raises an InputError unless a step returned a state like the one before, and metrics."""
    if not isinstance(made, tuple) or len(made) != 2:
        raise InputError(
            f"step: it returned {type(made).__name__}; it must return the next state and metrics."
        )
    if words := difference(made[0], before):
        raise InputError(f"step: of the state that it returned {words}; the form must stay.")


def _fitter(before: Fittest, genotypes: Genotypes | Assorted, fitness: Fitness) -> Fittest:
    best = jnp.argmax(fitness)
    is_better = fitness[best] > before.fitness
    genotype = jnp.where(is_better, genotypes[best], before.genotype)
    return Fittest(genotype, jnp.where(is_better, fitness[best], before.fitness))
