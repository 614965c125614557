"""Genes that act on neighbouring inputs of a unit, as on a cell of the visual cortex.

The paper's W says nothing of where in an image a gene acts: its effects are on links anywhere. Here
a gene acts on one unit, in one place of the image, and prefers an edge of one direction there.
Units that selection makes of such parts read images that they have not seen better.
"""

import dataclasses
import math

import jax
import numpy as np

from nne_jax._checks import (
    check_chromosomes,
    check_count,
    check_entries,
    check_genome_of,
    check_key,
    check_on_host,
    check_scalar,
    check_sequence,
)
from nne_jax._shifts import side_of
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.network import Layer, Network
from nne_jax.types import Key

_REACH = 2.0  # σ: farther from its centre a gene does nothing


def arrange(
    key: Key,
    net: Network,
    gen: Genome,
    sigma: float,
    image_shape: tuple[int, int] | None = None,
) -> Genome:
    """Gives every gene a receptive field in the first layer, in the place of links anywhere.

    Gene i acts on unit i mod H, or so among the H/C units of its chromosome, by the derivative of
    a Gaussian: on the weight of a pixel at d from its centre by s (d·u/σ) exp(-|d|²/(2σ²)), where
    |d| ≤ 2σ, and by nothing elsewhere. Centres are uniform over the image, directions u over the
    circle, strengths s over ±a, with the a for which the squares of the layer's effects add up to
    what they did before. Its entries in other layers, and those of biases, stay.

    Args:
      key: typed key.
      net: whose inputs are images, row by row.
      gen: of ``genome.init``, for this network.
      sigma: σ in pixels, above 0. A weight then depends on up to 4π σ² n / (H pixels) genes.
      image_shape: rows and columns of an image; by default it is a square.

    Returns:
      A ``Genome`` of as many genes. Drawn on the host, since the number of entries is part of the
      shapes.

    Raises:
      InputError: a genome of another network, without an effect on the first layer, or of fewer
        genes than that has units; inputs that are no such image; under ``jit``.

    Source: the receptive fields of simple cells, Hubel and Wiesel, 1962; as derivatives of
    Gaussians, Young, The Gaussian derivative model for spatial vision, 1987.

    >>> from nne_jax import genome, network
    >>> net = network.init(jax.random.key(0), (64, 4, 3), (1.0, 1.0))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=400, genes_per_weight=5)
    >>> fields = arrange(jax.random.key(2), net, gen, sigma=1.0)
    >>> bool(abs(sum(fields.effects**2) / sum(gen.effects**2) - 1) < 1e-5)
    True
    """
    check_key("key", key)
    check_genome_of(net, gen)
    check_on_host("receptive fields", key, net, gen, sigma)
    check_entries(gen)
    check_scalar("sigma", sigma, above=0)
    shape = _image_shape(net, image_shape)
    layer = net.layers[0]
    before = [np.asarray(part) for part in (gen.rows, gen.genes, gen.effects)]
    is_pixel = np.asarray(layer.senders) < math.prod(shape)  # and no bias
    replaced = np.isin(before[0], np.flatnonzero(is_pixel))
    sum_of_squares = np.sum(np.square(before[2][replaced], dtype=np.float64))
    if gen.of_weights or not sum_of_squares:
        raise InputError("gen: no gene has an effect on the first layer; draw it by genome.init.")
    rows, genes, effects = _entries(key, layer, _units_of(layer, gen), float(sigma), shape)
    effects *= math.sqrt(sum_of_squares / max(np.sum(effects**2), 1e-30))
    parts = [
        np.concatenate([old[~replaced], new])
        for old, new in zip(before, (rows, genes, effects), strict=True)
    ]
    order = np.lexsort((parts[1], parts[0]))
    rows, genes, effects = (
        jax.device_put(part[order].astype(old.dtype))
        for part, old in zip(parts, before, strict=True)
    )
    return dataclasses.replace(gen, rows=rows, genes=genes, effects=effects)


def genes_per_weight(num_genes: int, num_units: int, num_pixels: int, sigma: float) -> float:
    """How many genes a weight of the first layer depends on, away from the image's borders.

    Raises:
      InputError: a number out of bounds.

    >>> round(genes_per_weight(40_000, 500, 784, sigma=2.5), 2)
    8.01
    """
    for name, number in {
        "num_genes": num_genes, "num_units": num_units, "num_pixels": num_pixels
    }.items():  # fmt: skip
        check_count(name, number)
    check_scalar("sigma", sigma, above=0)
    return num_genes / num_units * min(1, math.pi * (_REACH * sigma) ** 2 / num_pixels)


def _image_shape(net: Network, given: tuple[int, int] | None) -> tuple[int, int]:
    num_inputs = net.layer_sizes[0]
    if given is None:
        try:
            return (side_of(num_inputs, 0),) * 2
        except InputError as error:
            raise InputError(f"{error} Give image_shape.") from error
    check_sequence("image_shape", given, "whole numbers")
    for size in given:
        check_count("image_shape", size)
    if len(given) != 2 or math.prod(given) != num_inputs:
        raise InputError(
            f"image_shape={tuple(given)}: the network has {num_inputs} inputs; give the rows and "
            "columns of an image of as many pixels."
        )
    return given


def _units_of(layer: Layer, gen: Genome) -> np.ndarray:
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


def _entries(
    key: Key, layer: Layer, units: np.ndarray, sigma: float, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, genes and effects of the fields, ordered by row, in float64."""
    drawn = np.asarray(jax.random.uniform(key, (4, len(units))), np.float64)
    centres = drawn[:2].T * shape
    directions = np.stack([np.sin(2 * np.pi * drawn[2]), np.cos(2 * np.pi * drawn[2])], axis=1)
    strengths = 2 * drawn[3] - 1
    senders, receivers = np.asarray(layer.senders), np.asarray(layer.receivers)
    links_of = np.searchsorted(receivers, np.arange(layer.num_out + 1))
    by_unit = np.argsort(units, kind="stable")
    genes_of = np.searchsorted(units[by_unit], np.arange(layer.num_out + 1))
    found = []
    for unit in range(layer.num_out):
        links = np.arange(*links_of[unit : unit + 2])
        links = links[senders[links] < math.prod(shape)]
        genes = by_unit[slice(*genes_of[unit : unit + 2])]
        pixels = np.stack(np.divmod(senders[links], shape[1]), axis=1) + 0.5
        away = (pixels[:, None] - centres[genes]) / sigma  # (links, genes, 2)
        squared = np.sum(away**2, axis=2)
        link, gene = np.nonzero(squared <= _REACH**2)
        slope = np.sum(away[link, gene] * directions[genes[gene]], axis=1)
        effect = strengths[genes[gene]] * slope * np.exp(-squared[link, gene] / 2)
        found.append((links[link], genes[gene], effect))
    rows, genes, effects = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, genes, effects
