"""The engine for a sparse first layer with anything above it: more layers, a cap, biases.

The links into the first hidden layer are gathered, as in ``gathered``: most of a network's links
are there, and its inputs, the images, are everybody's. What that layer fires is each individual's
own, and goes through the layers above as in ``dense``; of a block of examples at a time, so that it
is never there for all of them at once.
"""

import dataclasses
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import phenotype
from nne_jax.data import Batch
from nne_jax.engines import blocks, gathered, layout, sharing
from nne_jax.engines.blocks import to_jax
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.layout import Layout, Terms, alleles_by_gene, express, take
from nne_jax.genome import Genome
from nne_jax.network import Layer, Network
from nne_jax.types import Fitness, FitnessFn, Genotypes

_LANES = 64  # individuals that are computed together
_COPIES = 3  # of what fires alive at a time: a bound


class Plan(NamedTuple):
    """The first hidden layer by unit, and what is above it."""

    first: Layout  # of no outputs
    places: jax.Array  # (H,) int32: where the layout has each unit
    net: Network  # its inputs are what the first hidden layer sends
    above: Terms  # of the weights of ``net``, those with the most genes first
    base: jax.Array | None  # (links of net,) float32, by row: weights of no genes; None: 0
    rows: jax.Array  # (links of net,) int32: which row each link's is
    pixels: jax.Array | None  # (T, D, B') a batch in blocks, see ``gathered.see``


def problem(sizes: Sizes, platform: str) -> str | None:
    """What is wrong with a network for this engine, if anything."""
    del platform
    return None if len(sizes.layer_links) > 1 else "it takes hidden layers, this network has none"


def chunk_size(sizes: Sizes, num_examples: int, platform: str) -> int:
    """Individuals to evaluate at a time."""
    del sizes, num_examples, platform
    return _LANES


def bytes_per_individual(sizes: Sizes, num_examples: int) -> int:
    """Bytes that evaluating one individual takes: what fires, weights and matrices, logits."""
    _, *units, outputs = sizes.layer_sizes
    block = min(num_examples, gathered.BLOCK_EXAMPLES)
    matrices = sum(a * b for a, b in zip(units, [*units[1:], outputs], strict=True))
    weights = 2 * sizes.num_links + sizes.num_entries + 2 * matrices
    return 4 * (_COPIES * block * sum(units) + weights + num_examples * outputs)


def prepare(net: Network, gen: Genome) -> Plan:
    """Lays out the first layer by unit; the rest of the network and of the genome as they are."""
    first, *above = net.layers
    nothing = to_jax(np.zeros(0), np.int32)
    alone = dataclasses.replace(net, layers=(first, Layer(nothing, nothing, first.num_out, 0)))
    laid_out = blocks.by_unit(alone, gen)
    ids = np.concatenate([np.asarray(units.ids).ravel() for units in laid_out.groups])
    places = to_jax(np.argsort(ids, kind="stable")[: first.num_out], np.int32)
    by_row = blocks.terms_by_row(gen, first.num_links)
    return Plan(laid_out, places, dataclasses.replace(net, layers=tuple(above)), *by_row, None)


def see(plan: Plan, batch: Batch, dtype: jax.typing.DTypeLike) -> Plan:
    """Looks at a batch, once for all individuals."""
    sent = batch._replace(inputs=plan.net.sent(batch.inputs))
    return plan._replace(pixels=gathered.see(plan.first, sent, dtype).pixels)


def fitness(
    plan: Plan, genotypes: Genotypes, batch: Batch, fitness_fn: FitnessFn, dtype: jnp.dtype
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""
    alleles = alleles_by_gene(genotypes)
    weights = _express_above(plan, alleles)

    def of_block(pixels):
        fired = plan.net.fired(_received(plan, alleles, pixels))
        # Apart from what is before and after, so that its bits are the same in any chunk.
        fired = jax.lax.optimization_barrier(fired)
        logits = jax.vmap(phenotype.apply, (None, 0, 0, None))(plan.net, weights, fired, dtype)
        return jax.lax.optimization_barrier(logits)

    z = jnp.moveaxis(jax.lax.map(of_block, plan.pixels), 0, 1)  # (N, T, B', C)
    z = z.reshape(z.shape[0], -1, z.shape[-1])[:, : batch.inputs.shape[0]]
    return sharing.of_each(lambda z: fitness_fn(z, batch.labels), z)


def _express_above(plan: Plan, alleles) -> jax.Array:
    """Weights (N, m') of the links above the first layer."""
    expression, num_links = plan.first.expression, plan.net.num_links
    weights = layout.express_rows(plan.base, plan.above, alleles, num_links, expression)
    return take(weights, plan.rows).T


def _received(plan: Plan, alleles, pixels):
    """What each unit of the first hidden layer receives of a block of images, (N, B', H)."""

    def of_units(units, num_rows):
        weights = express(plan.first, units, alleles, num_rows)
        return jnp.stack(list(gathered.received(units, weights, pixels)))  # (U, B', N)

    groups = []
    for units, num_rows in zip(plan.first.groups, plan.first.num_rows, strict=True):
        sums = jax.lax.map(partial(of_units, num_rows=num_rows), units)
        groups.append(sums.reshape(-1, *sums.shape[2:]))
    return jnp.transpose(take(jnp.concatenate(groups), plan.places), (2, 1, 0))


ENGINE = Engine(
    problem, prepare, chunk_size, bytes_per_individual, fitness,
    lanes=_LANES,
    for_batch=see,
)  # fmt: skip
