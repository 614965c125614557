"""Rules that are the selection equation (A7) with a relative fitness of their own.

A real population that breeds by the same relative fitness can take their place.
"""

import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nne_jax._pytrees import pytree
from nne_jax.selection.equation import by_relative_fitness
from nne_jax.selection.scale import standardise
from nne_jax.selection.schedules import Count, Schedule, at, schedule, start_count
from nne_jax.types import AlleleFreqs, Fitness

STRONGEST = 1e9  # of ε and of the intensity: nobody but the fittest breeds long before


class _Reproduction:
    """What these rules share: a count of generations, and the selection equation."""

    by_reproduction: ClassVar[bool] = True
    keeps_fixed: ClassVar[bool] = True

    def init(self, allele_freqs: AlleleFreqs) -> Count:
        """The count of generations."""
        del allele_freqs
        return start_count()

    def update(
        self, p: AlleleFreqs, f1: jax.Array, f0: jax.Array, state: Count
    ) -> tuple[AlleleFreqs, Count]:
        """The selection equation of marginal relative fitness (A7)."""
        return by_relative_fitness(p, f1, f0), Count(state.generation + 1)


@pytree
@dataclasses.dataclass(frozen=True)
class Replicator(_Reproduction):
    """The rule of ``replicator``."""

    epsilon: Any

    def relative_fitness(self, fitness: Fitness, state: Count) -> Fitness:
        """max{0, 1 + ε δ}."""
        return _relative(at("epsilon", self.epsilon, state.generation, STRONGEST), fitness)


@pytree
@dataclasses.dataclass(frozen=True)
class Intensity(_Reproduction):
    """The rule of ``intensity``."""

    selection_intensity: Any

    def relative_fitness(self, fitness: Fitness, state: Count) -> Fitness:
        """max{0, 1 + s (δ - mean) / sd}."""
        s = at("selection_intensity", self.selection_intensity, state.generation, STRONGEST)
        return _relative(s, standardise(fitness))


@pytree
@dataclasses.dataclass(frozen=True)
class Truncation(_Reproduction):
    """The rule of ``truncation``."""

    selected_fraction: Any

    def relative_fitness(self, fitness: Fitness, state: Count) -> Fitness:
        """N over the number of the selected for them, 0 for the others."""
        fraction = at("selected_fraction", self.selected_fraction, state.generation, 1)
        return selected(fitness, fraction)


def _relative(strength: jax.Array, fitness: Fitness) -> Fitness:
    """max{0, 1 + ε δ}; where that is out of range, all of it times the same number below 1."""
    largest = jnp.maximum(jnp.max(fitness), 0)
    scale = 1 / jnp.maximum(strength * (largest * 2.0**-64), 1)
    return jnp.maximum(scale + strength * (fitness * scale), 0)


def selected(fitness: Fitness, fraction: float | jax.Array) -> Fitness:
    """Relative fitness of truncation selection, of mean 1; those that tie with the last share it.

    >>> selected(jnp.array([0.0, 3.0, 1.0, 2.0]), 0.5).tolist()
    [0.0, 2.0, 0.0, 2.0]
    """
    count = jnp.clip(jnp.round(jnp.asarray(fraction, jnp.float32) * fitness.size), 1, fitness.size)
    last = jnp.sort(fitness, descending=True)[count.astype(jnp.int32) - 1]
    breeds = (fitness >= last).astype(jnp.float32)
    return jnp.where(jnp.isnan(fraction), jnp.nan, breeds / jnp.mean(breeds))


def replicator(epsilon: Schedule) -> Replicator:
    """Weak selection, the paper's rule: an individual's relative fitness is 1 + ε δ (A6, A7).

    Where it would be negative, with fitness below -1/ε, it is 0: such individuals do not breed.

    Args:
      epsilon: strength ε of selection, positive; a number or a schedule of the generation.

    Raises:
      InputError: ``epsilon`` not positive, or above a billion.

    Source: the paper, equation 3.

    >>> rule = replicator(0.5)
    >>> rule.relative_fitness(jnp.array([0.0, 2.0, -3.0]), rule.init(jnp.zeros(1))).tolist()
    [1.0, 2.0, 0.0]
    """
    return Replicator(schedule("epsilon", epsilon, above=0, high=STRONGEST))


def intensity(selection_intensity: Schedule) -> Intensity:
    """Selection on standardised fitness: relative fitness is max{0, 1 + s (δ - mean) / sd}.

    A constant added to every fitness only rescales ε, so this is the paper's rule with an ε that
    adapts to the population: the response to selection does not fade as fitness varies less.
    An individual whose relative fitness would be negative leaves no offspring.

    Args:
      selection_intensity: s, positive; a number or a schedule of the generation.

    Raises:
      InputError: ``selection_intensity`` not positive, or above a billion.

    Source: Falconer and Mackay, Introduction to Quantitative Genetics, 4th edition, chapter 11.

    >>> rule = intensity(0.5)
    >>> rule.relative_fitness(jnp.array([7.0, 9.0]), rule.init(jnp.zeros(1))).tolist()
    [0.5, 1.5]
    """
    return Intensity(schedule("selection_intensity", selection_intensity, above=0, high=STRONGEST))


def truncation(selected_fraction: Schedule) -> Truncation:
    """Truncation selection: the fittest fraction has relative fitness 1/fraction, the rest 0.

    Individuals that tie with the least fit of the selected are selected too.

    Args:
      selected_fraction: the fraction of the population that breeds, in (0, 1); a number or a
        schedule of the generation.

    Raises:
      InputError: ``selected_fraction`` outside (0, 1).

    Source: Falconer and Mackay, chapter 11.

    >>> rule = truncation(0.5)
    >>> rule.relative_fitness(jnp.array([0.0, 3.0, 1.0, 2.0]), rule.init(jnp.zeros(1))).tolist()
    [0.0, 2.0, 0.0, 2.0]
    """
    return Truncation(schedule("selected_fraction", selected_fraction, above=0, below=1))
