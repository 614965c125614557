"""On the host: hidden units in blocks of like fan-in, and the genes of their links by row."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from nne_jax.engines.layout import Layout, Terms, Units
from nne_jax.genome import Genome
from nne_jax.network import Network

_GROUPS = 4  # of units of like fan-in, so that few inputs are padded
_BLOCK_UNITS = 5  # hidden units in the cache together; measured, 4 to 6 are as fast


def by_unit(
    net: Network, gen: Genome, block_units: int = _BLOCK_UNITS, multiple: int = 1
) -> Layout:
    """Lays out a network with one hidden layer, and its genome.

    Args:
      net: the wiring.
      gen: the weight generation matrix.
      block_units: most hidden units of a block, which are all of one chromosome.
      multiple: of which the number of inputs F is, those that are missing of weight 0.
    """
    first, output = net.layers
    inputs = _split(np.arange(first.num_links), first.receivers, first.num_out)
    outputs = np.full((first.num_out, output.num_out), -1)  # ids of links; -1 where there is none
    ids = first.num_links + np.arange(output.num_links)
    outputs[np.asarray(output.senders), np.asarray(output.receivers)] = ids
    entries = _split(np.arange(gen.rows.size), gen.rows, gen.num_weights)
    senders = np.asarray(first.senders)
    laid_out = [
        _units(blocks, inputs, outputs, senders, entries, gen, multiple)
        for blocks in _groups([len(links) for links in inputs], gen.num_chromosomes, block_units)
    ]
    units_of, num_rows = zip(*laid_out, strict=True)
    return Layout(
        units_of, num_rows, output.num_out, gen.num_chromosomes, net.activation, gen.expression
    )


def _groups(
    fan_in: Sequence[int], num_chromosomes: int, block_units: int
) -> list[list[np.ndarray]]:
    """The blocks of each group of units, those of the first chromosome first."""
    of_chromosome = np.split(np.arange(len(fan_in)), num_chromosomes)
    sorted_units = [
        units[np.argsort(np.take(fan_in, units), kind="stable")] for units in of_chromosome
    ]
    size = len(sorted_units[0])
    num_groups = min(_GROUPS, 1 + size // (2 * _BLOCK_UNITS))
    by_group = zip(*(np.array_split(units, num_groups) for units in sorted_units), strict=True)
    return [
        [
            block
            for units in of_group
            for block in np.array_split(units, -(-len(units) // block_units))
        ]
        for of_group in by_group
    ]


def _units(
    blocks, inputs, outputs, senders, entries, gen: Genome, multiple: int
) -> tuple[Units, int]:
    """The units of a group's blocks, and the number of rows of each block."""
    links = []
    for block in blocks:
        ids = np.concatenate([*(inputs[unit] for unit in block), outputs[block].ravel()])
        ids = ids[ids >= 0]
        links.append(ids[np.argsort([-len(entries[i]) for i in ids], kind="stable")])
    num_rows = 1 + max(map(len, links))
    # The last one is of no link.
    row_of = np.full((len(blocks), gen.num_weights + 1), num_rows - 1, np.int32)
    for a, ids in enumerate(links):
        row_of[a, ids] = np.arange(len(ids))

    def tabulate(values, fill, multiple=1):
        """(A, U, most) values of each unit, by unit, filled up."""
        tiles = -(-max(map(len, values.values())) // multiple)
        width = multiple * max(tiles, multiple > 1)  # a tile at least: a kernel must see one
        table = np.full((len(blocks), max(map(len, blocks)), width), fill, np.int32)
        for a, block in enumerate(blocks):
            for u, unit in enumerate(block):
                table[a, u, : len(values[unit])] = values[unit]
        return table

    def rows(ids, multiple=1):
        return np.stack([row_of[a, own] for a, own in enumerate(tabulate(ids, -1, multiple))])

    group = np.concatenate(blocks)
    own = {unit: inputs[unit] for unit in group}
    sent = {unit: senders[ids] for unit, ids in own.items()}
    units = Units(
        ids=tabulate({unit: [unit] for unit in group}, len(inputs))[..., 0],
        senders=tabulate(sent, 0, multiple),
        rows=rows(own, multiple),
        output_rows=rows({unit: outputs[unit] for unit in group}),
        genes=Terms(*_jagged_diagonals([[entries[i] for i in ids] for ids in links], gen)),
        base=None if gen.base is None else _base(links, num_rows, gen),  # type: ignore[arg-type]
    )
    return jax.device_put(units), num_rows


def to_jax(values: np.ndarray, dtype: type) -> jax.Array:
    """JAX's array, without the program that jnp.asarray compiles for each shape."""
    return jax.device_put(values.astype(dtype))


def terms_by_row(gen: Genome, first: int) -> tuple[Terms, jax.Array | None, jax.Array]:
    """The terms and w0 by row of a genome's weights from one on, and the row of each weight."""
    entries = _split(np.arange(gen.rows.size), gen.rows, gen.num_weights)[first:]
    order = np.argsort([-len(own) for own in entries], kind="stable")
    terms = Terms(*_jagged_diagonals([[entries[i] for i in order]], gen))
    terms = jax.tree.map(lambda blocks: blocks[0], terms)
    base = None if gen.base is None else np.asarray(gen.base)[first:][order]
    return jax.device_put((terms, base, np.argsort(order, kind="stable").astype(np.int32)))


def _base(links: Sequence[np.ndarray], num_rows: int, gen: Genome) -> np.ndarray:
    """w0 by row of each block; 0 in the last row, of no link."""
    base = np.zeros((len(links), num_rows), np.float32)
    for block, ids in enumerate(links):
        base[block, : len(ids)] = np.asarray(gen.base)[ids]
    return base


def _jagged_diagonals(
    blocks: Sequence[Sequence[np.ndarray]], gen: Genome
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Genes and effects of the k-th entry of each row that has as many, for all k; numpy's."""
    all_genes, all_effects = np.asarray(gen.genes), np.asarray(gen.effects)
    genes, effects = [], []
    depth = max((len(entries) for rows in blocks for entries in rows), default=0)
    for k in range(depth):
        entries = [[row[k] for row in rows if len(row) > k] for rows in blocks]
        shape = len(blocks), max(map(len, entries))
        gene, effect = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
        for a, own in enumerate(entries):
            gene[a, : len(own)] = all_genes[own]
            effect[a, : len(own)] = all_effects[own]
        genes.append(gene)
        effects.append(effect)
    return tuple(genes), tuple(effects)


def _split(values: np.ndarray, owners: jax.Array, count: int) -> list[np.ndarray]:
    """Values by owner, of ``count``; owners ascend."""
    return np.split(values, np.searchsorted(np.asarray(owners), np.arange(1, count)))
