"""The equations: marginal fitness, the selection equation, and a generation's selection."""

from typing import Any

import jax
import jax.numpy as jnp

from nne_jax.types import AlleleFreqs, Fitness, Genotypes, MarginalFitness, Rule


def apply(
    rule: Rule, genotypes: Genotypes, fitness: Fitness, state: Any, p: AlleleFreqs
) -> tuple[AlleleFreqs, Any]:
    """A generation's selection by a rule: relative fitness, marginal fitness, update.

    Args:
      rule: a selection rule.
      genotypes: (N, n) alleles, sampled from p.
      fitness: (N,) finite float32.
      state: the rule's, from ``rule.init(p)`` or from the generation before.
      p: (n,) allele frequencies.

    Returns:
      The next frequencies (n,), and the rule's next state.

    >>> from nne_jax.selection import replicator
    >>> rule, p = replicator(0.5), jnp.array([0.5])
    >>> p, state = apply(rule, jnp.array([[0], [1]]), jnp.array([0.0, 2.0]), rule.init(p), p)
    >>> p, state  # odds multiply by (1 + ε 2) / (1 + ε 0) = 2
    (Array([0.66667], dtype=float32), Count(generation=Array(1, dtype=int32)))
    """
    relative = rule.relative_fitness(fitness, state)
    expected = p if getattr(rule, "counts_expected", False) else None
    return rule.update(p, *marginal_fitness(genotypes, relative, expected), state)


def marginal_fitness(
    genotypes: Genotypes, fitness: Fitness, expected: AlleleFreqs | None = None
) -> MarginalFitness:
    """Mean fitness of the carriers of each allele of each gene (A6).

    f1(i) = Σ_x δ_x x(i) / Σ_x x(i),  f0(i) = Σ_x δ_x (1 - x(i)) / Σ_x (1 - x(i)).

    A gene of which the whole population carries one allele gives no estimate for the other: both
    are then the mean fitness of the population, so that selection leaves its frequency as it is.

    Args:
      genotypes: (N, n) alleles in {0, 1}.
      fitness: (N,) float32.
      expected: (n,) frequencies p: the sums are then divided by N p(i) and N (1 - p(i)) carriers,
        those expected, in the place of those counted. Of relative fitness the selection equation
        (A7) then gives the parents' own frequencies Σ_x δ_x x(i) / Σ_x δ_x, with the drift of the
        sample in them, and an allele that is missing is lost.

    Returns:
      f1, f0: (n,), (n,) float32, the marginal fitness of allele 1 and of allele 0.

    Source: the paper, section 3.1.

    >>> marginal_fitness(jnp.array([[0, 1], [1, 1], [1, 1]]), jnp.array([1.0, 2.0, 4.0]))
    (Array([3.       , 2.33333], dtype=float32), Array([1.       , 2.33333], dtype=float32))
    """
    if expected is not None:
        return _by_expected_carriers(genotypes, fitness, expected)
    mean = jnp.mean(fitness)
    centred = fitness - mean  # keeps f1 - f0 accurate when fitness varies little

    def carriers_mean(carriers):
        carriers = carriers.astype(fitness.dtype)
        total = jnp.matmul(centred, carriers, precision="highest")
        count = jnp.sum(carriers, axis=0)
        return mean + total / jnp.maximum(count, 1), count > 0

    f1, some1 = carriers_mean(genotypes)  # A6
    f0, some0 = carriers_mean(1 - genotypes.astype(jnp.int8))  # A6
    return jnp.where(some1 & some0, f1, mean), jnp.where(some1 & some0, f0, mean)


def _by_expected_carriers(genotypes, fitness, p) -> MarginalFitness:
    carriers = genotypes.astype(fitness.dtype)
    share1 = jnp.matmul(fitness, carriers, precision="highest") / fitness.size
    share0 = jnp.matmul(fitness, 1 - carriers, precision="highest") / fitness.size
    return share1 / jnp.where(p > 0, p, 1), share0 / jnp.where(p < 1, 1 - p, 1)


def weak_selection(
    p: AlleleFreqs, f1: jax.Array, f0: jax.Array, epsilon: float | jax.Array
) -> AlleleFreqs:
    """The selection equation of population genetics, the paper's equation 3 (A7).

    p' = p (1 + ε f1) / (1 + ε f0 + ε p (f1 - f0)), computed as the equal
    p + p (1 - p) ε (f1 - f0) / (1 + ε f0 + ε p (f1 - f0)), which leaves p exactly when f1 = f0.

    Args:
      p: (n,) allele frequencies in [0, 1].
      f1: (n,) marginal fitness of allele 1.
      f0: (n,) marginal fitness of allele 0.
      epsilon: strength ε of selection; 1 + ε f1 and 1 + ε f0 should not be negative.

    Returns:
      (n,) float32 in [0, 1].

    >>> weak_selection(jnp.array([0.5, 1.0]), jnp.array([1.0, 0.0]), jnp.zeros(2), 1.0)
    Array([0.66667, 1.       ], dtype=float32)
    """
    return _selection_equation(p, 1 + epsilon * f1, 1 + epsilon * f0)


def by_relative_fitness(p: AlleleFreqs, f1: jax.Array, f0: jax.Array) -> AlleleFreqs:
    """The selection equation of marginal relative fitness, p' = p f1 / (p f1 + (1 - p) f0) (A7).

    It is ``weak_selection`` with f = 1 + ε δ, the relative fitness of an individual.

    >>> by_relative_fitness(jnp.array([0.5]), jnp.array([2.0]), jnp.array([1.0]))
    Array([0.66667], dtype=float32)
    """
    return _selection_equation(p, f1, f0)


def _selection_equation(p, f1, f0):
    mean = f0 + p * (f1 - f0)
    moved = p + p * (1 - p) * (f1 - f0) / jnp.where(mean == 0, 1, mean)  # A7; 0: nobody breeds
    return jnp.clip(moved, 0, 1)  # rounding, and fitness below -1/ε


def standardise(fitness: Fitness) -> Fitness:
    """Fitness in standard deviations from the population's mean, (δ - mean) / sd; 0 where sd is 0.

    >>> standardise(jnp.array([1.0, 3.0]) * 2.0**100)  # whose squares are out of range
    Array([-1.,  1.], dtype=float32)
    """
    varies = jnp.max(fitness) > jnp.min(fitness)  # sd > 0 may be the rounding of the mean
    largest = jnp.clip(jnp.max(jnp.abs(fitness)), 2.0**-125, 2.0**125)
    # A power of two, so that the product is exact: squares of large numbers are out of range.
    scale = jax.lax.reduce_precision(1 / largest, exponent_bits=8, mantissa_bits=0)
    deviation = fitness * scale
    deviation = deviation - jnp.mean(deviation)
    sd = jnp.sqrt(jnp.mean(deviation**2))
    return jnp.where(varies & (sd > 0), deviation / jnp.where(sd > 0, sd, 1), 0)


def replace_non_finite(fitness: Fitness) -> tuple[Fitness, jax.Array]:
    """Gives individuals whose fitness is NaN or infinite the lowest finite fitness of the others.

    So they are selected against, and one broken network does not spoil a generation. With no finite
    fitness at all everyone gets 0: no selection.

    Args:
      fitness: (N,) real numbers.

    Returns:
      (N,) finite float32, and () int32, how many were replaced.

    >>> replace_non_finite(jnp.array([1.0, jnp.nan, 3.0]))
    (Array([1., 1., 3.], dtype=float32), Array(1, dtype=int32))
    """
    fitness = fitness.astype(jnp.float32)
    finite = jnp.isfinite(fitness)
    lowest = jnp.min(fitness, where=finite, initial=jnp.inf)
    lowest = jnp.where(jnp.any(finite), lowest, 0.0)
    return jnp.where(finite, fitness, lowest), jnp.sum(~finite, dtype=jnp.int32)
