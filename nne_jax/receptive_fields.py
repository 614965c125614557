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
    check_count,
    check_entries,
    check_genome_of,
    check_key,
    check_on_host,
    check_scalar,
    check_sequence,
)
from nne_jax._fields import REACH, entries, units_of
from nne_jax._shifts import side_of
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Key


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
        genes than that has units; inputs that are no such image; fields so small that they miss
        all pixels; under ``jit``.

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
    links = np.flatnonzero(np.asarray(layer.senders) < math.prod(shape))  # from pixels, no biases
    replaced = np.isin(before[0], links)
    sum_of_squares = np.sum(np.square(before[2][replaced], dtype=np.float64))
    if gen.of_weights or not sum_of_squares:
        raise InputError("gen: no gene has an effect on the first layer; draw it by genome.init.")
    rows, genes, effects = entries(key, layer, links, units_of(layer, gen), float(sigma), shape)
    if not np.any(effects):
        raise InputError(f"sigma={sigma}: no gene reaches a pixel; give a larger one.")
    effects *= math.sqrt(sum_of_squares / np.sum(effects**2))
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
    return num_genes / num_units * min(1, math.pi * (REACH * sigma) ** 2 / num_pixels)


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
