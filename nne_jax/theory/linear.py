"""Linear NNE, section 2.1: m input gates, one output gate, weights w = W x, and its theorems.

The output on input y is g wᵀ y with the output gate's gain g (1 in the paper), the label aᵀ y with
y uniform in the unit ball of R^m, the loss squared. With g = 1 and ‖a‖ ≤ 1 only the mean genotype
can be right: columns of W have length √m, and genotypes do not come near to a. Dividing the output
by a multiple of n scales a up to what the genes of one genotype add up to.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from nne_jax import population
from nne_jax.evolution import NNEState, Step, generation_keys
from nne_jax.selection import Rule
from nne_jax.types import AlleleFreqs, InputError, Key, round_down


class Errors(NamedTuple):
    """Squared error of the output over the label's variance, after selection."""

    sampled: jax.Array  # () float32: mean over the genotypes that were tested
    modal: jax.Array  # () float32
    mean: jax.Array  # () float32: mean genotype, w = W p
    modal_cosine: jax.Array  # () float32: cos(W x, a), which no gain changes


def init_matrix(key: Key, num_inputs: int, num_genes: int, genes_per_row: int) -> jax.Array:
    """Draws W: each entry ±√(m/d) with probability d/m in all, else 0 (Theorem 2).

    A column of W has squared length m in expectation, and d non-zero entries.

    Args:
      key: typed key.
      num_inputs: number m of inputs, at least 1.
      num_genes: number n of genes, at least m.
      genes_per_row: d, from 1 to m.

    Returns:
      (m, n) float32.

    Raises:
      InputError: sizes with which W cannot be drawn, or cannot reach every target.

    >>> W = init_matrix(jax.random.key(0), 4, 1000, 2)
    >>> sorted(set(W.ravel().round(4).tolist())), bool(abs(jnp.mean(W != 0) - 0.5) < 0.05)
    ([-1.4142, 0.0, 1.4142], True)
    """
    m, n, d = num_inputs, num_genes, genes_per_row
    if m < 1:
        raise InputError(f"num_inputs={m}: give at least 1 input.")
    if m > n:
        raise InputError(
            f"num_inputs={m}: W p cannot reach every target of more inputs m than there are genes; "
            f"give at most num_genes={n}, or more genes."
        )
    if not 1 <= d <= m:
        raise InputError(f"genes_per_row={d}: d/m is a probability; give 1 to num_inputs={m}.")
    key_some, key_sign = jax.random.split(key)
    signs = jax.random.rademacher(key_sign, (m, n), jnp.float32)
    return jnp.sqrt(m / d) * signs * jax.random.bernoulli(key_some, d / m, (m, n))


def init_target(key: Key, num_inputs: int) -> jax.Array:
    """The label's vector a, uniform on the unit sphere of R^m: (m,) float32."""
    a = jax.random.normal(key, (num_inputs,))
    return a / jnp.linalg.norm(a)


def loss(weights: jax.Array, target: jax.Array) -> jax.Array:
    """Mean squared loss E (wᵀy - aᵀy)² = ‖w - a‖² / (m + 2), as E y yᵀ = I / (m + 2).

    Weights (..., m), with the gain, and target (m,) give losses (...).

    >>> loss(jnp.array([1.0, 0.0]), jnp.array([0.0, 0.0]))
    Array(0.25, dtype=float32)
    """
    return jnp.sum((weights - target) ** 2, axis=-1) / (target.size + 2)


def largest_epsilon(highest_loss: float, curvature: float) -> float:
    """The largest admissible ε of Theorem 1, min{1/max{2U, 1}, 2/H, 1}.

    Args:
      highest_loss: U, at least 0.
      curvature: H, a bound on the Hessian of L; 0 or less where L is concave.

    >>> largest_epsilon(2.0, 16.0)
    0.125
    """
    return min(1 / max(2 * highest_loss, 1), 2 / curvature if curvature > 0 else np.inf, 1)


def check_epsilon(epsilon: float, highest_loss: float, curvature: float) -> None:
    """Raises an InputError unless ε is positive and admissible for Theorem 1."""
    largest = largest_epsilon(highest_loss, curvature)
    if not 0 < epsilon <= largest:
        raise InputError(
            f"epsilon={epsilon}: Theorem 1 needs 0 < epsilon <= min(1/max(2U, 1), 2/H, 1) with "
            f"U = {highest_loss:.4g} and H = {curvature:.4g}; give at most {round_down(largest)}."
        )


def guaranteed_decrease(
    p: AlleleFreqs, gradient: jax.Array, epsilon: float, lowest_loss: float, delta: float
) -> jax.Array:
    """Theorem 1's bound on L(p) - L(p'): η Σ_{i: δ≤p(i)≤1-δ} (∂L/∂p(i))², η = δ(1-δ)ε/(2(1-εB)).

    Args:
      p, gradient: (n,) allele frequencies, and the gradient of L in them.
      epsilon: an admissible ε.
      lowest_loss: B.
      delta: δ in (0, 1/2).
    """
    eta = delta * (1 - delta) * epsilon / (2 * (1 - epsilon * lowest_loss))
    return eta * jnp.sum(gradient**2, where=(delta <= p) & (p <= 1 - delta))


def is_reachable(matrix: np.ndarray, target: np.ndarray) -> bool:
    """Whether some p in [0, 1]^n has W p = a: a linear programme with nothing to minimise.

    >>> is_reachable(np.array([[1.0, -1.0]]), np.array([1.5]))
    False
    """
    import scipy.optimize  # here, since it takes a fifth of the time to import the package

    found = scipy.optimize.linprog(
        np.zeros(matrix.shape[1]), A_eq=matrix, b_eq=target, bounds=(0, 1), method="highs"
    )
    if found.status not in (0, 2):
        raise RuntimeError(f"linear programme: {found.message}")
    return found.status == 0


def cosine(weights: jax.Array, target: jax.Array) -> jax.Array:
    """cos(w, a), over the last axis; 0 where w is 0."""
    length = jnp.linalg.norm(weights, axis=-1) * jnp.linalg.norm(target)
    return jnp.where(length > 0, weights @ target / jnp.where(length > 0, length, 1), 0)


def greedy_genotype(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A genotype of large cos(W x, a): genes that point to a, then the best flip while any helps.

    Args:
      matrix, target: (m, n) W and (m,) a, not 0.

    Returns:
      (n,) bool.

    >>> greedy_genotype(np.array([[1.0, 1.0, 0.0], [0.0, 5.0, 1.0]]), np.array([1.0, 0.0]))
    array([ True, False, False])
    """
    matrix, unit = np.asarray(matrix, float), np.asarray(target, float) / np.linalg.norm(target)
    along, squares = unit @ matrix, np.sum(matrix**2, axis=0)
    x = along > 0
    while True:
        w, sign = matrix @ x, np.where(x, -1, 1)
        length = np.sqrt(np.maximum(w @ w + 2 * sign * (w @ matrix) + squares, 1e-12))
        cosines = (w @ unit + sign * along) / length
        best = np.argmax(cosines)
        if cosines[best] <= w @ unit / max(np.linalg.norm(w), 1e-6) + 1e-12:
            return x
        x[best] = ~x[best]


def make_generation_step(
    matrix: jax.Array, target: jax.Array, rule: Rule, population_size: int, gain: float = 1.0
) -> Step:
    """NNE's generation on a linear target, for ``evolution.evolve``: fitness is minus the loss.

    Args:
      matrix, target: (m, n) W and (m,) a.
      rule: the selection rule.
      population_size: number N of genotypes.
      gain: g of the output gate.

    Returns:
      The step ``(state, _) -> (state, Errors)``.
    """

    def generation(matrix, target, state: NNEState, batch):
        del batch  # the mean over y is exact
        key, _ = generation_keys(state)
        genotypes = population.sample(key, state.allele_freqs, population_size)

        def weights(x):
            return gain * x.astype(jnp.float32) @ matrix.T

        losses = loss(weights(genotypes), target)
        p, rule_state = rule.update(genotypes, -losses, state.rule_state, state.allele_freqs)
        modal = weights(p > 0.5)
        absolute = jnp.array([jnp.mean(losses), loss(modal, target), loss(weights(p), target)])
        variance = loss(jnp.zeros(target.size), target)  # the label's
        errors = Errors(*absolute / variance, cosine(modal, target))
        return NNEState(state.key, state.generation + 1, p, rule_state), errors

    return Partial(generation, matrix, target)
