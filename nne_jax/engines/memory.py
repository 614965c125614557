"""How much memory there is, how much of it a chunk of individuals may take, and expected sizes."""

import os
from collections.abc import Sequence

import jax

from nne_jax.genome import Genome
from nne_jax.network import Layer, Network

_CPU_CHUNK_BYTES = 32 * 2**20  # about a CPU's cache: measured twice as fast as 512 MiB
_CHUNK_BYTES = 2**30  # an accelerator wants large products


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


def machine_bytes() -> int:
    """Bytes of memory of the default device, or of the machine when the device is the CPU."""
    stats = jax.devices()[0].memory_stats() or {}
    return stats.get("bytes_limit", os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
