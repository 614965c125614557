"""Diploid individuals: two haplotypes each, and what the two alleles of a gene express together.

NNE's individuals are haploid. Of a diploid population at Hardy-Weinberg and linkage equilibrium the
2N haplotypes are sampled as N haploid genotypes are, individual k has the k-th and the (N + k)-th,
and each of them counts in the marginal fitness of its alleles with the individual's fitness.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax._checks import check_array, check_freqs, check_scalar, check_sequence
from nne_jax._pytrees import as_pytree, in_generation, pytree, static
from nne_jax.errors import InputError
from nne_jax.generation import check_functions
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, PopulationFitness

# What a gene adds W to the weights by, with none, one and two alleles 1.
DOMINANCE = {
    "additive": (0.0, 0.5, 1.0),
    "dominant": (0.0, 1.0, 1.0),
    "recessive": (0.0, 0.0, 1.0),
    "overdominant": (0.0, 1.0, 0.5),  # the two together do more than either
}
Dominance = str | Sequence[float]


def values_of(dominance: Dominance) -> tuple[float, float, float]:
    """What is expressed with none, one and two alleles 1, by a name or as it is given.

    Raises:
      InputError: an unknown name, or not three numbers in [0, 1].

    >>> values_of("additive"), values_of((0, 0.75, 1))
    ((0.0, 0.5, 1.0), (0.0, 0.75, 1.0))
    """
    known = ", ".join(DOMINANCE)
    if isinstance(dominance, str):
        if dominance not in DOMINANCE:
            raise InputError(f"dominance={dominance}: give one of {known}, or three numbers.")
        return DOMINANCE[dominance]
    check_sequence("dominance", dominance, "numbers")
    if len(dominance) != 3:
        raise InputError(
            f"dominance: {len(dominance)} numbers; give three, of none, one and two alleles 1, or "
            f"one of {known}."
        )
    for value in dominance:
        check_scalar("dominance", value, 0, 1)
    none, one, two = map(float, dominance)
    return none, one, two


def express(haplotypes: Genotypes, dominance: Dominance = "additive") -> jax.Array:
    """What diploid individuals express of each gene; stands where the alleles of haploid ones do.

    Args:
      haplotypes: (2N, n) bool; individual k has those of the rows k and N + k.
      dominance: a name of ``DOMINANCE``, or what is expressed with none, one and two alleles 1.

    Returns:
      (N, n) float32 in [0, 1].

    Raises:
      InputError: an odd number of haplotypes; see ``values_of``.

    >>> express(jnp.array([[0, 0, 1], [0, 1, 1]], bool), "dominant").tolist()
    [[0.0, 1.0, 1.0]]
    """
    none, one, two = map(jnp.float32, values_of(dominance))
    check_array("haplotypes", haplotypes, ("2N", "n"), "booleans")
    if haplotypes.shape[0] % 2:
        raise InputError(
            f"haplotypes: there are {haplotypes.shape[0]}, and every individual has two; give an "
            "even number."
        )
    first, second = jnp.split(haplotypes, 2)
    return jnp.where(first & second, two, jnp.where(first | second, one, none))


def modal_and_mean(
    allele_freqs: AlleleFreqs, dominance: Dominance = "additive"
) -> tuple[jax.Array, jax.Array]:
    """What the most likely diploid genotype expresses, and all of them on average.

    At Hardy-Weinberg equilibrium (1 - p)², 2 p (1 - p) and p² have none, one and two alleles 1.

    Returns:
      (n,), (n,) float32.

    Raises:
      InputError: frequencies outside [0, 1]; see ``values_of``.

    >>> [of.tolist() for of in modal_and_mean(jnp.array([0.0, 0.5]), "dominant")]
    [[0.0, 1.0], [0.0, 0.75]]
    """
    check_freqs("allele_freqs", allele_freqs)
    values = jnp.array(values_of(dominance), allele_freqs.dtype)
    p, q = allele_freqs, 1 - allele_freqs
    probabilities = jnp.stack([q * q, 2 * p * q, p * p])
    return values[jnp.argmax(probabilities, axis=0)], values @ probabilities


@pytree
@dataclasses.dataclass(frozen=True)
class DiploidFitness:
    """A pure function ``(haplotypes (2N, n), batch) -> fitness (2N,)``; made by ``diploid``."""

    population_fitness: Any
    values: tuple[float, float, float] = static()

    def __call__(self, haplotypes: Genotypes, batch: Any) -> Fitness:
        """Of every haplotype the fitness of the individual that has it, (2N,) float32."""
        fitness = self.population_fitness(express(haplotypes, self.values), batch)
        return jnp.concatenate([fitness, fitness])

    @property
    def devices(self) -> tuple[jax.Device, ...]:
        """Those that share the individuals."""
        return tuple(getattr(self.population_fitness, "devices", ()))

    def in_generation(self, generation: jax.Array) -> "DiploidFitness":
        """The same with what the population fitness is in a generation."""
        now = in_generation(self.population_fitness, generation)
        return dataclasses.replace(self, population_fitness=now)

    def check(self, num_genes: int, batch: Any) -> None:
        """As the population fitness does."""
        if check := getattr(self.population_fitness, "check", None):
            check(num_genes, batch)


def diploid(
    population_fitness: PopulationFitness, dominance: Dominance = "additive"
) -> DiploidFitness:
    """Makes of the fitness of haploid genotypes that of haplotypes of diploid individuals.

    A generation step of it takes as many haplotypes as its ``population_size``, which is twice the
    number of individuals. The marginal fitness of an allele is then the mean fitness of those that
    carry it, each counted as often as they do, and the selection equation the diploid one
    (Nagylaki, Introduction to Theoretical Population Genetics, 1992, chapter 4).

    Args:
      population_fitness: of ``engines.make`` or ``engines.per_individual``, or any that takes
        numbers from 0 to 1 in the place of alleles.
      dominance: a name of ``DOMINANCE``, or what is expressed with none, one and two alleles 1.

    Raises:
      InputError: what is no function; see ``values_of``.

    >>> from nne_jax import engines
    >>> most = engines.per_individual(lambda expressed, batch: jnp.sum(expressed))
    >>> diploid(most, "additive")(jnp.array([[0, 1], [1, 1], [1, 1], [1, 1]], bool), None)
    Array([1.5, 2. , 1.5, 2. ], dtype=float32)
    """
    check_functions(population_fitness=population_fitness)
    return DiploidFitness(as_pytree(population_fitness), values_of(dominance))
