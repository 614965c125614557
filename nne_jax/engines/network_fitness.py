"""The fitness of a population of the paper's networks, by one of the engines.

On a CPU an individual's fitness is the same to the bit whatever the chunk size and the number of
devices.
"""

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nne_jax import genome
from nne_jax._checks import (
    check_array,
    check_assorted,
    check_chromosomes_of,
    check_entries,
    check_genome_of,
    check_inputs,
    check_labels,
    check_links,
    check_one_fitness,
    check_population,
    described,
)
from nne_jax._pytrees import as_pytree, execution, in_generation, is_traced, pytree, static
from nne_jax.assortment import Assorted, put_together
from nne_jax.data import Batch
from nne_jax.engines import assorted, memory, sharing
from nne_jax.engines.choice import PRECISIONS, check, choose, find
from nne_jax.engines.interface import Engine, Sizes
from nne_jax.engines.silent_inputs import without_silent_inputs
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import AlleleFreqs, Fitness, FitnessFn, Genotypes


@pytree
@dataclasses.dataclass(frozen=True)
class NetworkFitness:
    """A pure function ``(genotypes (N, n), batch) -> fitness (N,)``; made by ``make``."""

    plan: Any = dataclasses.field(metadata={"execution": True})
    model: tuple[Network, Genome]  # of which the plan was made, as it was before any gene was fixed
    fitness_fn: Any
    engine: Engine = execution()
    precision: str = static()
    chunk_size: int | None = execution()
    devices: tuple[jax.Device, ...] = execution()
    platform: str = execution()
    sizes: Sizes = execution()  # of the model
    of_weights: bool = static()  # as in the genome
    takes_assorted: ClassVar[bool] = True  # individuals that share haplotypes, as they are
    takes_spread: ClassVar[bool] = True  # and those of which devices have unequal shares

    def __call__(self, genotypes: Genotypes | Assorted, batch: Batch) -> Fitness:
        """Fitness of every individual, (N,) float32."""
        check_population(genotypes, self.sizes.num_genes, self.of_weights)
        self._check_batch(batch)
        self._check_fitness_fn(batch)
        if isinstance(genotypes, Assorted) and self.engine.logits_of_haplotypes:
            self._check_chromosomes(genotypes)
            return self._of_assorted(genotypes, batch).astype(jnp.float32)
        model = self.plan, self.fitness_fn
        rows = put_together(genotypes) if isinstance(genotypes, Assorted) else genotypes
        fitness = sharing.over_devices(self._in_chunks, model, rows, batch, self.devices)
        return fitness.astype(jnp.float32)

    def _for_batch(self, plan, batch, dtype):
        return self.engine.for_batch(plan, batch, dtype) if self.engine.for_batch else plan

    def _of_assorted(self, genotypes: Assorted, batch: Batch) -> Fitness:
        """First what haplotypes add to the logits, by chromosome; then everybody's sums of them."""
        dtype = PRECISIONS[self.precision]
        logits_of_haplotypes = self.engine.logits_of_haplotypes
        assert logits_of_haplotypes is not None  # else they are put together

        def of_chromosomes(model, chromosomes, batch):
            plan, haplotypes = model
            plan = self._for_batch(plan, batch, dtype)
            # Two at least: XLA takes a batch of one product apart, which may change the last bit.
            padded = jnp.pad(chromosomes, (0, max(0, 2 - chromosomes.size)))
            shares = logits_of_haplotypes(plan, haplotypes, batch, dtype, padded)
            return shares[: chromosomes.size]

        def in_chunks(model, carried, batch):
            shares, fitness_fn = model
            num_logits = math.prod(shares.shape[2:])
            most = assorted.chunk_size(self.chunk_size, num_logits, self.platform)

            def chunk(carried):
                return assorted.fitness(shares, carried, batch.labels, fitness_fn)

            return sharing.in_chunks(chunk, carried, most, assorted.LANES)

        model = self.plan, genotypes.haplotypes
        chromosomes = jnp.arange(genotypes.num_chromosomes)
        over_devices = functools.partial(sharing.over_devices, batch=batch, devices=self.devices)
        shares = over_devices(of_chromosomes, model, chromosomes)
        return over_devices(in_chunks, (shares, self.fitness_fn), genotypes.carried)

    def _in_chunks(self, model, rows, batch) -> Fitness:
        plan, fitness_fn = model
        dtype = PRECISIONS[self.precision]
        plan = self._for_batch(plan, batch, dtype)

        def chunk(genotypes):
            return self.engine.fitness(plan, genotypes, batch, fitness_fn, dtype)

        chunk_size = self.chunk_size
        if chunk_size is None:
            num_examples = batch.inputs.shape[0]
            chunk_size = self.engine.chunk_size(self.sizes, num_examples, self.platform)
        return sharing.in_chunks(chunk, rows, chunk_size, self.engine.lanes)

    def in_generation(self, generation: jax.Array) -> "NetworkFitness":
        """The same with what the fitness function is in a generation, see ``fitness.scheduled``."""
        fitness_fn = in_generation(self.fitness_fn, generation)
        return dataclasses.replace(self, fitness_fn=fitness_fn)

    def without_fixed(self, allele_freqs: AlleleFreqs) -> "NetworkFitness":
        """The same fitness, to rounding, of populations without variation in the fixed genes.

        It takes the less time the more genes are fixed, see ``genome.fix``: what all individuals
        share is computed once. Another set of fixed genes is another program to compile.

        Args:
          allele_freqs: (n,) frequencies: genes at exactly 0 or 1 count as fixed, whatever allele a
            genotype then has.

        Raises:
          InputError: see ``genome.fix``.
        """
        net, gen = self.model
        fixed = genome.fix(gen, allele_freqs)
        sizes = Sizes.of(net, fixed)
        return dataclasses.replace(self, plan=self.engine.prepare(net, fixed), sizes=sizes)

    def check(self, num_genes: int, batch: Batch) -> None:
        """Raises an InputError where the state's genes or a batch do not fit the network."""
        if num_genes != self.sizes.num_genes:
            raise InputError(
                f"allele_freqs: {num_genes} genes, and the genome has {self.sizes.num_genes}; make "
                "the state with as many."
            )
        if isinstance(batch, Batch):
            self._check_batch(batch)

    def _check_chromosomes(self, genotypes: Assorted) -> None:
        check_assorted(genotypes)
        in_genome = self.model[1].num_chromosomes
        if genotypes.num_chromosomes != in_genome:
            raise InputError(
                f"num_chromosomes={genotypes.num_chromosomes}: the genome has {in_genome}; give as "
                "many to genome.init."
            )

    def _check_batch(self, batch: Batch) -> None:
        """Labels may be whatever the fitness function takes; whole numbers are classes."""
        num_inputs, num_outputs = self.sizes.layer_sizes[0], self.sizes.layer_sizes[-1]
        check_inputs("batch", batch, num_inputs)
        num_examples = batch.inputs.shape[0]
        if getattr(batch.labels, "shape", ())[:1] != (num_examples,):
            raise InputError(
                f"batch.labels: {described(batch.labels)}; there are {num_examples} inputs, give "
                "an array of as many."
            )
        if batch.labels.ndim == 1 and jnp.issubdtype(batch.labels.dtype, jnp.integer):
            check_labels("batch.labels", batch.labels, num_examples, num_outputs)

    def _check_fitness_fn(self, batch: Batch) -> None:
        """Its result must be one number: traced without any work."""
        logits = jax.ShapeDtypeStruct(
            (batch.inputs.shape[0], self.sizes.layer_sizes[-1]), jnp.float32
        )
        jax.eval_shape(lambda *x: check_one_fitness(self.fitness_fn(*x)), logits, batch.labels)


def make(
    net: Network,
    gen: Genome,
    fitness_fn: FitnessFn,
    engine: str | Engine = "auto",
    precision: str = "float32",
    chunk_size: int | None = None,
    devices: Sequence[jax.Device] | None = None,
    inputs: jax.Array | None = None,
) -> NetworkFitness:
    """Makes the function from a population and a batch to everybody's fitness.

    Args:
      net: the wiring.
      gen: the weight generation matrix.
      fitness_fn: maps one individual's (B, C) logits and the (B,) labels to its () fitness.
        Arguments of a ``jax.tree_util.Partial`` are traced, a temperature to ``vmap`` over say.
      engine: one of ``ENGINES``, or ``auto`` for what is fastest here, see ``choose``, or an
        ``Engine`` of your own.
      precision: of the operands of the products, one of ``PRECISIONS``; sums are float32. With
        bfloat16 the inputs and the weights are rounded to 8 bits, genes and effects are not.
      chunk_size: individuals whose networks are in memory at a time, rounded up to what the engine
        computes together; by default what suits it. It does not change the result.
      devices: devices to share the individuals; by default the one that JAX puts them on. Under
        the caller's ``jax.set_mesh`` those along the mesh's axis ``population`` are taken, which it
        then must have.
      inputs: (S, D) those that batches will be drawn from: links from inputs that are 0 in all of
        them are left out, which changes nothing but the time. Not for other inputs, a test set.

    Returns:
      A population fitness, a pytree.

    Raises:
      InputError: an unknown engine or precision, a network or platform that the engine lacks, a
        genome of another network, links or entries that are not there, ``chunk_size`` below 1.

    >>> from nne_jax import data, fitness, genome, network
    >>> net = network.init(jax.random.key(0), (64, 32, 10), (0.3, 1.0))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=100, density=0.05)
    >>> population_fitness = make(net, gen, fitness.reward)
    >>> population_fitness(jnp.zeros((3, 100), bool), data.load("digits").train)  # no weights
    Array([0., 0., 0.], dtype=float32)
    """
    check_genome_of(net, gen)
    check_links(net)
    check_entries(gen)
    check_chromosomes_of(net, gen)
    if not callable(fitness_fn):
        raise InputError(
            f"fitness_fn: it is {type(fitness_fn).__name__}; give a function of an individual's "
            "logits and the labels, fitness.reward say."
        )
    devices = sharing.check(chunk_size, devices)
    platform = memory.platform(devices)
    sizes = Sizes.of(net, gen)
    if engine == "auto":
        engine = "dense" if is_traced(net, gen) else choose(sizes, platform)
    check(sizes, engine, precision, platform)
    if inputs is not None:
        check_array("inputs", inputs, ("S", net.layer_sizes[0]), "real numbers")
        net, gen = without_silent_inputs(net, gen, inputs)
    chosen = find(engine)
    if is_traced(net, gen) and engine != "dense":
        raise InputError(
            f"engine={engine}: it is laid out on the host, and this network or genome is traced; "
            "make it outside of jit and vmap, or take engine=dense."
        )
    return NetworkFitness(
        chosen.prepare(net, gen),
        (net, gen),
        as_pytree(fitness_fn),
        chosen,
        precision,
        chunk_size,
        devices,
        platform,
        Sizes.of(net, gen),
        gen.of_weights,
    )
