"""The engine for sparse first layers: only links that exist are multiplied.

A hidden unit reads few of the inputs, the same ones in every individual. So for each hidden unit
its inputs are gathered from the images once for a whole chunk of individuals,

  h = relu(images[:, senders] w),  (B, F) times (F, N) -> (B, N),

and the share of a block of a few units in the logits, z_c += Σ v_c h, is added before the next
block is looked at. Hidden activations never leave the cache, nor do weights, which are expressed
for a block at a time. Individuals are the last axis throughout: every loop is a vector loop over
individuals, and a chunk is a multiple of ``lanes``, so that the bits of a result do not depend on
the chunk.
"""

from functools import partial

import jax
import jax.numpy as jnp

from nne_jax.data import Batch
from nne_jax.engines import layout
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.layout import Layout, express, take
from nne_jax.types import Fitness, FitnessFn, Genotypes, Inputs, Logits

_CHUNK = 256  # individuals: measured, larger chunks are no faster
_BLOCK_EXAMPLES = 256  # examples whose logits are in the cache together


def chunk_size(sizes: Sizes, num_examples: int, platform: str) -> int:
    """Individuals to evaluate at a time."""
    del sizes, num_examples, platform
    return _CHUNK


def bytes_per_individual(sizes: Sizes, num_examples: int) -> int:
    """Bytes that evaluating one individual takes: its logits, and weights of a block of units."""
    block = sizes.num_entries + sizes.num_links  # far fewer; a bound for any size of the blocks
    return 4 * (4 * num_examples * sizes.layer_sizes[-1] + block // 4)


def fitness(
    plan: Layout, genotypes: Genotypes, batch: Batch, fitness_fn: FitnessFn, dtype: jnp.dtype
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""
    z = jax.lax.optimization_barrier(logits(plan, genotypes, batch.inputs, dtype))
    return jax.vmap(fitness_fn, (2, None))(z, batch.labels)


def logits(
    plan: Layout, genotypes: Genotypes, inputs: Inputs, dtype: jax.typing.DTypeLike = jnp.float32
) -> Logits:
    """Logits of a chunk of individuals, who are the last axis.

    Args:
      plan: from ``layout.by_unit``.
      genotypes: (N, n) alleles, or frequencies.
      inputs: (B, D).
      dtype: of the operands of the first layer's products; sums are float32.

    Returns:
      (B, C, N) float32.
    """
    size = inputs.shape[0]
    num_blocks = -(-size // _BLOCK_EXAMPLES)
    width = -(-size // num_blocks)
    inputs = jnp.pad(inputs, ((0, num_blocks * width - size), (0, 0))).astype(dtype)
    pixels = jnp.swapaxes(inputs.reshape(num_blocks, width, -1), 1, 2)  # (T, D, B')
    alleles = genotypes.T.astype(jnp.int8 if genotypes.dtype == bool else jnp.float32)
    z = jax.lax.map(partial(_logits, plan, alleles), pixels)  # (T, C, B', N)
    return jnp.moveaxis(z, 1, 2).reshape(num_blocks * width, plan.num_outputs, -1)[:size]


def _logits(plan, alleles, pixels):
    """Logits (C, B', N) of a block of images (D, B').

    Every block expresses the weights anew, which takes less time than to bring the logits of all
    blocks to each block of units.
    """
    z = jnp.zeros((plan.num_outputs, pixels.shape[1], alleles.shape[1]))

    def add_block(z, units, num_rows):
        weights = express(units, alleles, num_rows)
        return _add_units(z, pixels, weights, units), None

    for units, num_rows in zip(plan.groups, plan.num_rows, strict=True):
        z, _ = jax.lax.scan(partial(add_block, num_rows=num_rows), z, units)
    return z


def _add_units(z, pixels, weights, units):
    """Adds the share of a block's units to some images' logits z (C, B', N).

    In one sum, since z does not fit the fastest cache: it is read and written once a block.
    """
    # (U, B', F): images by rows are what XLA multiplies fastest, above all in bfloat16.
    inputs = jnp.swapaxes(take(pixels, units.senders), 1, 2)
    for unit, rows in enumerate(units.rows):
        w = take(weights, rows).astype(inputs.dtype)  # (F, N)
        sums = jnp.matmul(inputs[unit], w, precision="highest", preferred_element_type=jnp.float32)
        v = take(weights, units.output_rows[unit])  # (C, N)
        z += v[:, None, :] * jax.nn.relu(sums)[None]  # A3
    return z


ENGINE = Engine(
    layout.problem, layout.by_unit, chunk_size, bytes_per_individual, fitness,
    lanes=64,  # XLA computes loops over fewer individuals in another order
)  # fmt: skip
