"""What ``genome.init`` knows of a model's weights before it draws which genes they have."""

from typing import Any

import numpy as np

from nne_jax import _model
from nne_jax._checks import (
    check_chromosomes,
    check_count,
    check_network,
    check_scalar,
    chromosomes_of,
    is_separable,
)
from nne_jax._model import Structure
from nne_jax.errors import InputError
from nne_jax.network import Network, fan_in


def density(num_genes: int, density: float | None, genes_per_weight: float | None) -> float:
    """β, checked."""
    if genes_per_weight is None and density is not None:
        check_scalar("density", density, 0, 1)
        return float(density)
    if genes_per_weight is None or density is not None:
        raise InputError(
            f"density={density}, genes_per_weight={genes_per_weight}: give one of the two."
        )
    check_scalar("genes_per_weight", genes_per_weight, 0)
    if genes_per_weight > num_genes:
        raise InputError(
            f"genes_per_weight={genes_per_weight}: there are num_genes={num_genes}; give at most "
            "as many."
        )
    return float(genes_per_weight) / num_genes


def form(model: Any) -> tuple[Structure | None, int]:
    """The structure of a model's parameters, None for a network, and the number m of weights."""
    if isinstance(model, Network):
        check_network(model)
        return None, model.num_links
    structure = _model.structure(model)
    return structure, structure.num_weights


def chromosomes(model: Any, num_weights: int, num_chromosomes: int, num_genes: int) -> np.ndarray:
    """The chromosome that has the genes of each weight, (m,) int32."""
    if check_count("num_chromosomes", num_chromosomes) == 1:
        return np.zeros(num_weights, np.int32)
    if not isinstance(model, Network) or not is_separable(model):
        raise InputError(
            f"num_chromosomes={num_chromosomes}: it is the hidden units of a Network with one "
            "hidden layer that are shared among chromosomes, without biases and k_cap; give 1 for "
            "another model."
        )
    num_units = model.layers[0].num_out
    check_chromosomes(num_chromosomes, num_genes=num_genes, num_units=num_units)
    return chromosomes_of(model, num_chromosomes).astype(np.int32)


def largest_effects(
    model: Any, structure: Structure | None, genes_per_weight: float, scale, output_axis: int
) -> np.ndarray | float:
    """The largest effect on each of the m weights."""
    if not isinstance(scale, str):
        check_scalar("scale", scale, above=0)
        return float(scale)
    if scale == "unit":
        return 1.0
    if scale != "fan_in":
        raise InputError(f"scale={scale}: give unit, fan_in or a positive number.")
    if structure is None:
        inputs = np.concatenate([fan_in(layer) for layer in model.layers])
    else:
        inputs = _model.fan_in(structure, output_axis)
    return np.sqrt(6 / (max(genes_per_weight, 1e-30) * inputs))
