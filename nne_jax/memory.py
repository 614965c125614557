"""How much memory a generation takes, and how many individuals to evaluate at a time."""

import os
from collections.abc import Sequence

import jax

from nne_jax.genome import Genome
from nne_jax.network import Layer, Network

_CPU_CHUNK_BYTES = 32 * 2**20  # about a CPU's cache: measured twice as fast as 512 MiB
_CHUNK_BYTES = 2**30  # an accelerator wants large products
_COPIES = 2  # of matrices and activations alive at a time: a bound, on a CPU it is about 1


def expected(
    layer_sizes: Sequence[int], edge_probs: Sequence[float], num_genes: int, density: float
) -> tuple[Network, Genome]:
    """A network and a genome of the expected sizes, without any array: shapes to estimate with."""

    def ids(count):
        return jax.ShapeDtypeStruct((round(count),), "int32")

    shapes = zip(layer_sizes[:-1], layer_sizes[1:], edge_probs, strict=True)
    layers = tuple(Layer(ids(a * b * prob), ids(a * b * prob), a, b) for a, b, prob in shapes)
    net = Network(layers)
    entries = ids(net.num_links * num_genes * density)
    return net, Genome(entries, entries, entries, net.num_links, num_genes)


def chunk_bytes() -> int:
    """Bytes that a chunk of individuals may take by default, on the default device's platform."""
    return _CPU_CHUNK_BYTES if jax.default_backend() == "cpu" else _CHUNK_BYTES


def bytes_per_individual(net: Network, gen: Genome, num_images: int) -> int:
    """Bytes that evaluating one individual takes: its weights, its matrices, its activations."""
    matrices = sum(layer.num_in * layer.num_out for layer in net.layers)
    activations = num_images * sum(net.layer_sizes)  # the images too, copied to batch the products
    return 4 * (2 * net.num_links + gen.links.size + _COPIES * (matrices + activations))


def default_chunk_size(net: Network, gen: Genome, num_images: int, population_size: int) -> int:
    """Individuals to evaluate at a time, such that a chunk takes about ``chunk_bytes()``.

    >>> from nne_jax import genome, network
    >>> net = network.init(jax.random.key(0), (64, 64, 10), (0.3, 1.0))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=1000, density=0.005)
    >>> default_chunk_size(net, gen, num_images=200, population_size=400)
    107
    """
    return max(1, min(population_size, chunk_bytes() // bytes_per_individual(net, gen, num_images)))


def estimate(
    net: Network, gen: Genome, num_images: int, population_size: int, chunk_size: int | None = None
) -> int:
    """Estimated peak bytes of a generation, without the Python process and the data set."""
    chunk = chunk_size or default_chunk_size(net, gen, num_images, population_size)
    genotypes = population_size * gen.num_genes * (1 + 2 * 4)  # bits drawn, alleles as floats
    genome = 12 * gen.links.size
    images = 4 * num_images * net.layer_sizes[0]
    return genome + images + genotypes + chunk * bytes_per_individual(net, gen, num_images)


def machine_bytes() -> int:
    """Bytes of memory of the default device, or of the machine when the device is the CPU."""
    stats = jax.devices()[0].memory_stats() or {}
    return stats.get("bytes_limit", os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
