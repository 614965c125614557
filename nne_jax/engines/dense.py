"""The plain engine: every individual's matrices are made and multiplied, links or no links.

An individual's fitness is the same to the bit whatever the chunk: a chunk is a batched product of
matrices whose shapes do not depend on it, and on a CPU fitness is computed one individual at a
time, since XLA's vector and scalar ``exp`` may differ in the last bit.
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax import genome, phenotype
from nne_jax.data import Batch
from nne_jax.engines import memory
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Fitness, FitnessFn, Genotypes

_COPIES = 2  # of matrices and activations alive at a time: a bound, on a CPU it is about 1


def problem(sizes: Sizes, platform: str) -> None:
    """Nothing is wrong with any network, on any platform."""
    del sizes, platform


def prepare(net: Network, gen: Genome) -> tuple[Network, Genome]:
    """The plan is the network and the genome themselves."""
    return net, gen


def chunk_size(sizes: Sizes, num_examples: int, platform: str) -> int:
    """Individuals that take about ``memory.chunk_bytes()``."""
    return max(1, memory.chunk_bytes(platform) // bytes_per_individual(sizes, num_examples))


def bytes_per_individual(sizes: Sizes, num_examples: int) -> int:
    """Bytes that evaluating one individual takes: its weights, its matrices, its activations."""
    units = sizes.layer_sizes
    matrices = sum(a * b for a, b in itertools.pairwise(units))
    activations = num_examples * sum(units)  # the inputs too, copied to batch the products
    return 4 * (2 * sizes.num_links + sizes.num_entries + _COPIES * (matrices + activations))


def fitness(
    plan: tuple[Network, Genome],
    genotypes: Genotypes,
    batch: Batch,
    fitness_fn: FitnessFn,
    dtype: jnp.dtype,
) -> Fitness:
    """Fitness of a chunk of individuals: (N, n) genotypes to (N,)."""
    net, gen = plan
    weights = genome.express(gen, genotypes)
    inputs = jnp.broadcast_to(batch.inputs, (genotypes.shape[0], *batch.inputs.shape))
    inputs = jax.lax.optimization_barrier(inputs)  # keep the products apart, not one large one
    logits = jax.vmap(phenotype.apply, (None, 0, 0, None))(net, weights, inputs, dtype)
    logits = jax.lax.optimization_barrier(logits)  # not fused with what follows

    def individual(logits):
        return fitness_fn(logits, batch.labels)

    return one_by_one(individual, logits)


def logits_of_haplotypes(
    plan: tuple[Network, Genome],
    haplotypes: Genotypes,
    batch: Batch,
    dtype: jnp.dtype,
    chromosomes: jax.Array,
) -> jax.Array:
    """What each haplotype of some chromosomes adds to the logits, (chromosomes, K, B, C)."""
    net, gen = plan
    first, output = net.layers
    units = gen.num_chromosomes, -1
    product = partial(jnp.einsum, precision="highest", preferred_element_type=jnp.float32)

    def of_chromosome(matrices):
        below, above = matrices  # (D, U), (U, C)
        hidden = net.activation(product("bd,du->bu", batch.inputs.astype(dtype), below))  # A3
        return product("bu,uc->bc", hidden.astype(dtype), above)

    def of_haplotype(haplotype):
        below, above = net.split(genome.express(gen, haplotype))
        below = phenotype.weight_matrix(first, below).astype(dtype)
        above = phenotype.weight_matrix(output, above).astype(dtype).T
        below = jnp.swapaxes(below.reshape(*units, first.num_in)[chromosomes], 1, 2)
        return one_by_one(
            of_chromosome, (below, above.reshape(*units, output.num_out)[chromosomes])
        )

    return jnp.swapaxes(one_by_one(of_haplotype, haplotypes), 0, 1)


def one_by_one(function: Callable, arrays: Any) -> jax.Array:
    """A function of each row; on a CPU one after the other, for the same bits however many."""
    return jax.lax.platform_dependent(
        arrays, cpu=partial(jax.lax.map, function), default=jax.vmap(function)
    )


ENGINE = Engine(
    problem, prepare, chunk_size, bytes_per_individual, fitness,
    lanes=2,  # XLA computes a batch of one product differently
    logits_of_haplotypes=logits_of_haplotypes,
)  # fmt: skip
