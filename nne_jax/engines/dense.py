"""The plain engine: every individual's matrices are made and multiplied, links or no links.

An individual's fitness is the same to the bit whatever the chunk: a chunk is a batched product of
matrices whose shapes do not depend on it, and on a CPU fitness is computed one individual at a
time, since XLA's vector and scalar ``exp`` may differ in the last bit.
"""

import jax
import jax.numpy as jnp

from nne_jax import genome, memory, phenotype
from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Fitness, FitnessFn, Genotypes

_COPIES = 2  # of matrices and activations alive at a time: a bound, on a CPU it is about 1
LANES = 2  # XLA computes a batch of one product differently


def problem(net: Network) -> str | None:
    """Nothing is wrong with any network."""
    del net


def prepare(net: Network, gen: Genome) -> tuple[Network, Genome]:
    """The plan is the network and the genome themselves."""
    return net, gen


def chunk_size(plan: tuple[Network, Genome], num_images: int) -> int:
    """Individuals that take about ``memory.chunk_bytes()``."""
    return max(1, memory.chunk_bytes() // bytes_per_individual(*plan, num_images))


def bytes_per_individual(net: Network, gen: Genome, num_images: int) -> int:
    """Bytes that evaluating one individual takes: its weights, its matrices, its activations."""
    matrices = sum(layer.num_in * layer.num_out for layer in net.layers)
    activations = num_images * sum(net.layer_sizes)  # the images too, copied to batch the products
    return 4 * (2 * net.num_links + gen.links.size + _COPIES * (matrices + activations))


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
    images = jnp.broadcast_to(batch.images, (genotypes.shape[0], *batch.images.shape))
    images = jax.lax.optimization_barrier(images)  # keep the products apart, not one large one
    logits = jax.vmap(phenotype.apply, (None, 0, 0, None))(net, weights, images, dtype)
    logits = jax.lax.optimization_barrier(logits)  # not fused with what follows
    each = jax.lax.map if jax.default_backend() == "cpu" else _vmap
    return each(lambda one: fitness_fn(one, batch.labels), logits)


def _vmap(function, argument):
    return jax.vmap(function)(argument)
