"""Individuals that share haplotypes: a haplotype's share in the logits is computed once for all.

The logits z = w₂ relu(w₁ y) are a sum over the hidden units. With the genes of a unit on one
chromosome, an individual's logits are the sum over chromosomes of what its haplotypes add: C
additions a logit, in the place of the whole network.
"""

from functools import partial

import jax
import jax.numpy as jnp

from nne_jax.engines import memory, sharing
from nne_jax.types import Fitness, FitnessFn, Labels

LANES = 64  # individuals computed alike: of any chunk of so many the bits are the same
_CPU_CHUNK = 256  # individuals, whose logits are in the cache together: measured
_GPU_UNROLL = 10  # chromosomes whose shares are added while logits are on the chip
_COPIES = 3  # of the logits alive at a time


def chunk_size(given: int | None, num_logits: int, platform: str) -> int:
    """Individuals to evaluate at a time, of so many logits each."""
    fits = max(LANES, memory.chunk_bytes(platform) // (4 * _COPIES * num_logits))
    return given or (_CPU_CHUNK if platform == "cpu" else fits)


def fitness(
    shares: jax.Array, carried: jax.Array, labels: Labels, fitness_fn: FitnessFn
) -> Fitness:
    """Fitness (N,) of individuals.

    Args:
      shares: (C, K, B, outputs) float32, what each haplotype adds to the logits.
      carried: (N, C) int32, which haplotype of each chromosome an individual carries.
      labels: (B,).
      fitness_fn: of the logits of one individual, (B, outputs), and the labels.
    """
    num_chromosomes, num_haplotypes, *shape = shares.shape
    in_a_row = shares.reshape(num_chromosomes, num_haplotypes, -1)  # one long vector loop

    def add(logits, of_chromosome):
        share, own = of_chromosome
        return logits + share.at[own].get(mode="promise_in_bounds"), None

    nothing = jnp.zeros((carried.shape[0], in_a_row.shape[-1]), in_a_row.dtype)
    # A scan: XLA would compute one long sum anew for every use of its result.
    on_cpu, elsewhere = (partial(jax.lax.scan, add, unroll=n) for n in (1, _GPU_UNROLL))
    logits, _ = jax.lax.platform_dependent(
        nothing, (in_a_row, carried.T), cpu=on_cpu, default=elsewhere
    )
    return sharing.of_each(lambda z: fitness_fn(z, labels), logits.reshape(-1, *shape))
