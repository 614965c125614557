"""Where a genealogy comes from, as tskit's provenance records say it."""

import json
import platform
from importlib.metadata import version

import jax
import numpy as np

from nne_jax._version import __version__
from nne_jax.generation import GenerationStep
from nne_jax.wright_fisher import WrightFisherState


def provenance(
    step: GenerationStep, state: WrightFisherState, num_generations: int, simplify_every: int | None
) -> str:
    """The record, JSON: what was called, of which state, and with which libraries."""
    reproduction = step.reproduction
    population_size, num_genes = state.genotypes.shape
    parameters = {
        "command": "nne_jax.adapters.tskit.record",
        "num_generations": num_generations,
        "simplify_every": simplify_every,
        "generation": int(state.generation),
        "key": np.asarray(jax.random.key_data(state.key)).tolist(),
        "population_size": population_size,
        "num_genes": num_genes,
        "rule": type(reproduction.rule).__name__,
        "mutation_rate": float(reproduction.mutation_rate),
        "recombination_rate": float(reproduction.recombination_rate),
    }
    libraries = {name: {"version": version(name)} for name in ("jax", "jaxlib", "tskit")}
    record = {
        "schema_version": "1.0.0",
        "software": {"name": "nne_jax", "version": __version__},
        "parameters": parameters,
        "environment": {
            "os": {"system": platform.system(), "machine": platform.machine()},
            "python": {"version": platform.python_version()},
            "libraries": libraries,
        },
    }
    return json.dumps(record)
