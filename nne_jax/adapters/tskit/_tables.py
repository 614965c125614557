"""The tables of a genealogy while it grows, whole columns at a time."""

from typing import Any

import numpy as np

from nne_jax.types import Genotypes
from nne_jax.wright_fisher import Inheritance

_ROW = {  # of an individual's metadata
    "codec": "struct",
    "type": "object",
    "properties": {
        "generation": {"type": "integer", "binaryFormat": "i"},
        "row": {"type": "integer", "binaryFormat": "i"},
    },
    "required": ["generation", "row"],
    "additionalProperties": False,
}
_ALLELES = np.frombuffer(b"01", np.int8)


class Genealogy:
    """Who of the living, and of their ancestors, has which genes from whom.

    Args:
      tskit: the module.
      genotypes: (N, n) bool of the founders.
      generation: that they are, as the state counts them.
      num_generations: that are to be added.
    """

    def __init__(self, tskit: Any, genotypes: Genotypes, generation: int, num_generations: int):
        num_genes = genotypes.shape[1]
        self._tskit, self._generation, self._time = tskit, generation, num_generations
        self._tables = tables = tskit.TableCollection(num_genes)
        tables.time_units = "generations"
        tables.individuals.metadata_schema = tskit.MetadataSchema(_ROW)
        ancestral = np.repeat(_ALLELES[:1], num_genes)
        tables.sites.append_columns(np.arange(num_genes), ancestral, _offsets(num_genes))
        self._living = self._add_nodes(len(genotypes))
        self._add_mutations(genotypes, genotypes)

    def add(self, inheritance: Inheritance, genotypes: Genotypes) -> None:
        """Adds a generation, (N, n) bool, by its inheritance from the living."""
        self._generation, self._time = self._generation + 1, self._time - 1
        parents, self._living = self._living, self._add_nodes(len(genotypes))
        child, left, right, parent = segments(inheritance)
        self._tables.edges.append_columns(left, right, parents[parent], self._living[child])
        self._add_mutations(inheritance.mutated, genotypes)

    def simplify(self) -> None:
        """Forgets whoever is no ancestor of the living."""
        self._tables.sort()
        # Sites without variation stay, since site i is gene i; roots stay, since they are founders.
        kept = {"filter_sites": False, "keep_input_roots": True, "record_provenance": False}
        self._tables.simplify(self._living, **kept)
        self._living = _ids(0, len(self._living))

    def tree_sequence(self, provenance: str) -> Any:
        """The genealogy as a ``tskit.TreeSequence``, whose samples are the living."""
        tables = self._tables
        tables.sort()
        flags = np.zeros_like(tables.nodes.flags)
        flags[self._living] = self._tskit.NODE_IS_SAMPLE
        tables.nodes.flags = flags
        tables.build_index()
        tables.compute_mutation_parents()
        tables.provenances.add_row(provenance)
        return tables.tree_sequence()

    def _add_nodes(self, size: int) -> np.ndarray:
        """Adds the individuals (N,) of a generation, a node each; returns these."""
        tables = self._tables
        individual = _ids(tables.individuals.num_rows, size)
        node = _ids(tables.nodes.num_rows, size)
        rows = np.stack([np.full(size, self._generation), np.arange(size)], axis=1)
        metadata = rows.astype("<i4").view(np.int8).ravel()
        offsets = _offsets(size) * np.uint32(metadata.size // size)
        flags = np.zeros(size, np.uint32)
        tables.individuals.append_columns(flags, metadata=metadata, metadata_offset=offsets)
        time = np.full(size, self._time)
        tables.nodes.append_columns(flags, time, individual=individual)
        return node

    def _add_mutations(self, changed: Genotypes, genotypes: Genotypes) -> None:
        """Adds the alleles of the living that changed, (N, n) bool, as they are afterwards."""
        row, gene = np.nonzero(np.asarray(changed))
        self._tables.mutations.append_columns(
            site=gene.astype(np.int32),
            node=self._living[row],
            derived_state=_ALLELES[np.asarray(genotypes)[row, gene].astype(int)],
            derived_state_offset=_offsets(len(row)),
            time=np.full(len(row), self._time),
        )


def segments(inheritance: Inheritance) -> tuple[np.ndarray, ...]:
    """Maximal stretches of genes that a child has from one parent.

    Returns:
      Of each, in the order of children and of genes, its child, the gene where it begins, the one
      before which it ends, and its parent, (segments,) whole numbers.

    >>> import jax.numpy as jnp
    >>> from_second = jnp.array([[False, True, True], [True, False, True]])
    >>> drawn = Inheritance(jnp.array([[4, 5], [6, 5]]), from_second, jnp.zeros((2, 3), bool))
    >>> [column.tolist() for column in segments(drawn)]  # the second child has but one parent
    [[0, 0, 1], [0, 1, 0], [1, 3, 3], [4, 6, 5]]
    """
    first, second = np.asarray(inheritance.parents)[:, :, None]
    parent_of = np.where(np.asarray(inheritance.from_second), second, first)
    begins = np.ones(parent_of.shape, bool)
    begins[:, 1:] = parent_of[:, 1:] != parent_of[:, :-1]
    child, left = np.nonzero(begins)
    right = np.roll(left, -1)
    right[right == 0] = parent_of.shape[1]  # where the next one is another child's first
    return child, left, right, parent_of[child, left]


def _ids(first: int, size: int) -> np.ndarray:
    """Numbers of so many rows of a table."""
    return np.arange(first, first + size, dtype=np.int32)


def _offsets(size: int) -> np.ndarray:
    """Where each of so many values of length one begins and ends in a ragged column."""
    return np.arange(size + 1, dtype=np.uint32)
