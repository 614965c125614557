"""Mutation of the frequencies, after any rule."""

import dataclasses
from typing import Any

import jax

from nne_jax._pytrees import pytree
from nne_jax.selection import _checks
from nne_jax.selection.followed import Followed
from nne_jax.selection.schedules import Schedule, at, schedule
from nne_jax.types import AlleleFreqs, Rule


@pytree
@dataclasses.dataclass(frozen=True)
class WithMutation(Followed):
    """The rule of ``with_mutation``."""

    mutation_rate: Any

    def follow(self, p: AlleleFreqs, generation: jax.Array) -> AlleleFreqs:
        """(1 - 2μ) p + μ."""
        rate = at("mutation_rate", self.mutation_rate, generation, 0.5)
        return (1 - 2 * rate) * p + rate


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
