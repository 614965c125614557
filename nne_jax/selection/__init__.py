"""Selection: from genotypes and their fitness to the next generation's allele frequencies.

A rule is a pytree of its numbers in three pure parts, ``types.Rule``: ``init(p) -> state``,
``relative_fitness(fitness, state) -> (N,)`` and ``update(p, f1, f0, state) -> (p, state)``;
``apply`` does a generation's selection with one.
"""

from nne_jax.selection.equation import apply, marginal_fitness, weak_selection
from nne_jax.selection.estimation import cga, pbil, umda
from nne_jax.selection.fixation import with_fixation
from nne_jax.selection.log_odds import log_odds_gradient
from nne_jax.selection.mutation import with_mutation
from nne_jax.selection.rules import intensity, replicator, truncation
from nne_jax.selection.scale import replace_non_finite, standardise
from nne_jax.selection.schedules import Count, Schedule, hyperbolic

__all__ = [
    "Count",
    "Schedule",
    "apply",
    "cga",
    "hyperbolic",
    "intensity",
    "log_odds_gradient",
    "marginal_fitness",
    "pbil",
    "replace_non_finite",
    "replicator",
    "standardise",
    "truncation",
    "umda",
    "weak_selection",
    "with_fixation",
    "with_mutation",
]
