"""What rules share that do something to the frequencies after another rule has moved them."""

import abc
import dataclasses
from typing import Any

import jax

from nne_jax.selection.schedules import Count, start_count
from nne_jax.types import AlleleFreqs, Fitness


@dataclasses.dataclass(frozen=True)
class Followed(abc.ABC):
    """A rule, and a count of generations for what follows it."""

    rule: Any

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
        """The rule's update, and then what follows it."""
        inner, count = state
        p, inner = self.rule.update(p, f1, f0, inner)
        return self.follow(p, count.generation), (inner, Count(count.generation + 1))

    @abc.abstractmethod
    def follow(self, p: AlleleFreqs, generation: jax.Array) -> AlleleFreqs:
        """The frequencies that the rule's become in a generation."""
