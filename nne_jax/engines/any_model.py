"""Any model and any task: the fitness of one individual, mapped over the population."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nne_jax import genome
from nne_jax._checks import check_entries, check_one_fitness, check_population
from nne_jax._pytrees import as_pytree, execution, in_generation, pytree
from nne_jax.engines import memory, sharing
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.types import AlleleFreqs, Fitness, Genotypes

_LANES = 8  # individuals that a CPU computes together: measured, more are slower
_COPIES = 4  # of the parameters alive at a time, activations included: a guess


@pytree
@dataclasses.dataclass(frozen=True)
class IndividualsFitness:
    """A pure function ``(genotypes (N, n), batch) -> fitness (N,)``; made by ``per_individual``."""

    fitness_fn: Any
    gen: Genome | None
    chunk_size: int | None = execution()
    devices: tuple[jax.Device, ...] = execution()
    takes_spread: ClassVar[bool] = True

    def __call__(self, genotypes: Genotypes, batch: Any) -> Fitness:
        """Fitness of every individual, (N,) float32."""
        if self.gen is None:
            check_population(genotypes, "n", of_weights=True)
        else:
            check_population(genotypes, self.gen.num_genes, self.gen.of_weights)
        model = self.fitness_fn, self.gen
        return sharing.over_devices(self._in_chunks, model, genotypes, batch, self.devices)

    def _in_chunks(self, model, genotypes, batch) -> Fitness:
        fitness_fn, gen = model

        def together(genotypes):
            return jax.vmap(lambda x: _individual(fitness_fn, gen, x, batch))(genotypes)

        def chunk(genotypes):
            # A CPU has no use for larger products, and those of one shape have the same bits.
            few = functools.partial(sharing.in_chunks, together, most=_LANES, lanes=_LANES)
            return jax.lax.platform_dependent(genotypes, cpu=few, default=together)

        return sharing.in_chunks(chunk, genotypes, self._most(genotypes.shape[1]), _LANES)

    def _most(self, num_genes: int) -> int:
        """Individuals of a chunk: as many as their parameters fit the memory for it."""
        if self.chunk_size is not None:
            return self.chunk_size
        weights = num_genes if self.gen is None else self.gen.num_weights
        platform = memory.platform(self.devices)
        return max(_LANES, memory.chunk_bytes(platform) // (4 * _COPIES * max(weights, 1)))

    def in_generation(self, generation: jax.Array) -> "IndividualsFitness":
        """The same with what the fitness function is in a generation, see ``fitness.scheduled``."""
        fitness_fn = in_generation(self.fitness_fn, generation)
        return dataclasses.replace(self, fitness_fn=fitness_fn)

    def without_fixed(self, allele_freqs: AlleleFreqs) -> "IndividualsFitness":
        """The same fitness, of which the fixed genes' share in the parameters is known before.

        Only the time to express the parameters is saved; see ``genome.fix``, which says what it
        raises too. Where individuals are genotypes, without a genome, it is the same function.
        """
        if self.gen is None:
            return self
        return dataclasses.replace(self, gen=genome.fix(self.gen, allele_freqs))

    def check(self, num_genes: int, batch: Any) -> None:
        """Raises an InputError where genomes do not fit; of a batch only the fitness knows."""
        del batch
        if self.gen is not None and num_genes != self.gen.num_genes:
            raise InputError(
                f"allele_freqs: {num_genes} genes, and the genome has {self.gen.num_genes}; "
                "make the state with as many."
            )


def per_individual(
    fitness_fn: Callable[[Any, Any], jax.Array],
    gen: Genome | None = None,
    chunk_size: int | None = None,
    devices: Sequence[jax.Device] | None = None,
) -> IndividualsFitness:
    """Makes a population fitness of the fitness of one individual, whatever its model and task.

    Args:
      fitness_fn: maps the individual's parameters, ``genome.parameters(gen, genotype)``, and the
        generation's batch to its fitness, a scalar. Without ``gen`` it gets the genotype itself,
        (n,) bool. The batch is any pytree: examples, or keys of episodes, which are then the same
        for every individual of a generation. Arguments of a ``jax.tree_util.Partial`` are traced,
        to ``vmap`` over them say.
      gen: the genome of the model, from ``genome.init``.
      chunk_size: individuals that an accelerator computes together, rounded up to a multiple of 8;
        by default as many as suits its memory. A CPU computes 8 at a time, which is fastest there,
        so that results do not depend on it by a bit; on an accelerator by rounding.
      devices: devices to share the individuals; by default the one that JAX puts them on. Results
        depend on their number no more than on ``chunk_size``. Under the caller's ``jax.set_mesh``
        those along the mesh's axis ``population`` are taken, which it then must have.

    Returns:
      A population fitness, a pytree.

    Raises:
      InputError: ``fitness_fn`` is no function, or its result no scalar (when it is first traced);
        ``chunk_size`` below 1; ``gen`` is no genome.

    >>> num_ones = per_individual(lambda genotype, batch: jnp.sum(genotype))
    >>> num_ones(jnp.array([[True, False], [True, True]]), None)
    Array([1., 2.], dtype=float32)
    """
    if not callable(fitness_fn):
        raise InputError(
            f"fitness_fn: it is {type(fitness_fn).__name__}; give a function of the parameters and "
            "the batch."
        )
    if gen is not None:
        check_entries(gen)
    devices = sharing.check(chunk_size, devices)
    return IndividualsFitness(as_pytree(fitness_fn), gen, chunk_size, devices)


def _individual(fitness_fn, gen: Genome | None, genotype: jax.Array, batch: Any) -> jax.Array:
    """Fitness of one individual, () float32."""
    fitness = fitness_fn(genotype if gen is None else genome.parameters(gen, genotype), batch)
    check_one_fitness(fitness)
    return jnp.asarray(fitness).astype(jnp.float32)
