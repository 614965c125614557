"""The sparse engine for accelerators: a product for each hidden unit, in one batch, in plain XLA.

A hidden unit reads few of the inputs, the same ones in every individual. With its F inputs side by
side, what U units receive in N individuals of B images is a batch of U products,

  h[u] = relu(w[u]ᵀ x[u]),  (N, F) times (F, B) -> (N, B),  or another activation,

and their share in the logits is a batch of N, z[n] = Σ_u v[u, n] h[u, n]. As in ``gathered`` only
links that exist are multiplied; but there are two large products instead of many small ones, which
a matrix unit wants and a cache does not.

Right on a CPU, which it is not meant for; its time on GPUs and TPUs has not been measured.
"""

import dataclasses
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from nne_jax.data import Batch
from nne_jax.engines import blocks, layout, memory, sharing
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.layout import Layout, express_units, take
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Fitness, FitnessFn, Genotypes

_ALIGNED = 8  # inputs and examples in a product: 16 bytes of bfloat16, which tensor cores want
_LANES = 64  # individuals that a CPU computes at a time: in products of more the bits are others
_SUMS = {"precision": "highest", "preferred_element_type": jnp.float32}


def prepare(net: Network, gen: Genome) -> Layout:
    """Units in groups of like fan-in, those of a chromosome in one block."""
    return blocks.by_unit(net, gen, block_units=net.layer_sizes[1], multiple=_ALIGNED)


def chunk_size(sizes: Sizes, num_examples: int, platform: str) -> int:
    """Individuals that take about ``memory.chunk_bytes()``."""
    return max(1, memory.chunk_bytes(platform) // bytes_per_individual(sizes, num_examples))


def bytes_per_individual(sizes: Sizes, num_examples: int) -> int:
    """Bytes that evaluating one individual takes: its weights, its activations, its logits."""
    activations = num_examples * (sizes.layer_sizes[1] + 2 * sizes.layer_sizes[-1])
    return 4 * (3 * sizes.num_links + activations)


def bytes_per_example(sizes: Sizes) -> int:
    """Bytes of an example's inputs beside each other, unit by unit, in groups of like fan-in."""
    return 5 * sizes.layer_links[0]


class Seen(NamedTuple):
    """What all individuals see of a batch."""

    plan: Layout
    inputs: tuple[jax.Array, ...]  # of each group's units (A, U, F, B), of the operands' dtype


def see(plan: Layout, batch: Batch, dtype: jax.typing.DTypeLike = jnp.float32) -> Seen:
    """Puts the inputs of each hidden unit side by side, once for all individuals."""
    missing = ((0, 0), (0, -batch.inputs.shape[0] % _ALIGNED))
    pixels = jnp.pad(batch.inputs.astype(dtype).T, missing)
    return Seen(plan, tuple(take(pixels, units.senders) for units in plan.groups))


def fitness(
    seen: Seen, genotypes: Genotypes, batch: Batch, fitness_fn: FitnessFn, dtype: jnp.dtype
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""

    def together(genotypes):
        z = _logits("nbc", seen, genotypes, dtype)[:, : batch.inputs.shape[0]]
        return sharing.of_each(lambda z: fitness_fn(z, batch.labels), z)

    few = partial(sharing.in_chunks, together, most=_LANES, lanes=_LANES)
    return jax.lax.platform_dependent(genotypes, cpu=few, default=together)


def logits_of_haplotypes(
    seen: Seen, haplotypes: Genotypes, batch: Batch, dtype: jnp.dtype, chromosomes: jax.Array
) -> jax.Array:
    """What each haplotype of some chromosomes adds to the logits, (chromosomes, K, B, C)."""
    groups = jax.tree.map(lambda blocks: take(blocks, chromosomes), seen.plan.groups)
    inputs = tuple(take(blocks, chromosomes) for blocks in seen.inputs)
    some = Seen(dataclasses.replace(seen.plan, groups=groups), inputs)
    return _logits("anbc", some, haplotypes, dtype)[:, :, : batch.inputs.shape[0]]


def _logits(axes: str, seen: Seen, genotypes: Genotypes, dtype: jnp.dtype) -> jax.Array:
    """Logits by individual n, example b and class c; by chromosome a too, or the sum over them."""
    shares = (
        jnp.einsum(f"aunb,aucn->{axes}", hidden, output, **_SUMS)
        for hidden, output in _hidden_and_output(seen, genotypes, dtype)
    )
    return sum(shares, start=jnp.float32(0))


def _hidden_and_output(
    seen: Seen, genotypes: Genotypes, dtype: jnp.dtype
) -> Iterator[tuple[jax.Array, jax.Array]]:
    """Of each group the factors of the logits: activations (A, U, N, B), weights (A, U, C, N)."""
    plan = seen.plan
    for units, num_rows, inputs in zip(plan.groups, plan.num_rows, seen.inputs, strict=True):
        w, v = express_units(plan, units, genotypes, num_rows, dtype)
        received = jnp.einsum("aufn,aufb->aunb", w, inputs, **_SUMS)
        hidden = plan.activation(received).astype(dtype)  # A3
        yield hidden, v.astype(dtype)


ENGINE = Engine(
    layout.problem, prepare, chunk_size, bytes_per_individual, fitness,
    lanes=_LANES,
    for_batch=see,
    logits_of_haplotypes=logits_of_haplotypes,
    bytes_per_example=bytes_per_example,
)  # fmt: skip
