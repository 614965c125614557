"""Schedules of a population's fitness: how that of N individuals is computed.

``per_individual`` is for any model and any task, ``make`` for the paper's network, by one of its
engines: ``dense``, ``gathered``, ``layered``, ``batched`` and ``fused``, a file each. All give the
same function of genotypes and a batch, whatever the chunks and the number of devices.
"""

from nne_jax.engines.any_model import per_individual
from nne_jax.engines.choice import ENGINES, PRECISIONS, check, choose, find
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.network_fitness import make

__all__ = [
    "ENGINES",
    "PRECISIONS",
    "Engine",
    "Sizes",
    "check",
    "choose",
    "find",
    "make",
    "per_individual",
]
