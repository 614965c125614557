"""The population's forward pass and fitness: one individual's, over chunks and devices.

An engine is one schedule of it; all give the same function. On a CPU an individual's fitness is the
same to the bit whatever the chunk size and the number of devices.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from nne_jax import dense, fused, gathered
from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Fitness, FitnessFn, Genotypes, InputError, static

_WORTH_GATHERING = 10_000  # links
PRECISIONS = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}
# By name: a module with ``problem``, ``prepare``, ``chunk_size``, ``bytes_per_individual``,
# ``fitness`` and ``LANES``.
ENGINES = {"dense": dense, "gathered": gathered, "fused": fused}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)  # hashed by identity: ``jax.jit`` takes it
class PopulationFitness:
    """A pure function ``(genotypes (N, n), batch) -> fitness (N,)``; made by ``make``."""

    plan: Any
    engine: str = static()
    fitness_fn: FitnessFn = static()  # noqa: RUF009 (it marks the field)
    precision: str = static()
    chunk_size: int = static()
    devices: tuple[jax.Device, ...] = static()

    def __call__(self, genotypes: Genotypes, batch: Batch) -> Fitness:
        """Fitness of every individual, (N,) float32."""
        if not self.devices:
            return self._of_share(self.plan, genotypes, batch)
        share = -(-genotypes.shape[0] // len(self.devices))

        def on_one_device(plan, genotypes, batch):
            start = jax.lax.axis_index("individuals") * share
            own = jax.lax.dynamic_slice_in_dim(genotypes, start, share)
            own = self._of_share(plan, own, batch)
            return jax.lax.all_gather(own, "individuals", tiled=True)

        # All but the forward pass is done on every device: no sum is split between them.
        mesh, whole = Mesh(np.array(self.devices), ("individuals",)), PartitionSpec()
        shared = jax.shard_map(
            on_one_device, mesh=mesh, in_specs=whole, out_specs=whole, check_vma=False
        )
        padded = _fill_up(genotypes, share * len(self.devices))
        return shared(self.plan, padded, batch)[: genotypes.shape[0]]

    def _of_share(self, plan, genotypes, batch) -> Fitness:
        """Equal chunks one after the other, the last filled up."""
        size, engine = genotypes.shape[0], ENGINES[self.engine]
        most = self.chunk_size or engine.chunk_size(plan, batch.labels.shape[0])
        num_chunks = -(-size // most)
        lanes = -(-size // (num_chunks * engine.LANES)) * engine.LANES
        chunks = _fill_up(genotypes, num_chunks * lanes).reshape(num_chunks, lanes, -1)

        def of_chunk(own):
            return engine.fitness(plan, own, batch, self.fitness_fn, PRECISIONS[self.precision])

        return jax.lax.map(of_chunk, chunks).reshape(-1)[:size]


def population_fitness(
    net: Network,
    gen: Genome,
    genotypes: Genotypes,
    batch: Batch,
    fitness_fn: FitnessFn,
    chunk_size: int | None = None,
) -> Fitness:
    """Fitness of every individual by the plain engine, in one call; see ``make``."""
    return make(net, gen, fitness_fn, "dense", chunk_size=chunk_size)(genotypes, batch)


def make(
    net: Network,
    gen: Genome,
    fitness_fn: FitnessFn,
    engine: str = "auto",
    precision: str = "float32",
    chunk_size: int | None = None,
    devices: Sequence[jax.Device] | None = None,
) -> PopulationFitness:
    """Makes the function from a population and a batch to everybody's fitness.

    Args:
      net: the wiring.
      gen: the weight generation matrix.
      fitness_fn: maps one individual's (B, C) logits and the (B,) labels to its () fitness.
      engine: one of ``ENGINES``, or ``auto`` for what is fastest here, see ``choose``.
      precision: of the operands of the products, one of ``PRECISIONS``; sums are float32. With
        bfloat16 the images and the weights are rounded to 8 bits, genes and effects are not.
      chunk_size: individuals whose networks are in memory at a time, rounded up to what the engine
        computes together; by default what suits it. It does not change the result.
      devices: devices to share the individuals; by default the one that JAX puts them on.

    Returns:
      A ``PopulationFitness``, a pytree.

    Raises:
      InputError: an unknown engine or precision, a network or platform that the engine lacks,
        ``chunk_size`` below 1.

    >>> from nne_jax import data, fitness, genome, network
    >>> net = network.init(jax.random.key(0), (64, 32, 10), (0.3, 1.0))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=100, density=0.05)
    >>> of_population = make(net, gen, fitness.reward)
    >>> of_population(jnp.zeros((3, 100), bool), data.load("digits").train)  # no weights: a guess
    Array([0., 0., 0.], dtype=float32)
    """
    engine = choose(net) if engine == "auto" else engine
    check(net, engine, precision, chunk_size)
    plan = ENGINES[engine].prepare(net, gen)
    return PopulationFitness(
        plan, engine, fitness_fn, precision, chunk_size or 0, tuple(devices or ())
    )


def choose(net: Network) -> str:
    """The fastest engine for a network on the default device, by rule.

    On a CPU the gathered products, where the first layer is sparse and large enough to be worth
    the compilation. Elsewhere, and for deep networks, dense products: the fused kernel is to be
    asked for, as long as it has not been measured on a GPU.
    """
    first = net.layers[0]
    sparse = _WORTH_GATHERING <= first.num_links <= 0.5 * first.num_in * first.num_out
    cpu = jax.default_backend() == "cpu"
    return "gathered" if cpu and sparse and not gathered.problem(net) else "dense"


def check(net: Network, engine: str, precision: str, chunk_size: int | None = None) -> None:
    """Raises an InputError unless an engine can do this; see ``make``."""
    if engine not in ENGINES:
        known = ", ".join(["auto", *ENGINES])
        raise InputError(f"engine={engine}: unknown; the known ones are {known}.")
    if precision not in PRECISIONS:
        raise InputError(
            f"precision={precision}: unknown; the known ones are {', '.join(PRECISIONS)}."
        )
    if problem := ENGINES[engine].problem(net):
        possible = [name for name, other in ENGINES.items() if not other.problem(net)]
        raise InputError(f"engine={engine}: {problem}; possible here: {', '.join(possible)}.")
    if chunk_size is not None and chunk_size < 1:
        raise InputError(f"chunk_size={chunk_size}: evaluate at least 1 individual at a time.")


def estimate_bytes(
    net: Network,
    gen: Genome,
    num_images: int,
    population_size: int,
    engine: str,
    chunk_size: int | None = None,
) -> int:
    """Estimated peak bytes of a generation, without the Python process and the data set.

    Only the shapes of the network and the genome count: ``memory.expected`` has enough.
    """
    module = ENGINES[engine]
    chunk = chunk_size or module.chunk_size((net, gen), num_images)
    genotypes = population_size * gen.num_genes * (1 + 2 * 4)  # bits drawn, alleles as floats
    genome = 3 * 12 * gen.links.size  # the engine's layout of it too
    images = 2 * 4 * num_images * net.layer_sizes[0]
    individuals = min(chunk, population_size) * module.bytes_per_individual(net, gen, num_images)
    return genome + images + genotypes + individuals


def _fill_up(genotypes: Genotypes, size: int) -> Genotypes:
    """Adds copies of the last individual."""
    return jnp.concatenate(
        [genotypes, jnp.repeat(genotypes[-1:], size - genotypes.shape[0], axis=0)]
    )
