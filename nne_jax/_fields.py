"""Which unit each gene of ``receptive_fields`` acts on, and by how much on which of its links."""

import jax
import numpy as np

from nne_jax._checks import check_chromosomes
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.network import Layer
from nne_jax.types import Key

REACH = 2.0  # σ: farther from its centre a gene does nothing


def units_of(layer: Layer, gen: Genome) -> np.ndarray:
    """The unit that each gene acts on, (n,)."""
    num_chromosomes, num_units = gen.num_chromosomes, layer.num_out
    check_chromosomes(num_chromosomes, num_genes=gen.num_genes, num_units=num_units)
    if gen.num_genes < num_units:
        raise InputError(
            f"gen: it has {gen.num_genes} genes, and the first layer {num_units} units, each with "
            "genes of its own; give more genes."
        )
    chromosome, place = np.divmod(np.arange(gen.num_genes), gen.num_genes // num_chromosomes)
    own = num_units // num_chromosomes
    return chromosome * own + place % own


def entries(
    key: Key,
    layer: Layer,
    links: np.ndarray,
    units: np.ndarray,
    sigma: float,
    shape: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, genes and effects of the fields on the links from pixels, by row, in float64."""
    drawn = np.asarray(jax.random.uniform(key, (4, len(units))), np.float64)
    centres = drawn[:2].T * shape
    directions = np.stack([np.sin(2 * np.pi * drawn[2]), np.cos(2 * np.pi * drawn[2])], axis=1)
    strengths = 2 * drawn[3] - 1
    senders, receivers = (np.asarray(ends)[links] for ends in (layer.senders, layer.receivers))
    pixels = np.stack(np.divmod(senders, shape[1]), axis=1) + 0.5
    links_of = np.searchsorted(receivers, np.arange(layer.num_out + 1))
    by_unit = np.argsort(units, kind="stable")
    genes_of = np.searchsorted(units[by_unit], np.arange(layer.num_out + 1))
    found = []
    for unit in range(layer.num_out):
        own = slice(*links_of[unit : unit + 2])
        genes = by_unit[slice(*genes_of[unit : unit + 2])]
        away = (pixels[own, None] - centres[genes]) / sigma  # (links, genes, 2)
        squared = np.sum(away**2, axis=2)
        link, gene = np.nonzero(squared <= REACH**2)
        slope = np.sum(away[link, gene] * directions[genes[gene]], axis=1)
        effect = strengths[genes[gene]] * slope * np.exp(-squared[link, gene] / 2)
        found.append((links[own][link], genes[gene], effect))
    rows, genes, effects = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, genes, effects
