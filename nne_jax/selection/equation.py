"""Selection: from genotypes and their fitness to the next generation's allele frequencies.

A rule is a pair of pure functions, after optax: ``init(allele_freqs) -> state`` and
``update(genotypes, fitness, state, allele_freqs) -> (allele_freqs, state)``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from nne_jax.types import AlleleFreqs, Fitness, Genotypes, InputError, MarginalFitness

Schedule = float | Callable[[jax.Array], jax.Array]  # a number, or a function of the generation


class Rule(NamedTuple):
    """A selection rule; see the module's docstring for the two signatures."""

    init: Callable[[AlleleFreqs], Any]
    update: Callable[[Genotypes, Fitness, Any, AlleleFreqs], tuple[AlleleFreqs, Any]]
    # (fitness, generation) -> (N,): relative fitness less 1; None where the rule has no such thing
    excess: Callable[[Fitness, jax.Array], Fitness] | None = None


class ReplicatorState(NamedTuple):
    """State of the rules that follow a schedule."""

    generation: jax.Array  # () int32: updates made so far


def marginal_fitness(genotypes: Genotypes, fitness: Fitness) -> MarginalFitness:
    """Mean fitness of the carriers of each allele of each gene (A6).

    f1(i) = Σ_x δ_x x(i) / Σ_x x(i),  f0(i) = Σ_x δ_x (1 - x(i)) / Σ_x (1 - x(i)).

    A gene of which the whole population carries one allele gives no estimate for the other: both
    are then the mean fitness of the population, so that selection leaves its frequency as it is.

    Args:
      genotypes: (N, n) alleles in {0, 1}.
      fitness: (N,) float32.

    Returns:
      f1, f0: (n,), (n,) float32, the marginal fitness of allele 1 and of allele 0.

    Source: the paper, section 3.1.

    >>> marginal_fitness(jnp.array([[0, 1], [1, 1], [1, 1]]), jnp.array([1.0, 2.0, 4.0]))
    (Array([3.       , 2.33333], dtype=float32), Array([1.       , 2.33333], dtype=float32))
    """
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
    difference = f1 - f0
    mean = 1 + epsilon * (f0 + p * difference)
    p_next = p + p * (1 - p) * epsilon * difference / jnp.where(
        mean == 0, 1, mean
    )  # A7; 0: nobody breeds
    return jnp.clip(p_next, 0, 1)  # rounding, and fitness below -1/ε


def replicator(epsilon: Schedule) -> Rule:
    """Weak selection, the paper's rule: an individual's relative fitness is 1 + ε δ (A6, A7).

    Args:
      epsilon: strength ε of selection, positive; a number or a schedule of the generation.

    Returns:
      A ``Rule``.

    Raises:
      InputError: ``epsilon`` not positive.

    Source: the paper, equation 3.

    >>> rule = replicator(0.5)
    >>> p = jnp.array([0.5])
    >>> p, state = rule.update(jnp.array([[0], [1]]), jnp.array([0.0, 2.0]), rule.init(p), p)
    >>> p, state  # odds multiply by (1 + ε 2) / (1 + ε 0) = 2
    (Array([0.66667], dtype=float32), ReplicatorState(generation=Array(1, dtype=int32)))
    """
    strength = _schedule("epsilon", epsilon)
    return _by_excess(lambda fitness, generation: strength(generation) * fitness)


def intensity(selection_intensity: Schedule) -> Rule:
    """Selection on standardised fitness: relative fitness is max{0, 1 + s (δ - mean) / sd}.

    A constant added to every fitness only rescales ε, so this is the paper's rule with an ε that
    adapts to the population: the response to selection does not fade as fitness varies less.
    An individual whose relative fitness would be negative leaves no offspring.

    Args:
      selection_intensity: s, positive; a number or a schedule of the generation.

    Returns:
      A ``Rule``.

    Raises:
      InputError: ``selection_intensity`` not positive.

    Source: Falconer and Mackay, Introduction to Quantitative Genetics, 4th edition, chapter 11.

    >>> rule = intensity(0.5)
    >>> p = jnp.array([0.5])
    >>> rule.update(jnp.array([[0], [1]]), jnp.array([7.0, 9.0]), rule.init(p), p)[0]
    Array([0.75], dtype=float32)
    """
    strength = _schedule("selection_intensity", selection_intensity)

    def excess(fitness, generation):
        return jnp.maximum(strength(generation) * standardise(fitness), -1)

    return _by_excess(excess)


def truncation(selected_fraction: float) -> Rule:
    """Truncation selection: the fittest fraction has relative fitness 1/fraction, the rest 0.

    Individuals that tie with the least fit of the selected are selected too.

    Args:
      selected_fraction: the fraction of the population that breeds, in (0, 1).

    Returns:
      A ``Rule``.

    Raises:
      InputError: ``selected_fraction`` outside (0, 1).

    Source: Falconer and Mackay, chapter 11.

    >>> rule = truncation(0.5)
    >>> p, x = jnp.array([0.5]), jnp.array([[0], [1], [1], [0]])
    >>> rule.update(x, jnp.array([0.0, 3.0, 1.0, 2.0]), rule.init(p), p)[0]
    Array([0.5], dtype=float32)
    """
    if not 0 < selected_fraction < 1:
        raise InputError(f"selected_fraction={selected_fraction}: it must be between 0 and 1.")

    def excess(fitness, generation):
        del generation
        count = max(1, round(selected_fraction * fitness.size))
        selected = fitness >= jnp.sort(fitness)[-count]
        return selected / jnp.mean(selected) - 1

    return _by_excess(excess)


def standardise(fitness: Fitness) -> Fitness:
    """Fitness in standard deviations from the population's mean, (δ - mean) / sd; 0 where sd is 0.

    >>> standardise(jnp.array([1.0, 3.0]))
    Array([-1.,  1.], dtype=float32)
    """
    deviation = fitness - jnp.mean(fitness)
    sd = jnp.sqrt(jnp.mean(deviation**2))
    varies = jnp.max(fitness) > jnp.min(fitness)  # sd > 0 may be the rounding of the mean
    return jnp.where(varies & (sd > 0), deviation / jnp.where(sd > 0, sd, 1), 0)


def log_odds_gradient(optimiser: optax.GradientTransformation) -> Rule:
    """Any optax optimiser on the log odds θ = log p/(1-p), driven by f1 - f0 of standard fitness.

    By Lemma 1 (A8) f1 - f0 is the gradient of the mean fitness in p, and since ∂p/∂θ = p(1-p) is
    also the Fisher information of θ, it is the natural gradient in θ: ``optax.sgd(s)`` is selection
    of intensity s in the limit of small s. No individual ever computes a gradient. Genes at 0 or 1,
    and genes of which the population carries one allele only, stay as they are.

    Args:
      optimiser: an optax optimiser of the (n,) log odds.

    Returns:
      A ``Rule``.

    >>> rule = log_odds_gradient(optax.sgd(0.1))
    >>> p = jnp.array([0.5])  # f1 - f0 = 2 standard deviations: θ rises by 0.2
    >>> rule.update(jnp.array([[0], [1]]), jnp.array([0.0, 2.0]), rule.init(p), p)[0]
    Array([0.54983], dtype=float32)
    """

    def update(genotypes, fitness, state, p):
        f1, f0 = marginal_fitness(genotypes, standardise(fitness))
        polymorphic = jnp.any(genotypes != genotypes[:1], axis=0) & (p > 0) & (p < 1)
        log_odds = jnp.where(polymorphic, jax.scipy.special.logit(p), 0)
        steps, state = optimiser.update(-(f1 - f0), state, log_odds)  # A8
        p_next = jax.nn.sigmoid(optax.apply_updates(log_odds, steps))
        return jnp.where(polymorphic, p_next, p), state

    return Rule(optimiser.init, update)


def with_mutation(rule: Rule, mutation_rate: Schedule) -> Rule:
    """Follows a rule by symmetric mutation, p := (1 - 2μ) p + μ: no allele is lost for good.

    Args:
      rule: the selection rule.
      mutation_rate: probability μ in [0, 1/2] that an allele turns into the other, a generation; a
        number or a schedule of the generation.

    Returns:
      A ``Rule``.

    Raises:
      InputError: ``mutation_rate`` outside [0, 1/2].

    >>> rule = with_mutation(replicator(0.5), 0.1)
    >>> p = jnp.array([1.0])
    >>> rule.update(jnp.ones((2, 1)), jnp.ones(2), rule.init(p), p)[0]
    Array([0.9], dtype=float32)
    """
    if not callable(mutation_rate) and not 0 <= mutation_rate <= 0.5:
        raise InputError(f"mutation_rate={mutation_rate}: a mutation rate is between 0 and 1/2.")

    def update(genotypes, fitness, state, p):
        inner, count = state
        p, inner = rule.update(genotypes, fitness, inner, p)
        rate = mutation_rate(count.generation) if callable(mutation_rate) else mutation_rate
        return (1 - 2 * rate) * p + rate, (inner, ReplicatorState(count.generation + 1))

    return Rule(lambda p: (rule.init(p), ReplicatorState(jnp.int32(0))), update)


def _by_excess(excess: Callable[[Fitness, jax.Array], Fitness]) -> Rule:
    """The selection equation for relative fitness 1 + excess, at least 0. A6 is linear in ε δ."""

    def update(genotypes, fitness, state, p):
        f1, f0 = marginal_fitness(genotypes, excess(fitness, state.generation))
        return weak_selection(p, f1, f0, 1.0), ReplicatorState(state.generation + 1)

    return Rule(lambda p: ReplicatorState(jnp.int32(0)), update, excess)


def _schedule(name: str, value: Schedule) -> Callable[[jax.Array], jax.Array | float]:
    if callable(value):
        return value
    if not value > 0:
        raise InputError(f"{name}={value}: the strength of selection must be positive.")
    return lambda generation: value
