"""The population's forward pass: one individual's, over chunks of the population and devices.

On a CPU an individual's fitness is the same to the bit whatever the chunk size and the number of
devices: a chunk is a batched product of matrices whose shapes do not depend on it, and fitness is
computed one individual at a time, since XLA's vector and scalar ``exp`` may differ in the last bit.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from nne_jax import genome, memory, phenotype
from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Fitness, Genotypes, InputError, Labels, Logits

FitnessFn = Callable[[Logits, Labels], Fitness]  # of one individual


def population_fitness(
    net: Network,
    gen: Genome,
    genotypes: Genotypes,
    batch: Batch,
    fitness_fn: FitnessFn,
    chunk_size: int | None = None,
    devices: Sequence[jax.Device] | None = None,
) -> Fitness:
    """Fitness of every individual of a population.

    Args:
      net: the wiring.
      gen: the weight generation matrix.
      genotypes: (N, n) alleles.
      batch: the images that everyone is tested on.
      fitness_fn: maps one individual's (B, C) logits and the (B,) labels to its () fitness.
      chunk_size: individuals whose networks are in memory at a time; by default as many as fit in
        ``memory.chunk_bytes()``. It does not change the result.
      devices: devices to share the individuals; by default the one that JAX puts them on.

    Returns:
      (N,) float32.
    """
    share = genotypes.shape[0] // (len(devices) if devices else 1)
    if chunk_size is None:
        chunk_size = memory.default_chunk_size(net, gen, batch.labels.shape[0], share)
    chunked = partial(_in_chunks, fitness_fn=fitness_fn, chunk_size=chunk_size)
    if not devices:
        return chunked(net, gen, genotypes, batch)

    def on_one_device(net, gen, genotypes, batch):
        start = jax.lax.axis_index("individuals") * share
        own = jax.lax.dynamic_slice_in_dim(genotypes, start, share)
        return jax.lax.all_gather(chunked(net, gen, own, batch), "individuals", tiled=True)

    # Everything but the forward pass is done on every device, so that no sum is split between them.
    mesh, whole = Mesh(np.array(devices), ("individuals",)), PartitionSpec()
    shared = jax.shard_map(
        on_one_device, mesh=mesh, in_specs=whole, out_specs=whole, check_vma=False
    )
    return shared(net, gen, genotypes, batch)


def check(population_size: int, chunk_size: int | None, devices: Sequence | None) -> None:
    """Raises an InputError unless a population can be cut up in this way."""
    if chunk_size is not None and chunk_size < 1:
        raise InputError(f"chunk_size={chunk_size}: evaluate at least 1 individual at a time.")
    if devices and population_size % len(devices):
        raise InputError(
            f"population_size={population_size}: give a multiple of the {len(devices)} devices."
        )


def _in_chunks(net, gen, genotypes, batch, fitness_fn, chunk_size):
    """Equal chunks one after the other, the last filled up with copies of the last individual."""
    size = genotypes.shape[0]
    num_chunks = -(-size // chunk_size)
    chunk = max(2, -(-size // num_chunks))  # XLA computes a batch of one product differently
    last = jnp.repeat(genotypes[-1:], num_chunks * chunk - size, axis=0)
    chunks = jnp.concatenate([genotypes, last]).reshape(num_chunks, chunk, -1)
    images = jnp.broadcast_to(batch.images, (chunk, *batch.images.shape))
    images = jax.lax.optimization_barrier(images)  # keep the products apart, not one large one

    def chunk_fitness(genotypes):
        weights = genome.express(gen, genotypes)
        logits = jax.vmap(phenotype.apply, (None, 0, 0))(net, weights, images)
        logits = jax.lax.optimization_barrier(logits)  # not fused with what follows
        each = jax.lax.map if jax.default_backend() == "cpu" else _vmap
        return each(lambda one: fitness_fn(one, batch.labels), logits)

    return jax.lax.map(chunk_fitness, chunks).reshape(-1)[:size]


def _vmap(function, argument):
    return jax.vmap(function)(argument)
