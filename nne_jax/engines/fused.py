"""The engine for GPUs: one kernel for both layers, with hidden activations on the chip (Pallas).

A program of the kernel has a tile of images times individuals, and the tile's C logits in
registers. It goes through the hidden units one by one: the unit's inputs times its weights on the
tensor cores, its activation, and C multiplications that add its share to the logits. What hidden
units fire, at the paper's scale 2 billion numbers a generation, is never written to memory.

Experimental: on an H100 it is right, and a generation of the paper's scale takes 20 ms where
``dense`` takes 84 (11 and 31 in bfloat16), but it is written for Pallas' Triton backend, which JAX
means to remove. ``auto`` never takes it.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

from nne_jax.data import Batch
from nne_jax.engines import blocks, layout
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.layout import Layout, Units, express_units, take
from nne_jax.errors import InputError
from nne_jax.types import Fitness, FitnessFn, Genotypes, Inputs, Logits

_LANES = 64  # individuals of a tile
_TILE_EXAMPLES = 32
_TILE_INPUTS = 32  # of a unit in one product
_WARPS = 4  # C x 32 x 64 logits over 128 threads: of ten such shapes the fastest on an H100
_STAGES = 3  # loads of a product that are under way before it
_CHUNK = 1024


def problem(sizes: Sizes, platform: str) -> str | None:
    """What is wrong with a network, or the platform, for this engine, if anything."""
    if platform != "gpu":
        return f"it needs a GPU, this is a {platform}"
    try:
        _pallas()
    except InputError as error:
        return str(error)
    return layout.problem(sizes, platform)


def chunk_size(sizes: Sizes, num_examples: int, platform: str) -> int:
    """Individuals to evaluate at a time."""
    del sizes, num_examples, platform
    return _CHUNK


def bytes_per_individual(sizes: Sizes, num_examples: int) -> int:
    """Bytes that evaluating one individual takes: its weights, its logits."""
    return 4 * 2 * (2 * sizes.num_links + num_examples * sizes.layer_sizes[-1])


def fitness(
    plan: Layout,
    genotypes: Genotypes,
    batch: Batch,
    fitness_fn: FitnessFn,
    dtype: jnp.dtype,
    interpret: bool = False,
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""
    z = logits(plan, genotypes, batch.inputs, dtype, interpret)
    return jax.vmap(fitness_fn, (2, None))(z, batch.labels)


def logits(
    plan: Layout,
    genotypes: Genotypes,
    inputs: Inputs,
    dtype: jax.typing.DTypeLike = jnp.float32,
    interpret: bool = False,
) -> Logits:
    """As ``gathered.logits``, for a number of individuals that is a multiple of the lanes."""
    pl, triton = _pallas()
    size, population_size = inputs.shape[0], genotypes.shape[0]
    inputs = jnp.pad(inputs, ((0, -size % _TILE_EXAMPLES), (0, 0))).astype(dtype)
    groups = zip(plan.groups, plan.num_rows, strict=True)
    operands = [_operands(plan, *group, genotypes, inputs.T, dtype) for group in groups]
    tile = plan.num_outputs, _TILE_EXAMPLES, _LANES
    z = pl.pallas_call(
        partial(_kernel, num_outputs=plan.num_outputs, activation=plan.activation),
        grid=(inputs.shape[0] // _TILE_EXAMPLES, population_size // _LANES),
        in_specs=[_specs(*group) for group in operands],
        out_specs=pl.BlockSpec(tile, lambda s, i: (0, s, i)),
        out_shape=jax.ShapeDtypeStruct(
            (plan.num_outputs, inputs.shape[0], population_size), jnp.float32
        ),
        compiler_params=triton.CompilerParams(num_warps=_WARPS, num_stages=_STAGES),
        interpret=interpret,
    )(*operands)
    return jnp.swapaxes(z, 0, 1)[:size]


def _pallas():
    """Pallas and its Triton backend, which JAX will take away one day: loaded when it is used."""
    try:
        from jax.experimental import pallas as pl
        from jax.experimental.pallas import triton
    except ImportError as error:
        raise InputError(
            f"engine=fused: jax {jax.__version__} has no Pallas for Triton; take engine=dense."
        ) from error
    return pl, triton


def _operands(plan: Layout, units: Units, num_rows: int, genotypes, pixels, dtype):
    """A group's inputs (H, F, B), weights (H, F, N) and output weights (H, C, N)."""
    weights = express_units(plan, units, genotypes, num_rows, dtype)
    of_units = take(pixels, units.senders), *weights  # each (A, U, …)
    return tuple(array.reshape(-1, *array.shape[2:]) for array in of_units)


def _specs(inputs, weights, output_weights):
    """Which part of a group's arrays a program sees: its examples', or its individuals'."""
    pl, _ = _pallas()
    return (
        pl.BlockSpec((*inputs.shape[:2], _TILE_EXAMPLES), lambda s, i: (0, 0, s)),
        pl.BlockSpec((*weights.shape[:2], _LANES), lambda s, i: (0, 0, i)),
        pl.BlockSpec((*output_weights.shape[:2], _LANES), lambda s, i: (0, 0, i)),
    )


def _kernel(*refs, num_outputs: int, activation: Callable):
    """One tile: logits (C, examples, individuals) from the operands of every group."""
    *groups, out = refs
    z = tuple(jnp.zeros((_TILE_EXAMPLES, _LANES), jnp.float32) for _ in range(num_outputs))
    for inputs, weights, output_weights in groups:
        unit = partial(_unit, inputs, weights, output_weights, activation)
        z = jax.lax.fori_loop(0, inputs.shape[0], unit, z)
    for c, logits in enumerate(z):
        out[c] = logits


def _unit(inputs, weights, output_weights, activation, h, z):
    """Adds one hidden unit's share to the tile's logits."""
    pl, _ = _pallas()
    sums = jnp.zeros((_TILE_EXAMPLES, _LANES), jnp.float32)
    for first in range(0, inputs.shape[1], _TILE_INPUTS):
        part = pl.ds(first, _TILE_INPUTS)
        sums += jax.lax.dot_general(
            inputs[h, part, :],
            weights[h, part, :],
            (((0,), (0,)), ((), ())),
            precision=jax.lax.Precision.HIGHEST,
            preferred_element_type=jnp.float32,
        )
    hidden = activation(sums)  # A3
    return tuple(logits + output_weights[h, c][None, :] * hidden for c, logits in enumerate(z))


ENGINE = Engine(
    problem, partial(blocks.by_unit, multiple=_TILE_INPUTS), chunk_size, bytes_per_individual,
    fitness, lanes=_LANES,
)  # fmt: skip
# The same in Pallas' interpreter, on any platform: for tests, since it is slow.
INTERPRETED = ENGINE._replace(problem=layout.problem, fitness=partial(fitness, interpret=True))
