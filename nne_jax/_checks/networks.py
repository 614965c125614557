"""Networks and genomes: whether they are such, and fit each other and the genotypes."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from nne_jax._checks.arrays import check_array, check_finite, check_values
from nne_jax._checks.dtypes import shape_of, values_of
from nne_jax.errors import InputError

if TYPE_CHECKING:
    from nne_jax.genome import Genome
    from nne_jax.network import Network


def check_network(net: "Network") -> None:
    """Raises an InputError unless it is a network whose layers fit each other."""
    if not hasattr(net, "layers"):
        raise InputError(f"net: it is {type(net).__name__}; give a network, of network.init say.")
    if not net.layers:
        raise InputError("net: it has no layers; give one or more.")
    below = None
    for index, layer in enumerate(net.layers):
        num_links = shape_of(layer.senders)[:1]
        for name, units in (("senders", layer.senders), ("receivers", layer.receivers)):
            check_array(f"net.layers[{index}].{name}", units, num_links, "whole numbers")
        if below not in (None, layer.num_in):
            raise InputError(
                f"net: layer {index} has num_in={layer.num_in}, and the layer below it "
                f"sends {below}; give the same."
            )
        below = layer.num_out + net.has_biases


def check_links(net: "Network") -> None:
    """Raises an InputError unless all links are there once, in order: of values, on the host."""
    check_network(net)
    for index, layer in enumerate(net.layers):
        senders, receivers = values_of(layer.senders), values_of(layer.receivers)
        if senders is None or receivers is None:
            continue
        place = receivers.astype(np.int64) * layer.num_in + senders
        inside = (senders >= 0) & (senders < layer.num_in)
        inside &= (receivers >= 0) & (receivers < layer.num_out)
        if not inside.all() or np.any(np.diff(place) <= 0):
            raise InputError(
                f"net: the links of layer {index} are not those of {layer.num_in} to "
                f"{layer.num_out} units, each once, ordered by receiver and then by sender."
            )


def check_genome(gen: "Genome") -> None:
    """Raises an InputError unless it is a genome, whose arrays fit each other."""
    if not hasattr(gen, "effects"):
        raise InputError(f"gen: it is {type(gen).__name__}; give a genome, of genome.init say.")
    entries = shape_of(gen.effects)[:1]
    check_array("gen.effects", gen.effects, entries, "floats")
    check_array("gen.rows", gen.rows, entries, "whole numbers")
    check_array("gen.genes", gen.genes, entries, "whole numbers")
    if gen.base is not None:
        check_array("gen.base", gen.base, (gen.num_weights,), "floats")


def check_entries(gen: "Genome") -> None:
    """Raises an InputError unless all entries are of weights and genes that are there, in order."""
    check_genome(gen)
    check_finite("gen.effects", gen.effects)
    for name, index, size in (
        ("rows", gen.rows, gen.num_weights),
        ("genes", gen.genes, gen.num_genes),
    ):
        check_values(f"gen.{name}", index, 0, size - 1, "indices")
    rows = values_of(gen.rows)
    if rows is not None and np.any(np.diff(rows) < 0):
        raise InputError("gen.rows: they do not ascend; sort the entries by their row.")


def check_genome_of(net: "Network", gen: "Genome") -> None:
    """Raises an InputError unless a genome has as many weights as the network has links."""
    check_network(net)
    check_genome(gen)
    if gen.num_weights != net.num_links:
        raise InputError(
            f"gen: it has {gen.num_weights} weights, and the network {net.num_links} links; draw a "
            "genome for this network."
        )


def check_genes(gen: "Genome", genotypes: jax.Array) -> None:
    """Raises an InputError unless genotypes (n,) or (N, n) are of the genome's genes."""
    check_genome(gen)
    one = getattr(genotypes, "ndim", None) != 2
    shape = (gen.num_genes,) if one else ("N", gen.num_genes)
    check_array("genotypes", genotypes, shape, "alleles or frequencies")
    if not gen.of_weights:
        check_values("genotypes", genotypes, 0, 1, "alleles or frequencies")


def check_population(genotypes: Any, num_genes: int | str, of_weights: bool) -> None:
    """Raises an InputError unless genotypes (N, n) are of so many genes; see ``Genome``."""
    check_array("genotypes", genotypes, ("N", num_genes), "alleles or frequencies")
    if not of_weights:
        check_values("genotypes", genotypes, 0, 1, "alleles or frequencies")
