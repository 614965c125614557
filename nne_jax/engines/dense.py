"""The plain engine: every individual's matrices are made and multiplied, links or no links.

An individual's fitness is the same to the bit whatever the chunk: a chunk is a batched product of
matrices whose shapes do not depend on it, and on a CPU fitness is computed one individual at a
time, since XLA's vector and scalar ``exp`` may differ in the last bit.
"""

import itertools
from functools import partial

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

    return jax.lax.platform_dependent(
        logits, cpu=partial(jax.lax.map, individual), default=jax.vmap(individual)
    )


def logits_of_haplotypes(
    plan: tuple[Network, Genome], haplotypes: Genotypes, batch: Batch, dtype: jnp.dtype
) -> jax.Array:
    """What each haplotype of each chromosome adds to the logits, (chromosomes, K, B, C)."""
    net, gen = plan

    def of_haplotype(haplotype):
        weights = genome.express(gen, haplotype)
        hidden, output = phenotype.hidden_and_output(net, weights, batch.inputs, dtype)
        hidden = hidden.reshape(len(hidden), gen.num_chromosomes, -1)
        output = output.reshape(gen.num_chromosomes, hidden.shape[-1], -1)
        return jnp.einsum(
            "bcu,cuo->cbo", hidden.astype(dtype), output.astype(dtype),
            precision="highest", preferred_element_type=jnp.float32,
        )  # fmt: skip

    z = jax.lax.platform_dependent(
        haplotypes, cpu=partial(jax.lax.map, of_haplotype), default=jax.vmap(of_haplotype)
    )
    return jnp.swapaxes(z, 0, 1)


ENGINE = Engine(
    problem, prepare, chunk_size, bytes_per_individual, fitness,
    lanes=2,  # XLA computes a batch of one product differently
    logits_of_haplotypes=logits_of_haplotypes,
)  # fmt: skip
