"""Mutation of the frequencies, after any rule."""

import dataclasses
from typing import Any

import jax

from nne_jax.selection import _checks
from nne_jax.selection.schedules import Count, Schedule, at, schedule, start_count
from nne_jax.types import AlleleFreqs, Fitness, Rule


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class WithMutation:
    """The rule of ``with_mutation``."""

    rule: Any
    mutation_rate: Any

    @property
    def counts_expected(self) -> bool:
        """As the rule that it follows."""
        return getattr(self.rule, "counts_expected", False)

    def init(self, allele_freqs: AlleleFreqs) -> tuple[Any, Count]:
        """The state of the rule, and a count of generations."""
        return self.rule.init(allele_freqs), start_count()

    def relative_fitness(self, fitness: Fitness, state: tuple[Any, Count]) -> Fitness:
        """That of the rule."""
        return self.rule.relative_fitness(fitness, state[0])

    def update(
        self, p: AlleleFreqs, f1: jax.Array, f0: jax.Array, state: tuple[Any, Count]
    ) -> tuple[AlleleFreqs, tuple[Any, Count]]:
        """The rule's update, then (1 - 2μ) p + μ."""
        inner, count = state
        p, inner = self.rule.update(p, f1, f0, inner)
        rate = at("mutation_rate", self.mutation_rate, count.generation, 0.5)
        return (1 - 2 * rate) * p + rate, (inner, Count(count.generation + 1))


def with_mutation(rule: Rule, mutation_rate: Schedule) -> WithMutation:
    """Follows a rule by symmetric mutation, p := (1 - 2μ) p + μ: no allele is lost for good.

    Args:
      rule: the selection rule.
      mutation_rate: probability μ in [0, 1/2] that an allele turns into the other, a generation; a
        number or a schedule of the generation.

    Raises:
      InputError: ``mutation_rate`` outside [0, 1/2]; what is given is no rule.

    >>> import jax.numpy as jnp
    >>> from nne_jax.selection import replicator
    >>> rule, p = with_mutation(replicator(0.5), 0.1), jnp.array([1.0])
    >>> rule.update(p, jnp.ones(1), jnp.ones(1), rule.init(p))[0]
    Array([0.9], dtype=float32)
    """
    _checks.rule(rule)
    return WithMutation(rule, schedule("mutation_rate", mutation_rate, 0, 0.5))
