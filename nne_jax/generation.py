"""A generation, whatever the reproduction: test the genotypes, let them reproduce, summarise."""

import dataclasses
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.errors import InputError
from nne_jax.selection import replace_non_finite
from nne_jax.types import Fitness, Genotypes, Key


class Reproduction(Protocol):
    """Where a generation's genotypes come from, and how their fitness makes the next state.

    The state is a NamedTuple with ``key``, ``generation``, ``allele_freqs`` and ``fittest``.
    """

    def genotypes(self, key: Key, state: Any, /) -> Genotypes:
        """The genotypes (N, n) to be tested."""
        ...

    def next_state(self, key: Key, state: Any, genotypes: Genotypes, fitness: Fitness, /) -> Any:
        """The state after reproduction; the step itself counts the generation."""
        ...


class Fittest(NamedTuple):
    """The fittest genotype that was ever tested; of equals the first one."""

    genotype: jax.Array  # (n,) bool
    fitness: jax.Array  # () float32, -inf before the first generation


def no_fittest(num_genes: int) -> Fittest:
    """Before the first generation."""
    return Fittest(jnp.zeros(num_genes, bool), jnp.float32(-jnp.inf))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class GenerationStep:
    """The generation step, a pure function ``(state, batch) -> (state, metrics)`` and a pytree.

    Args:
      population_fitness: see ``types.PopulationFitness``.
      reproduction: see ``Reproduction``; ``evolution.FromFrequencies`` and
        ``wright_fisher.OfPopulation`` are the two.
      summarise: maps (genotypes, fitness, non_finite, next state) to a NamedTuple of scalars.
    """

    population_fitness: Any
    reproduction: Any
    summarise: Any

    def __call__(self, state: Any, batch: Any) -> tuple[Any, Any]:
        """One generation."""
        key, _ = generation_keys(state)
        genotypes = self.reproduction.genotypes(key, state)
        fitness = self.population_fitness(genotypes, batch)
        _check_fitness(fitness, genotypes)
        fitness, non_finite = replace_non_finite(fitness)
        after = self.reproduction.next_state(key, state, genotypes, fitness)
        after = after._replace(generation=state.generation + 1)
        if state.fittest is not None:
            after = after._replace(fittest=_fitter(state.fittest, genotypes, fitness))
        return after, self.summarise(genotypes, fitness, non_finite, after)

    def check(self, state: Any, batches: Any) -> None:
        """Raises an InputError where a state or a batch does not fit; of values that are there."""
        if check := getattr(self.population_fitness, "check", None):
            check(state.allele_freqs.shape[-1], getattr(batches, "split", batches))


def generation_keys(state: Any) -> tuple[Key, Key]:
    """Keys of a generation's genotypes and of its batch: the same in a resumed or cut-up run."""
    key_genotypes, key_batch = jax.random.split(jax.random.fold_in(state.key, state.generation))
    return key_genotypes, key_batch


def check_arrays(name: str, tree: Any) -> None:
    """Raises an InputError unless a pytree has nothing but arrays and numbers for leaves."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        is_array = isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float)
        if not is_array or getattr(leaf, "dtype", None) == np.dtype(object):
            raise InputError(
                f"{name}{jax.tree_util.keystr(path)}: it is {type(leaf).__name__}; give a pytree "
                "of arrays, or a function of a key that returns one."
            )


def _check_fitness(fitness: jax.Array, genotypes: Genotypes) -> None:
    shape = jnp.shape(fitness)
    if shape != genotypes.shape[:1] or jnp.issubdtype(
        jnp.result_type(fitness), jnp.complexfloating
    ):
        raise InputError(
            f"population_fitness: it returned {jnp.result_type(fitness)} of shape {shape} for "
            f"genotypes of shape {genotypes.shape}; it must be a real number for each individual, "
            f"{genotypes.shape[:1]}."
        )


def _fitter(before: Fittest, genotypes: Genotypes, fitness: Fitness) -> Fittest:
    best = jnp.argmax(fitness)
    is_better = fitness[best] > before.fitness
    genotype = jnp.where(is_better, genotypes[best], before.genotype)
    return Fittest(genotype, jnp.where(is_better, fitness[best], before.fitness))
