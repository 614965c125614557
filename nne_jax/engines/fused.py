"""The engine for GPUs: one kernel for both layers, with hidden activations on the chip (Pallas).

A program of the kernel has a tile of images times individuals, and the tile's C logits in
registers. It goes through the hidden units one by one: the unit's inputs times its weights on the
tensor cores, relu, and C multiplications that add its share to the logits. Hidden activations,
which at the paper's scale are 2 billion numbers a generation, are never written to memory.

Written for Pallas' Triton backend; elsewhere it runs in Pallas' interpreter, which is for tests.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from nne_jax import gathered
from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.layout import Layout, Units
from nne_jax.network import Network
from nne_jax.types import Fitness, FitnessFn, Genotypes, Images, Logits

LANES = 64  # individuals of a tile
_TILE_IMAGES = 64
_TILE_INPUTS = 16  # of a unit in one product: the tensor cores' least
_WARPS = 8  # C x 64 x 64 logits over 256 threads
_CHUNK = 1024
prepare = gathered.prepare  # the same layout


def problem(net: Network) -> str | None:
    """What is wrong with a network, or the platform, for this engine, if anything."""
    if jax.default_backend() != "gpu":
        return f"it needs a GPU, this is a {jax.default_backend()}"
    return gathered.problem(net)


def chunk_size(plan: Layout, num_images: int) -> int:
    """Individuals to evaluate at a time."""
    del plan, num_images
    return _CHUNK


def bytes_per_individual(net: Network, gen: Genome, num_images: int) -> int:
    """Bytes that evaluating one individual takes: its weights, its logits."""
    del gen
    return 4 * 2 * (2 * net.num_links + num_images * net.layer_sizes[-1])


def fitness(
    plan: Layout, genotypes: Genotypes, batch: Batch, fitness_fn: FitnessFn, dtype: jnp.dtype
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""
    z = logits(plan, genotypes, batch.images, dtype)
    return jax.vmap(fitness_fn, (2, None))(z, batch.labels)


def logits(
    plan: Layout, genotypes: Genotypes, images: Images, dtype: jnp.dtype = jnp.float32
) -> Logits:
    """As ``gathered.logits``, for a number of individuals that is a multiple of ``LANES``."""
    size, population_size = images.shape[0], genotypes.shape[0]
    images = jnp.pad(images, ((0, -size % _TILE_IMAGES), (0, 0))).astype(dtype)
    grid = images.shape[0] // _TILE_IMAGES, population_size // LANES
    groups = zip(plan.groups, plan.num_rows, strict=True)
    operands = [_operands(*group, genotypes, images.T, dtype) for group in groups]
    z = pl.pallas_call(
        partial(_kernel, num_outputs=plan.num_outputs),
        grid=grid,
        in_specs=[_specs(*group) for group in operands],
        out_specs=pl.BlockSpec((plan.num_outputs, _TILE_IMAGES, LANES), lambda s, i: (0, s, i)),
        out_shape=jax.ShapeDtypeStruct(
            (plan.num_outputs, images.shape[0], population_size), jnp.float32
        ),
        compiler_params=triton.CompilerParams(num_warps=_WARPS, num_stages=2),
        interpret=jax.default_backend() != "gpu",
    )(*operands)
    return jnp.swapaxes(z, 0, 1)[:size]


def _operands(units: Units, num_rows: int, genotypes, pixels, dtype):
    """A group's inputs (H, F, B), weights (H, F, N) and output weights (H, C, N)."""
    alleles = genotypes.T.astype(jnp.int8 if genotypes.dtype == bool else jnp.float32)
    weights = jax.vmap(partial(gathered.express, alleles=alleles, num_rows=num_rows))(units)
    missing = ((0, 0), (0, 0), (0, -units.senders.shape[-1] % _TILE_INPUTS))
    senders = jnp.pad(units.senders, missing)
    rows = jnp.pad(units.rows, missing, constant_values=num_rows - 1)  # the row of weights 0
    of_unit = jax.vmap(lambda block, index: block[index])
    num_units = senders.shape[0] * senders.shape[1]
    w, v = (of_unit(weights, index) for index in (rows, units.output_rows))
    return tuple(
        array.reshape(num_units, *array.shape[2:])
        for array in (pixels[senders], w.astype(dtype), v)
    )


def _specs(inputs, weights, output_weights):
    """Which part of a group's arrays a program sees: its images', or its individuals'."""
    return (
        pl.BlockSpec((*inputs.shape[:2], _TILE_IMAGES), lambda s, i: (0, 0, s)),
        pl.BlockSpec((*weights.shape[:2], LANES), lambda s, i: (0, 0, i)),
        pl.BlockSpec((*output_weights.shape[:2], LANES), lambda s, i: (0, 0, i)),
    )


def _kernel(*refs, num_outputs: int):
    """One tile: logits (C, images, individuals) from the operands of every group."""
    *groups, out = refs
    z = tuple(jnp.zeros((_TILE_IMAGES, LANES), jnp.float32) for _ in range(num_outputs))
    for inputs, weights, output_weights in groups:
        unit = partial(_unit, inputs, weights, output_weights)
        z = jax.lax.fori_loop(0, inputs.shape[0], unit, z)
    for c, logits in enumerate(z):
        out[c] = logits


def _unit(inputs, weights, output_weights, h, z):
    """Adds one hidden unit's share to the tile's logits."""
    sums = jnp.zeros((_TILE_IMAGES, LANES), jnp.float32)
    for first in range(0, inputs.shape[1], _TILE_INPUTS):
        part = pl.ds(first, _TILE_INPUTS)
        sums += triton.dot(inputs[h, part, :], weights[h, part, :], trans_a=True, allow_tf32=False)
    hidden = jax.nn.relu(sums)  # A3
    return tuple(logits + output_weights[h, c][None, :] * hidden for c, logits in enumerate(z))
