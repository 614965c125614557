"""The equations: marginal fitness, the selection equation, and a generation's selection."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax._checks import (
    as_floats,
    check_array,
    check_freqs,
    check_real,
    within,
)
from nne_jax.assortment import Assorted
from nne_jax.selection import _checks
from nne_jax.selection.scale import power_of_two
from nne_jax.selection.sums import over_carriers
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, MarginalFitness, Rule


def apply(
    rule: Rule,
    genotypes: Genotypes | Assorted,
    fitness: Fitness,
    state: Any,
    p: AlleleFreqs,
    devices: Sequence[jax.Device] = (),
) -> tuple[AlleleFreqs, Any]:
    """A generation's selection by a rule: relative fitness, marginal fitness, update.

    Args:
      rule: a selection rule.
      genotypes: (N, n) alleles, sampled from p.
      fitness: (N,) finite float32.
      state: the rule's, from ``rule.init(p)`` or from the generation before.
      p: (n,) allele frequencies.
      devices: that share the individuals, see ``population.sample``; the result is the same.

    Returns:
      The next frequencies (n,), and the rule's next state. Frequencies are NaN where a number of
      the rule was, by a schedule or under vmap, out of its bounds.

    Raises:
      InputError: arrays that do not fit each other, or are out of bounds; the state of another
        rule; what is given is no rule, or returns something of another shape.

    >>> from nne_jax.selection import replicator
    >>> rule, p = replicator(0.5), jnp.array([0.5])
    >>> p, state = apply(rule, jnp.array([[0], [1]]), jnp.array([0.0, 2.0]), rule.init(p), p)
    >>> p, state  # odds multiply by (1 + ε 2) / (1 + ε 0) = 2
    (Array([0.66667], dtype=float32), Count(generation=Array(1, dtype=int32)))
    """
    _checks.rule(rule)
    _checks.tested(genotypes, fitness)
    check_freqs("p", p, genotypes.shape[1])
    _checks.rule_state("state", rule, state, p)
    relative = rule.relative_fitness(fitness, state)
    check_array("rule.relative_fitness", relative, fitness.shape, "real numbers")
    expected = p if getattr(rule, "counts_expected", False) else None
    f1, f0 = marginal_fitness(genotypes, relative, expected, devices)
    returned = rule.update(within(p, 0, 1), f1, f0, state)
    _checks.updated(returned, p, state)
    after, next_state = returned
    return within(after, 0, 1), next_state


def marginal_fitness(
    genotypes: Genotypes | Assorted,
    fitness: Fitness,
    expected: AlleleFreqs | None = None,
    devices: Sequence[jax.Device] = (),
) -> MarginalFitness:
    """Mean fitness of the carriers of each allele of each gene (A6).

    f1(i) = Σ_x δ_x x(i) / Σ_x x(i),  f0(i) = Σ_x δ_x (1 - x(i)) / Σ_x (1 - x(i)).

    A gene of which the whole population carries one allele gives no estimate for the other: both
    are then the mean fitness of the population, so that selection leaves its frequency as it is.
    The mean of carriers whose fitness is 0 is 0: of relative fitness, nobody passes the allele on.
    Derivatives are with respect to fitness; alleles have none.

    Args:
      genotypes: (N, n) alleles in {0, 1}.
      fitness: (N,) float32.
      expected: (n,) frequencies p: the sums are then divided by N p(i) and N (1 - p(i)) carriers,
        those expected, in the place of those counted. Of relative fitness the selection equation
        (A7) then gives the parents' own frequencies Σ_x δ_x x(i) / Σ_x δ_x, with the drift of the
        sample in them, and an allele that is missing is lost.
      devices: that share the individuals, see ``population.sample``; the result is the same.

    Returns:
      f1, f0: (n,), (n,) float32, the marginal fitness of allele 1 and of allele 0.

    Raises:
      InputError: arrays that do not fit each other, alleles other than 0 and 1.

    Source: the paper, section 3.1.

    >>> marginal_fitness(jnp.array([[0, 1], [1, 1], [1, 1]]), jnp.array([1.0, 2.0, 4.0]))
    (Array([3.       , 2.33333], dtype=float32), Array([1.       , 2.33333], dtype=float32))
    """
    _checks.tested(genotypes, fitness)
    fitness = as_floats(fitness)
    scale = power_of_two(fitness)
    fitness = fitness * scale  # whose sums are in range
    if expected is None:
        f1, f0 = _by_counted_carriers(genotypes, fitness, devices)
    else:
        check_freqs("expected", expected, genotypes.shape[1])
        f1, f0 = _by_expected_carriers(genotypes, fitness, expected, devices)
    return f1 / scale, f0 / scale


def _by_counted_carriers(genotypes, fitness, devices) -> MarginalFitness:
    mean = jnp.mean(fitness)
    centred = fitness - mean  # so that f1 - f0 is accurate where it varies little
    sums = over_carriers(genotypes, centred, fitness != 0, devices)
    count1, count0 = (
        jnp.maximum(count, 1).astype(mean.dtype) for count in (sums.count1, sums.count0)
    )
    f1, f0 = mean + sums.fitness1 / count1, mean + sums.fitness0 / count0  # A6
    f1, f0 = jnp.where(sums.marked1 > 0, f1, 0), jnp.where(sums.marked0 > 0, f0, 0)
    both = (sums.count1 > 0) & (sums.count0 > 0)
    return jnp.where(both, f1, mean), jnp.where(both, f0, mean)


def _by_expected_carriers(genotypes, fitness, p, devices) -> MarginalFitness:
    sums = over_carriers(genotypes, fitness, fitness != 0, devices)
    share1, share0 = sums.fitness1 / fitness.size, sums.fitness0 / fitness.size
    return share1 / _some(p), share0 / _some(1 - p)


def _some(p: AlleleFreqs) -> jax.Array:
    """Frequencies to divide by: 1 in the place of 0, and none whose inverse is out of range."""
    return jnp.where(p > 0, jnp.maximum(p, 2.0**-100), 1)


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
      epsilon: strength ε of selection, not negative. Where 1 + ε f would be negative, with fitness
        below -1/ε, it counts as 0, so that never the worse allele gains.

    Returns:
      (n,) float32 in [0, 1].

    Raises:
      InputError: arrays of different shapes, frequencies outside [0, 1], an ``epsilon`` below 0.

    >>> weak_selection(jnp.array([0.5, 1.0]), jnp.array([1.0, 0.0]), jnp.zeros(2), 1.0)
    Array([0.66667, 1.       ], dtype=float32)
    """
    check_freqs("p", p)
    for name, marginal in (("f1", f1), ("f0", f0)):
        check_array(name, marginal, p.shape, "real numbers")
    check_real("epsilon", epsilon, 0)
    return _selection_equation(p, *(jnp.maximum(1 + epsilon * f, 0) for f in (f1, f0)))


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
    fixed = jnp.where(f1 == 0, 0.0, 1.0).astype(p.dtype)  # no carrier of the other allele breeds
    moved = jnp.where(((f1 == 0) | (f0 == 0)) & (mean != 0), fixed, moved)
    return jnp.clip(moved, 0, 1)  # rounding
