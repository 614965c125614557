"""Exact expectations over all 2^n genotypes: what NNE's sampling estimates. For small n.

A function of genotypes is a table of its 2^n values, in the order of ``all_genotypes``. Its mean
over genotypes of frequencies p is multilinear in p, the table's multilinear extension.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_alleles, check_array, check_count, check_freqs
from nne_jax.errors import InputError
from nne_jax.theory import _checks
from nne_jax.theory._checks import LARGEST
from nne_jax.types import AlleleFreqs, Genotypes, MarginalFitness


def all_genotypes(num_genes: int) -> Genotypes:
    """All genotypes, the first gene changing slowest.

    Args:
      num_genes: number n of genes, from 1 to 16.

    Returns:
      (2^n, n) bool.

    Raises:
      InputError: ``num_genes`` out of bounds.

    >>> all_genotypes(2).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    check_count("num_genes", num_genes, 1, LARGEST)
    number = np.arange(2**num_genes)[:, None]
    return jnp.asarray((number >> np.arange(num_genes)[::-1]) & 1, bool)


def index(genotypes: Genotypes) -> jax.Array:
    """The place of each genotype in the order of ``all_genotypes``: (N, n) -> (N,) int32.

    Raises:
      InputError: more than 16 genes, or alleles other than 0 and 1.

    >>> index(jnp.array([[True, False], [True, True]])).tolist()
    [2, 3]
    """
    check_alleles(genotypes)
    _checks.few(genotypes.shape[1])
    place = 2 ** np.arange(genotypes.shape[1], dtype=np.int32)[::-1]
    return genotypes.astype(jnp.int32) @ place


def probabilities(p: AlleleFreqs) -> jax.Array:
    """Probability of every genotype at linkage equilibrium, Π_i p(i)^x(i) (1-p(i))^(1-x(i)) (A1).

    Raises:
      InputError: frequencies of more than 16 genes, or outside [0, 1].

    >>> probabilities(jnp.array([0.5, 0.75])).tolist()
    [0.125, 0.375, 0.125, 0.375]
    """
    check_freqs("p", p)
    _checks.few(p.size)
    genotypes = all_genotypes(p.size)
    every = jnp.broadcast_to(p, genotypes.shape)
    return jnp.prod(jnp.where(genotypes, every, 1 - every), axis=1)  # A1


def extension(values: jax.Array, p: AlleleFreqs) -> jax.Array:
    """The multilinear extension: the mean of a function of genotypes, by folding gene after gene.

    Args:
      values: (2^n,) the function's values.
      p: (n,) allele frequencies.

    Returns:
      () the mean. ``jax.grad`` of it in p is exact, and nowhere uses Lemma 1.

    Raises:
      InputError: another number of values than 2^n, more than 16 genes.

    >>> extension(jnp.array([0.0, 0.0, 0.0, 4.0]), jnp.array([0.5, 0.5]))
    Array(1., dtype=float32)
    """
    _checks.table("values", values, p)
    for frequency in p:
        absent, present = values.reshape(2, -1)
        values = (1 - frequency) * absent + frequency * present
    return values[0]


def marginal_fitness(fitness: jax.Array, p: AlleleFreqs) -> MarginalFitness:
    """Mean fitness of the carriers of each allele (A6) over all genotypes instead of a sample.

    Args:
      fitness: (2^n,) every genotype's.
      p: (n,) allele frequencies; that of a gene itself has no part in its marginal fitness.

    Returns:
      f1, f0: (n,), (n,).

    Raises:
      InputError: another number of fitness values than 2^n, more than 16 genes.

    >>> f1, f0 = marginal_fitness(jnp.array([0.0, 1.0, 2.0, 3.0]), jnp.array([0.5, 0.5]))
    >>> (f1 - f0).tolist()
    [2.0, 1.0]
    """
    _checks.table("fitness", fitness, p)
    own = jnp.eye(p.size, dtype=bool)

    def carriers(allele):
        fixed = jnp.where(own, allele, jnp.broadcast_to(p, own.shape))
        return jax.vmap(probabilities)(fixed) @ fitness  # A6

    return carriers(1.0), carriers(0.0)


def largest_curvature(values: jax.Array) -> float:
    """The largest eigenvalue of the Hessian of the multilinear extension anywhere in [0, 1]^n.

    The eigenvalue is a convex function of the Hessian, and that is linear in each frequency, so its
    maximum is at a corner: one of the 2^n genotypes.

    Raises:
      InputError: values that are not those of 2^n genotypes of 1 to 16 genes.

    >>> largest_curvature(jnp.array([0.0, 0.0, 0.0, 4.0]))  # 4 p q: Hessian (0 4; 4 0)
    4.0
    """
    check_array("values", values, ("2^n",), "floats")
    num_genes = (values.size - 1).bit_length()
    if not 1 <= num_genes <= LARGEST or values.size != 2**num_genes:
        raise InputError(
            f"values of shape {values.shape}: give one for each of the 2^n genotypes of 1 to "
            f"{LARGEST} genes."
        )
    return float(_largest_eigenvalue(values))


@jax.jit
def _largest_eigenvalue(values: jax.Array) -> jax.Array:
    """Of the Hessians at all corners."""
    num_genes = (values.size - 1).bit_length()
    corners = all_genotypes(num_genes).astype(values.dtype)
    hessian = jax.hessian(partial(extension, values))
    hessians = jax.lax.map(hessian, corners, batch_size=256)
    return jnp.max(jnp.linalg.eigvalsh(hessians))
