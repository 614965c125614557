"""evosax's strategies inside ``evolution.evolve``, and the selection rules inside evosax's loops.

evosax minimises a loss where this package maximises fitness: the sign is changed here. evosax is in
the extra ``bench``; only ``make_algorithm`` imports it.
"""

from nne_jax.adapters.evosax.algorithm import make_algorithm
from nne_jax.adapters.evosax.strategies import (
    Metrics,
    StrategyState,
    init,
    make_generation_step,
    through_threshold,
)

__all__ = [
    "Metrics",
    "StrategyState",
    "init",
    "make_algorithm",
    "make_generation_step",
    "through_threshold",
]
