"""Individuals that share haplotypes: independent assortment of chromosomes.

The genes lie on C chromosomes of n/C genes each. In a generation K haplotypes of every chromosome
are sampled, and an individual carries one of them for each chromosome, chosen at random. Of every
individual by itself this is what ``population.sample`` draws: its alleles are independent, with
the probabilities p. But N individuals are made of C K haplotypes, so that whatever depends on one
chromosome alone, such as what some hidden units answer, has to be known of K haplotypes only.

Its price is noise: the allele of a gene was drawn K times, not N times. What the genes of its own
chromosome add to an estimate of f1 - f0 averages out with K, what all others add with N; and of
the variance of fitness one chromosome has a C-th part, so that C K of about N costs little.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import population
from nne_jax._checks import (
    check_assorted,
    check_chromosomes,
    check_count,
    check_freqs,
    check_haplotypes,
    check_key,
)
from nne_jax._pytrees import pytree
from nne_jax._shares import Spread
from nne_jax.types import AlleleFreqs, Genotypes, Key


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Assorted:
    """N genotypes as combinations of haplotypes; stands where genotypes (N, n) do.

    Chromosome c has the genes from c n/C on.
    """

    haplotypes: jax.Array  # (K, n) bool: of every chromosome the k-th haplotype
    carried: jax.Array  # (N, C) int32: which of them an individual carries

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of individuals and of genes, (N, n)."""
        return self.carried.shape[0], self.haplotypes.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """That of the alleles."""
        return self.haplotypes.dtype

    @property
    def num_chromosomes(self) -> int:
        """Number C of chromosomes."""
        return self.carried.shape[1]

    def __getitem__(self, index: int | jax.Array) -> jax.Array:
        """The genotype (n,) of one individual, or of some (..., n)."""
        carried = self.carried[index]
        by_chromosome = self.haplotypes.reshape(len(self.haplotypes), self.num_chromosomes, -1)
        alleles = by_chromosome[carried, jnp.arange(self.num_chromosomes)]
        return alleles.reshape(*carried.shape[:-1], -1)

    def genotypes(self) -> Genotypes:
        """The genotypes, put together, (N, n) bool.

        Raises:
          InputError: arrays that do not fit each other, haplotypes that are not there.
        """
        check_assorted(self)
        return self[jnp.arange(self.shape[0])]


def assort(
    key: Key,
    allele_freqs: AlleleFreqs,
    population_size: int,
    num_haplotypes: int,
    num_chromosomes: int,
    antithetic: bool = False,
) -> Assorted:
    """Samples haplotypes of each chromosome, x(i) ~ Bernoulli(p(i)) (A1), and combines them.

    Individual k chooses with ``fold_in(·, k)``, and haplotype k is drawn by ``population.sample``:
    both are the same in populations of any size.

    Args:
      key: typed key.
      allele_freqs: (n,) frequencies p in [0, 1]; n is a multiple of ``num_chromosomes``.
      population_size: number N of individuals, at least 1.
      num_haplotypes: number K of haplotypes of a chromosome, at least 1.
      num_chromosomes: number C of chromosomes, at least 1.
      antithetic: whether haplotypes are drawn in mirrored pairs, see ``population.sample``, and
        individual 2k + 1 carries the mirrored ones of those of individual 2k.

    Returns:
      The individuals.

    Raises:
      InputError: a number below 1, frequencies out of bounds or that cannot be cut into as many
        chromosomes, an odd number of haplotypes that are to be in pairs.

    >>> population = assort(jax.random.key(0), jnp.array([0.0, 1.0, 0.5, 0.5]), 5, 2, 2)
    >>> population.shape, population.carried.shape, population[0].tolist()[:2]
    ((5, 4), (5, 2), [False, True])
    """
    check_key("key", key)
    check_freqs("allele_freqs", allele_freqs)
    population_size = check_count("population_size", population_size)
    check_haplotypes(num_haplotypes, antithetic)
    check_chromosomes(num_chromosomes, num_genes=allele_freqs.size)
    key_haplotypes, key_carried = jax.random.split(key)
    haplotypes = population.sample(key_haplotypes, allele_freqs, num_haplotypes, antithetic)

    def choose(index):
        own = jax.random.fold_in(key_carried, index)
        return jax.random.randint(own, (num_chromosomes,), 0, num_haplotypes, jnp.int32)

    if not antithetic:
        return Assorted(haplotypes, jax.vmap(choose)(jnp.arange(population_size)))
    carried = jax.vmap(choose)(jnp.arange(-(-population_size // 2)))
    pairs = jnp.stack([carried, carried ^ 1], axis=1)  # haplotype 2k + 1 is the mirrored 2k
    return Assorted(haplotypes, pairs.reshape(-1, num_chromosomes)[:population_size])


def put_together(genotypes: Genotypes | Assorted | Spread) -> Genotypes:
    """Genotypes (N, n) as an array, whatever they are made of."""
    return genotypes.genotypes() if isinstance(genotypes, Assorted | Spread) else genotypes
