"""A network whose genes are partly fixed, as a smaller one: what all individuals share is apart.

The weights without any allele 1, w0, are everybody's: their share in a hidden unit's input is
computed once for all individuals. Of the links only those with genes are left. In the place of a
unit's links stand its genes where these are no more,

  w y = w0 y + (W x) y = w0 y + (yᵀ W) x,

with yᵀ W, what the allele 1 of each gene adds to the unit's input, computed once for all
individuals too: a link from one more input, whose weight is the allele. A hidden unit that is the
same in everybody is left out, and its share in the logits computed once.
"""

import dataclasses
from typing import NamedTuple

import jax
import numpy as np

from nne_jax.engines import blocks
from nne_jax.engines.blocks import to_jax
from nne_jax.engines.layout import Layout, Terms
from nne_jax.genome import Genome
from nne_jax.network import Layer, Network


class Shared(NamedTuple):
    """What all individuals share: of H hidden units that differ, and of K that do not."""

    weights: jax.Array  # (H + 1, D) float32: w0 by unit and input; 0 in the last row, of no unit
    mixtures: Terms  # P more inputs, of the D: what a gene adds to a unit
    units: jax.Array  # (K, D) float32: weights of the units that do not differ
    outputs: jax.Array  # (C, K) float32: weights of the links from them


class _Entries(NamedTuple):
    """Entries of W of the first layer, by the two ends of their links."""

    receivers: np.ndarray
    senders: np.ndarray
    genes: np.ndarray
    effects: np.ndarray


def by_unit(net: Network, gen: Genome) -> Layout:
    """Lays out a network as ``blocks.by_unit`` does, with w0 apart where there is one.

    Not with chromosomes, whose few haplotypes take little time anyway, nor where genes are not
    expressed linearly: then w0 adds nothing that is the same for all.
    """
    if gen.base is None or gen.num_chromosomes > 1 or gen.expression is not None:
        return blocks.by_unit(net, gen)
    first, output = (jax.tree.map(np.asarray, layer) for layer in net.layers)
    below, above = np.split(np.asarray(gen.base), [first.num_links])
    weights, outputs = _matrix(first, below), _matrix(output, above)
    rows, genes, effects = (np.asarray(part) for part in (gen.rows, gen.genes, gen.effects))
    split = np.searchsorted(rows, first.num_links)
    own, links = rows[:split], rows[split:] - first.num_links
    entries, mixtures = _by_gene_where_fewer(
        _Entries(first.receivers[own], first.senders[own], genes[:split], effects[:split]),
        first,
        gen.num_genes,
    )
    differs = np.zeros(first.num_out, bool)
    differs[entries.receivers] = differs[output.senders[links]] = True
    differs[0] |= not differs.any()  # a layout has one unit at least

    num_in, new_ids = first.num_in + mixtures.length, np.cumsum(differs) - 1
    places = new_ids[entries.receivers] * num_in + entries.senders
    places, own = np.unique(places, return_inverse=True)
    order, kept = np.argsort(own, kind="stable"), differs[output.senders]
    num_units = int(differs.sum())
    first = _layer(places % num_in, places // num_in, num_in, num_units)
    above = above[kept]
    packed = Genome(
        to_jax(np.append(own[order], places.size + (np.cumsum(kept) - 1)[links]), np.int32),
        to_jax(np.append(entries.genes[order], genes[split:]), np.int32),
        to_jax(np.append(entries.effects[order], effects[split:]), np.float32),
        base=to_jax(np.append(np.zeros(places.size), above), np.float32),
        num_weights=places.size + above.size,
        num_genes=gen.num_genes,
    )
    receivers, num_out = output.receivers[kept], output.num_out
    output = _layer(new_ids[output.senders[kept]], receivers, num_units, num_out)
    nobody = np.zeros((1, weights.shape[1]), np.float32)
    dense = np.concatenate([weights[differs], nobody]), weights[~differs], outputs[:, ~differs]
    of_units, alike, of_alike = (to_jax(part, np.float32) for part in dense)
    shared = Shared(of_units, mixtures, alike, of_alike)
    smaller = dataclasses.replace(net, layers=(first, output))
    return dataclasses.replace(blocks.by_unit(smaller, packed), shared=shared)


def _by_gene_where_fewer(entries: _Entries, first: Layer, num_genes: int) -> tuple[_Entries, Terms]:
    """Of units with no more genes than links with genes, the entries by gene, from more inputs."""
    units = entries.receivers.astype(np.int64)
    pairs = units * num_genes + entries.genes
    links = np.unique(units * first.num_in + entries.senders) // first.num_in
    count = [
        np.bincount(own, minlength=first.num_out) for own in (np.unique(pairs) // num_genes, links)
    ]
    mixed = (count[0] <= count[1])[units]
    pairs, mixtures = _sums(pairs[mixed], entries.senders[mixed], entries.effects[mixed])
    more = _Entries(
        pairs // num_genes,
        first.num_in + np.arange(pairs.size),
        pairs % num_genes,
        np.ones(pairs.size, np.float32),
    )
    both = zip((part[~mixed] for part in entries), more, strict=True)
    return _Entries(*(np.concatenate(parts) for parts in both)), mixtures


def _sums(owners: np.ndarray, columns: np.ndarray, effects: np.ndarray) -> tuple[np.ndarray, Terms]:
    """The owners, each once, and for each a sum of effects times columns."""
    names, of, counts = np.unique(owners, return_inverse=True, return_counts=True)
    longest_first = np.argsort(-counts, kind="stable")
    row = np.argsort(longest_first)[of]
    order = np.argsort(row, kind="stable")
    row = row[order]
    which = np.arange(row.size) - np.searchsorted(row, row)  # of the terms of its row
    terms = [order[which == k] for k in range(counts.max(initial=0))]
    return names[longest_first], Terms(
        tuple(to_jax(columns[own], np.int32) for own in terms),
        tuple(to_jax(effects[own], np.float32) for own in terms),
    )


def _matrix(layer: Layer, weights: np.ndarray) -> np.ndarray:
    """Dense matrix (num_out, num_in) of a layer's weights."""
    matrix = np.zeros((layer.num_out, layer.num_in), np.float32)
    matrix[layer.receivers, layer.senders] = weights
    return matrix


def _layer(senders: np.ndarray, receivers: np.ndarray, num_in: int, num_out: int) -> Layer:
    return Layer(to_jax(senders, np.int32), to_jax(receivers, np.int32), num_in, num_out)
