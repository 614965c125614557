"""Univariate estimation of distribution: PBIL, UMDA and cGA move the same vector of frequencies.

They were made for bit strings, and here serve any genome. They follow the sample itself, drift
included, where the selection equation leaves it out, and keep frequencies off 0 and 1 by a margin.
"""

import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nne_jax._checks import check_real, within
from nne_jax._pytrees import pytree
from nne_jax.errors import InputError
from nne_jax.selection.rules import selected
from nne_jax.selection.schedules import Count, Schedule, at, schedule, start_count
from nne_jax.types import AlleleFreqs, Fitness

_LARGEST_MARGIN = 0.25  # by default: one or two genes would not move with 1/n


def _keep_off(p: AlleleFreqs, margin: Any) -> AlleleFreqs:
    """Frequencies in [margin, 1 - margin]; a margin of None is 1/n, of few genes 1/4."""
    margin = min(1 / p.size, _LARGEST_MARGIN) if margin is None else within(margin, 0, 0.5)
    return jnp.clip(p, margin, 1 - margin)


@pytree
@dataclasses.dataclass(frozen=True)
class PBIL:
    """The rule of ``pbil`` and, with a rate of 1, of ``umda``."""

    learning_rate: Any
    selected_fraction: Any
    margin: Any
    counts_expected: ClassVar[bool] = True  # the parents' own frequencies

    def init(self, allele_freqs: AlleleFreqs) -> Count:
        """The count of generations."""
        del allele_freqs
        return start_count()

    def relative_fitness(self, fitness: Fitness, state: Count) -> Fitness:
        """N over the number of parents for them, 0 for the others."""
        fraction = at("selected_fraction", self.selected_fraction, state.generation, 1)
        return selected(fitness, fraction)

    def update(
        self, p: AlleleFreqs, f1: jax.Array, f0: jax.Array, state: Count
    ) -> tuple[AlleleFreqs, Count]:
        """p + η (the parents' frequencies - p)."""
        rate = at("learning_rate", self.learning_rate, state.generation, 1)
        share, total = p * f1, p * f1 + (1 - p) * f0
        # A7; exactly 0 or 1 where no parent differs, and p where all have the allele that is lost
        parents = jnp.where(total == 0, p, share / jnp.where(total == 0, 1, total))
        p_next = (1 - rate) * p + rate * parents
        return _keep_off(p_next, self.margin), Count(state.generation + 1)


@pytree
@dataclasses.dataclass(frozen=True)
class CGA:
    """The rule of ``cga``."""

    step: Any
    margin: Any

    def init(self, allele_freqs: AlleleFreqs) -> Count:
        """The count of generations."""
        del allele_freqs
        return start_count()

    def relative_fitness(self, fitness: Fitness, state: Count) -> Fitness:
        """2 for the fitter of two, 0 for the other; 1 each when they tie."""
        del state
        if fitness.size != 2:
            raise InputError(
                f"population_size={fitness.size}: cga compares two genotypes a generation; give 2."
            )
        return 1 + jnp.sign(fitness - fitness[::-1])

    def update(
        self, p: AlleleFreqs, f1: jax.Array, f0: jax.Array, state: Count
    ) -> tuple[AlleleFreqs, Count]:
        """A step towards the winner where the two differ."""
        p_next = p + at("step", self.step, state.generation, 1) * jnp.sign(f1 - f0)
        return _keep_off(p_next, self.margin), Count(state.generation + 1)


def pbil(
    learning_rate: Schedule = 0.1,
    selected_fraction: Schedule = 0.5,
    margin: float | jax.Array | None = None,
) -> PBIL:
    """Population-based incremental learning: p := (1 - η) p + η (frequencies of the fittest).

    Args:
      learning_rate: η in (0, 1]; a number or a schedule of the generation.
      selected_fraction: the fraction of the population that p follows, in (0, 1); likewise. Who
        ties with the last of them is among them.
      margin: frequencies are kept in [margin, 1 - margin]; 1/n by default, at most 1/4.

    Raises:
      InputError: a number out of bounds.

    Source: Baluja, Population-based incremental learning, 1994.

    >>> from nne_jax.selection import apply
    >>> rule, p = pbil(0.1, 0.5, margin=0.0), jnp.array([0.5])
    >>> apply(rule, jnp.array([[0], [1]]), jnp.array([0.0, 2.0]), rule.init(p), p)[0]
    Array([0.55], dtype=float32)
    """
    _check_margin(margin)
    rate = schedule("learning_rate", learning_rate, high=1, above=0)
    fraction = schedule("selected_fraction", selected_fraction, above=0, below=1)
    return PBIL(rate, fraction, margin)


def umda(selected_fraction: Schedule = 0.5, margin: float | jax.Array | None = None) -> PBIL:
    """The univariate marginal distribution algorithm: p := the frequencies of the fittest.

    Args:
      selected_fraction: the fraction of the population that breeds, in (0, 1); a number or a
        schedule of the generation. Who ties with the last of the parents is one too.
      margin: frequencies are kept in [margin, 1 - margin]; 1/n by default, at most 1/4.

    Raises:
      InputError: a number out of bounds.

    Source: Mühlenbein and Paaß, From recombination of genes to the estimation of distributions I,
    1996.

    >>> from nne_jax.selection import apply
    >>> rule, p = umda(0.5, margin=0.0), jnp.array([0.5, 0.5])
    >>> genotypes = jnp.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    >>> apply(rule, genotypes, jnp.array([0.0, 3.0, 2.0, 1.0]), rule.init(p), p)[0].tolist()
    [1.0, 0.5]
    """
    return pbil(1.0, selected_fraction, margin)


def cga(step: Schedule, margin: float | jax.Array | None = None) -> CGA:
    """The compact genetic algorithm: of two genotypes the fitter one draws p by a step of 1/K.

    Each gene in which the two differ moves by 1/K towards the winner's allele. Two that tie leave p
    as it is, where the source takes either for the winner: a step of pure drift.

    Args:
      step: 1/K in (0, 1], K the size of the population that it stands for; a number or a schedule.
      margin: frequencies are kept in [margin, 1 - margin]; 1/n by default, at most 1/4.

    Raises:
      InputError: a number out of bounds; a population of another size than 2, when it is used.

    Source: Harik, Lobo and Goldberg, The compact genetic algorithm, 1999.

    >>> from nne_jax.selection import apply
    >>> rule, p = cga(0.125), jnp.array([0.5, 0.5])
    >>> apply(rule, jnp.array([[0, 1], [1, 1]]), jnp.array([0.0, 2.0]), rule.init(p), p)[0].tolist()
    [0.625, 0.5]
    """
    _check_margin(margin)
    return CGA(schedule("step", step, high=1, above=0), margin)


def _check_margin(margin: Any) -> None:
    if margin is not None:
        check_real("margin", margin, 0, 0.5)
