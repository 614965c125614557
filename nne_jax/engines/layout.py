"""The layout of a network and a genome by hidden unit, in blocks, and how weights come of it."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax._pytrees import pytree, static
from nne_jax.elementwise import relu
from nne_jax.engines.interface import Sizes
from nne_jax.types import Genotypes


class Terms(NamedTuple):
    """Rows that are sums of terms, those with the most terms first (jagged diagonals).

    The k-th term of every row that has as many belongs to the first L_k rows.
    """

    columns: tuple[jax.Array, ...]  # each (..., L_k) int32: what is taken
    effects: tuple[jax.Array, ...]  # each (..., L_k) float32: and multiplied by

    @property
    def length(self) -> int:
        """Number of rows that have terms."""
        return self.columns[0].shape[-1] if self.columns else 0


class Units(NamedTuple):
    """A blocks of U hidden units each, of at most F inputs.

    The weights of a block's links are the rows of a matrix, those with the most genes first.
    """

    ids: jax.Array  # (A, U) int32: which units; their number H where there is none
    senders: jax.Array  # (A, U, F) int32: inputs of each unit
    rows: jax.Array  # (A, U, F) int32: row of the link from each of them
    output_rows: jax.Array  # (A, U, C) int32: row of the link to each output
    genes: Terms  # of each row, (A, L_k)
    base: jax.Array | None  # (A, R) float32: weights of no genes; None: 0


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """Groups of hidden units; the last row of a block's weights, 0, is that of all absent links."""

    groups: tuple[Units, ...]
    num_rows: tuple[int, ...] = static()  # rows of a block, in each group
    num_outputs: int = static()
    num_chromosomes: int = static(default=1)  # each with as many of a group's blocks, one by one
    activation: Callable = static(default=relu)  # of a hidden unit
    expression: Any = None  # as in the genome
    shared: Any = None  # what all individuals share; see ``packing``


def problem(sizes: Sizes, platform: str) -> str | None:
    """What is wrong with a network for this layout, if anything."""
    del platform
    if sizes.k_cap is not None:
        return f"its hidden units fire each by itself, this network has k_cap={sizes.k_cap}"
    if sizes.has_biases:
        return "it takes no biases, this network has them"
    hidden = len(sizes.layer_links) - 1
    return None if hidden == 1 else f"it takes one hidden layer, this network has {hidden}"


def express(plan: Layout, units: Units, alleles: jax.Array, num_rows: int) -> jax.Array:
    """Weights (R, N) of a block's links, from its genes and the alleles (n, N)."""
    weights = express_rows(units.base, units.genes, alleles, num_rows, plan.expression)
    # the last row is of no link
    return weights if plan.expression is None else weights.at[-1].set(0)


def alleles_by_gene(genotypes: Genotypes) -> jax.Array:
    """Alleles (n, N): individuals are the last axis; frequencies in their place stay floats."""
    return genotypes.T.astype(jnp.int8 if genotypes.dtype == bool else jnp.float32)


def express_units(
    plan: Layout, units: Units, genotypes: Genotypes, num_rows: int, dtype: jax.typing.DTypeLike
) -> tuple[jax.Array, jax.Array]:
    """Weights (A, U, F, N) from each unit's inputs, rounded, and (A, U, C, N) to the outputs."""
    alleles = alleles_by_gene(genotypes)
    weights = jax.vmap(lambda block: express(plan, block, alleles, num_rows))(units)
    w, v = (jax.vmap(take)(weights, index) for index in (units.rows, units.output_rows))
    return w.astype(dtype), v


def express_rows(
    base: jax.Array | None,
    genes: Terms,
    alleles: jax.Array,
    num_rows: int,
    expression: Callable | None,
) -> jax.Array:
    """Weights (R, N) of some rows, from w0 (R,), their genes and the alleles (n, N)."""
    shape = num_rows, alleles.shape[1]
    weights = (
        jnp.zeros(shape, jnp.float32) if base is None else jnp.broadcast_to(base[:, None], shape)
    )
    weights = add_terms(weights, genes, alleles)  # A2
    return weights if expression is None else expression(weights)


def add_terms(rows: jax.Array, terms: Terms, columns: jax.Array) -> jax.Array:
    """Adds to each row (R, N) its terms, effects times columns (n, N)."""
    for index, effects in zip(terms.columns, terms.effects, strict=True):
        products = effects[:, None] * take(columns, index).astype(jnp.float32)
        rows = rows.at[: index.shape[0]].add(products)
    return rows


def take(rows: jax.Array, index: jax.Array) -> jax.Array:
    """Some rows, all of which are there."""
    return rows.at[index].get(mode="promise_in_bounds")
