"""Fixation of alleles that are nearly alone, after any rule."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax._pytrees import pytree
from nne_jax.selection import _checks
from nne_jax.selection.followed import Followed
from nne_jax.selection.schedules import Schedule, at, schedule
from nne_jax.types import AlleleFreqs, Rule


@pytree
@dataclasses.dataclass(frozen=True)
class WithFixation(Followed):
    """The rule of ``with_fixation``."""

    threshold: Any

    @property
    def keeps_fixed(self) -> bool:
        """As the rule that it follows."""
        return getattr(self.rule, "keeps_fixed", False)

    def follow(self, p: AlleleFreqs, generation: jax.Array) -> AlleleFreqs:
        """0 where p ≤ θ, and 1 where p ≥ 1 - θ."""
        threshold = at("threshold", self.threshold, generation, 0.5)
        p = jnp.where(p <= threshold, 0.0, jnp.where(p >= 1 - threshold, 1.0, p))
        return jnp.where(jnp.isnan(threshold), jnp.nan, p)


def with_fixation(rule: Rule, threshold: Schedule) -> WithFixation:
    """Fixes alleles that are nearly alone: p := 0 where p ≤ θ, and 1 where p ≥ 1 - θ.

    Such genes no longer vary, and ``GenerationStep.without_fixed`` takes them out of the work: what
    the paper proposes in section 4. At θ = 0 it is the rule itself. Mutation that follows it opens
    them again, ``with_mutation(with_fixation(rule, θ), μ)``: for one generation where μ ≤ θ, unless
    selection carries them out of reach.

    Args:
      rule: the selection rule.
      threshold: θ in [0, 1/2); a number or a schedule of the generation.

    Raises:
      InputError: ``threshold`` outside [0, 1/2); what is given is no rule.

    >>> from nne_jax.selection import replicator
    >>> rule, p = with_fixation(replicator(0.5), 0.1), jnp.array([0.08, 0.3, 0.95])
    >>> rule.update(p, jnp.ones(3), jnp.ones(3), rule.init(p))[0].tolist()
    [0.0, 0.3, 1.0]
    """
    _checks.rule(rule)
    return WithFixation(rule, schedule("threshold", threshold, 0, below=0.5))
