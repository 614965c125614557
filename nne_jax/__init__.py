"""Neural net evolution and dopaminergic neural nets in JAX. Read ``evolution`` first.

The sub-packages ``runs`` and ``adapters`` are loaded when they are first used.
"""

import importlib
from typing import TYPE_CHECKING

from nne_jax import (
    assortment,
    data,
    dopamine,
    elementwise,
    engines,
    errors,
    evaluation,
    evolution,
    fitness,
    genome,
    gradients,
    lifetime,
    metrics,
    network,
    phenotype,
    ploidy,
    population,
    receptive_fields,
    replicates,
    selection,
    theory,
    types,
    wright_fisher,
)
from nne_jax._version import __version__

_WHEN_USED = ("adapters", "runs")

__all__ = [
    "__version__",
    "adapters",
    "assortment",
    "data",
    "dopamine",
    "elementwise",
    "engines",
    "errors",
    "evaluation",
    "evolution",
    "fitness",
    "genome",
    "gradients",
    "lifetime",
    "metrics",
    "network",
    "phenotype",
    "ploidy",
    "population",
    "receptive_fields",
    "replicates",
    "runs",
    "selection",
    "theory",
    "types",
    "wright_fisher",
]


if TYPE_CHECKING:
    from nne_jax import adapters, runs
else:  # a checker of types would take any name for one that is there

    def __getattr__(name):
        """Loads a sub-package that needs more than the core, on first use."""
        if name in _WHEN_USED:
            return importlib.import_module(f"nne_jax.{name}")
        raise AttributeError(f"module 'nne_jax' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
