"""The engine for sparse first layers: only links that exist are multiplied.

A hidden unit reads few of the inputs, the same ones in every individual. So for each hidden unit
its inputs are gathered from the images once for a whole chunk of individuals,

  h = relu(images[:, senders] w),  (B, F) times (F, N) -> (B, N),  or another activation,

and the share of a block of a few units in the logits, z_c += Σ v_c h, is added before the next
block is looked at. Hidden activations never leave the cache, nor do weights, which are expressed
for a block at a time. Individuals are the last axis throughout: every loop is a vector loop over
individuals, and a chunk is a multiple of ``lanes``, so that the bits of a result do not depend on
the chunk.

What all individuals share, the weights w0 of no genes above all, is computed once for a batch
(``packing``).
"""

import dataclasses
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from nne_jax.data import Batch
from nne_jax.engines import layout, packing, sharing
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.layout import Layout, Units, add_terms, alleles_by_gene, express, take
from nne_jax.types import Fitness, FitnessFn, Genotypes, Logits

_CHUNK = 256  # individuals: measured, larger chunks are no faster
_MANY_GENES = 30_000  # of which the alleles of so many individuals do not fit the cache
BLOCK_EXAMPLES = 256  # examples whose logits are in the cache together
_TOGETHER = 2**23  # inputs of units, in all of the chromosomes that are computed together


def chunk_size(sizes: Sizes, num_examples: int, platform: str) -> int:
    """Individuals to evaluate at a time."""
    del num_examples, platform
    return _CHUNK if sizes.num_genes <= _MANY_GENES else _CHUNK // 2


def bytes_per_individual(sizes: Sizes, num_examples: int) -> int:
    """Bytes that evaluating one individual takes: its logits, and weights of a block of units."""
    block = sizes.num_entries + sizes.num_links  # far fewer; a bound for any size of the blocks
    return 4 * (4 * num_examples * sizes.layer_sizes[-1] + block // 4)


class Seen(NamedTuple):
    """What a batch's images, in T blocks of B', are to all individuals, for the H hidden units."""

    units: Layout
    pixels: jax.Array  # (T, D, B') of the operands' dtype; D inputs, and mixtures of them
    sums: jax.Array | None  # (T, H + 1, B') float32: what w0 adds to a unit's input; None: nothing
    logits: jax.Array | None  # (T, C, B') float32: of the units that all individuals share


def see(plan: Layout, batch: Batch, dtype: jax.typing.DTypeLike = jnp.float32) -> Seen:
    """Looks at a batch, once for all individuals.

    Args:
      plan: from ``packing.by_unit``.
      batch: its inputs are (B, D).
      dtype: of the operands of the first layer's products; sums are float32.
    """
    size = batch.inputs.shape[0]
    num_blocks = -(-size // BLOCK_EXAMPLES)
    width = -(-size // num_blocks)
    inputs = jnp.pad(batch.inputs, ((0, num_blocks * width - size), (0, 0)))
    if plan.shared is None:
        inputs = inputs.astype(dtype)
        pixels = jnp.swapaxes(inputs.reshape(num_blocks, width, -1), 1, 2)
        return Seen(plan, pixels, None, None)
    blocks = jnp.swapaxes(inputs.astype(jnp.float32).reshape(num_blocks, width, -1), 1, 2)
    return Seen(plan, *jax.vmap(partial(_see_shared, plan, dtype=dtype))(blocks))


def _see_shared(plan: Layout, pixels: jax.Array, dtype):
    """Of a block of images (D, B'): more pixels, sums and logits; see ``Seen``."""
    times, shared = partial(jnp.matmul, precision="highest"), plan.shared
    more = jnp.zeros((shared.mixtures.length, pixels.shape[1]), jnp.float32)
    more = add_terms(more, shared.mixtures, pixels)
    logits = times(shared.outputs, plan.activation(times(shared.units, pixels)))  # A3
    return jnp.concatenate([pixels, more]).astype(dtype), times(shared.weights, pixels), logits


def fitness(
    seen: Seen, genotypes: Genotypes, batch: Batch, fitness_fn: FitnessFn, dtype: jnp.dtype
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""
    del dtype  # of what was seen
    z = jnp.moveaxis(logits(seen, genotypes)[: batch.inputs.shape[0]], 2, 0)
    return sharing.of_each(lambda z: fitness_fn(z, batch.labels), z)


def logits(seen: Seen, genotypes: Genotypes) -> Logits:
    """Logits (T B', C, N) of a chunk of individuals, who are the last axis."""
    alleles = alleles_by_gene(genotypes)
    z = jax.lax.map(partial(_logits, seen.units, alleles), seen[1:])  # (T, C, B', N)
    return jnp.moveaxis(z, 1, 2).reshape(-1, seen.units.num_outputs, alleles.shape[1])


def logits_of_haplotypes(
    seen: Seen, haplotypes: Genotypes, batch: Batch, dtype: jnp.dtype, chromosomes: jax.Array
) -> jax.Array:
    """What each haplotype of some chromosomes adds to the logits, (chromosomes, K, B, C)."""
    del dtype  # of what was seen
    alleles = haplotypes.T.astype(jnp.int8)
    count = seen.units.num_chromosomes
    of_some = jax.tree.map(
        lambda blocks: take(blocks.reshape(count, -1, *blocks.shape[1:]), chromosomes),
        seen.units.groups,
    )

    def of_chromosome(groups):
        plan = dataclasses.replace(seen.units, groups=groups)
        z = jax.lax.map(lambda pixels: _logits(plan, alleles, (pixels, None, None)), seen.pixels)
        z = jnp.transpose(z, (3, 0, 2, 1))  # (T, C, B', K) to (K, T, B', C)
        return z.reshape(z.shape[0], -1, z.shape[-1])[:, : batch.inputs.shape[0]]

    seen_by_a_block = max(units.senders[0].size for units in seen.units.groups)
    together = max(1, _TOGETHER // (seen_by_a_block * seen.pixels.shape[-1]))
    return jax.lax.map(of_chromosome, of_some, batch_size=min(together, chromosomes.size))


def _logits(plan: Layout, alleles, block):
    """Logits (C, B', N) of a block of images.

    Every block expresses the weights anew, which takes less time than to bring the logits of all
    blocks to each block of units.
    """
    pixels, shared_sums, shared_logits = block
    z = jnp.zeros((plan.num_outputs, pixels.shape[1], alleles.shape[1]), jnp.float32)
    if shared_logits is not None:
        z += shared_logits[..., None]

    def add_block(z, units, num_rows):
        weights = express(plan, units, alleles, num_rows)
        return _add_units(plan, z, pixels, shared_sums, weights, units), None

    for units, num_rows in zip(plan.groups, plan.num_rows, strict=True):
        z, _ = jax.lax.scan(partial(add_block, num_rows=num_rows), z, units)
    return z


def _add_units(plan, z, pixels, shared_sums, weights, units):
    """Adds the share of a block's units to some images' logits z (C, B', N).

    In one sum, since z does not fit the fastest cache: it is read and written once a block.
    """
    for unit, sums in enumerate(received(units, weights, pixels)):
        if shared_sums is not None:
            sums += take(shared_sums, units.ids[unit])[:, None]
        v = take(weights, units.output_rows[unit])  # (C, N)
        z += v[:, None, :] * plan.activation(sums)[None]  # A3
    return z


def received(units: Units, weights: jax.Array, pixels: jax.Array) -> Iterator[jax.Array]:
    """What each of a block's units receives of some images, (B', N), one after the other."""
    # (U, B', F): images by rows are what XLA multiplies fastest, above all in bfloat16.
    inputs = jnp.swapaxes(take(pixels, units.senders), 1, 2)
    for unit, rows in enumerate(units.rows):
        w = take(weights, rows).astype(inputs.dtype)  # (F, N)
        yield jnp.matmul(inputs[unit], w, precision="highest", preferred_element_type=jnp.float32)


ENGINE = Engine(
    layout.problem, packing.by_unit, chunk_size, bytes_per_individual, fitness,
    lanes=64,  # XLA computes loops over fewer individuals in another order
    for_batch=see,
    logits_of_haplotypes=logits_of_haplotypes,
)  # fmt: skip
