"""Neural net evolution and dopaminergic neural nets in JAX. Read ``evolution`` first."""

from nne_jax import (
    checkpoint,
    data,
    engines,
    evaluation,
    evolution,
    fitness,
    genome,
    lifetime,
    memory,
    network,
    phenotype,
    population,
    selection,
    types,
)
from nne_jax.version import __version__

__all__ = [
    "__version__",
    "checkpoint",
    "data",
    "engines",
    "evaluation",
    "evolution",
    "fitness",
    "genome",
    "lifetime",
    "memory",
    "network",
    "phenotype",
    "population",
    "selection",
    "types",
]
