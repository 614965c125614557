"""How much memory there is, how much of it a chunk may take, and what a generation needs."""

import os
from collections.abc import Sequence

import jax

from nne_jax.engines.interface import Engine, Sizes

_CPU_CHUNK_BYTES = 32 * 2**20  # about a CPU's cache: measured twice as fast as 512 MiB
_CHUNK_BYTES = 2**30  # an accelerator wants large products


def expected(
    layer_sizes: Sequence[int],
    edge_probs: Sequence[float],
    num_genes: int,
    density: float,
    k_cap: int | None = None,
    has_biases: bool = False,
) -> Sizes:
    """The expected sizes of a network and a genome, before anything is drawn.

    >>> expected((784, 1000, 10), (0.1, 1.0), num_genes=2000, density=0.0025).num_entries
    442000
    """
    pairs = zip(layer_sizes[:-1], layer_sizes[1:], edge_probs, strict=True)
    links = tuple(round(a * b * prob) + b * has_biases for a, b, prob in pairs)
    entries = round(sum(links) * num_genes * density)
    return Sizes(tuple(layer_sizes), links, entries, num_genes, k_cap, has_biases)


def estimate_bytes(
    sizes: Sizes,
    num_examples: int,
    population_size: int,
    engine: Engine,
    chunk_size: int | None = None,
    platform: str = "cpu",
    num_haplotypes: int = 0,
    num_chromosomes: int = 1,
) -> int:
    """Estimated peak bytes of a generation, without the Python process and the data set.

    With ``num_haplotypes`` individuals share as many of each chromosome.
    """
    genome = 3 * 12 * sizes.num_entries  # the engine's layout of it too
    inputs = 2 * 4 * num_examples * sizes.layer_sizes[0]
    if engine.bytes_per_example:
        inputs += num_examples * engine.bytes_per_example(sizes)
    individual = engine.bytes_per_individual(sizes, num_examples)
    if num_haplotypes and engine.logits_of_haplotypes:
        logits = 4 * num_examples * sizes.layer_sizes[-1]
        shares = 2 * num_haplotypes * num_chromosomes * logits  # computed, and by haplotype
        carried = 3 * 4 * population_size * num_chromosomes
        drawn = 3 * num_haplotypes * sizes.num_genes
        chunk = min(population_size, chunk_size or chunk_bytes(platform) // logits)
        each = num_haplotypes * individual
        return genome + inputs + drawn + shares + carried + each + 3 * chunk * logits
    chunk = min(population_size, chunk_size or engine.chunk_size(sizes, num_examples, platform))
    chunk = -(-chunk // engine.lanes) * engine.lanes
    genotypes = population_size * sizes.num_genes * 3  # drawn, put together, individuals last
    return genome + inputs + genotypes + chunk * individual


def platform(devices: Sequence[jax.Device] | None = None) -> str:
    """The platform that a computation on some devices, or on the default one, runs on."""
    if devices:
        return devices[0].platform
    default = getattr(jax.config, "jax_default_device", None) or jax.local_devices()[0]
    return default if isinstance(default, str) else default.platform


def chunk_bytes(platform: str) -> int:
    """Bytes that a chunk of individuals may take by default."""
    return _CPU_CHUNK_BYTES if platform == "cpu" else _CHUNK_BYTES


def machine_bytes() -> int:
    """Bytes of memory of the default device, or of the machine when the device is the CPU."""
    stats = jax.local_devices()[0].memory_stats() or {}
    return stats.get("bytes_limit", os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
