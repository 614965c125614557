"""Linear NNE, section 2.1: m input gates, one output gate, weights w = W x.

The output on input y is g wᵀ y with the output gate's gain g (1 in the paper), the label aᵀ y with
y uniform in the unit ball of R^m, the loss squared. With g = 1 and ‖a‖ ≤ 1 only the mean genotype
can be right: columns of W have length √m, and genotypes do not come near to a. Dividing the output
by a multiple of n scales a up to what the genes of one genotype add up to.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import evolution
from nne_jax._checks import (
    check_array,
    check_count,
    check_key,
    check_population,
    check_real,
    shape_of,
)
from nne_jax._pytrees import pytree
from nne_jax.errors import InputError
from nne_jax.theory import _checks
from nne_jax.types import Fitness, Genotypes, Key, Rule, Weights


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
    check_key("key", key)
    check_count("num_inputs", num_inputs)
    check_count("num_genes", num_genes)
    check_count("genes_per_row", genes_per_row, 1, num_inputs)
    m, n, d = num_inputs, num_genes, genes_per_row
    if m > n:
        raise InputError(
            f"num_inputs={m}: W p cannot reach every target of more inputs m than there are genes; "
            f"give at most num_genes={n}, or more genes."
        )
    key_some, key_sign = jax.random.split(key)
    signs = jax.random.rademacher(key_sign, (m, n), jnp.float32)
    return jnp.where(jax.random.bernoulli(key_some, d / m, (m, n)), jnp.sqrt(m / d) * signs, 0)


def init_target(key: Key, num_inputs: int) -> jax.Array:
    """The label's vector a, uniform on the unit sphere of R^m: (m,) float32.

    Raises:
      InputError: no inputs.
    """
    check_key("key", key)
    check_count("num_inputs", num_inputs)
    a = jax.random.normal(key, (num_inputs,), jnp.float32)
    return a / jnp.linalg.norm(a)


def loss(weights: Weights, target: jax.Array) -> jax.Array:
    """Mean squared loss E (wᵀy - aᵀy)² = ‖w - a‖² / (m + 2), as E y yᵀ = I / (m + 2).

    Weights (..., m), with the gain, and target (m,) give losses (...).

    Raises:
      InputError: weights and a target that do not fit each other.

    >>> loss(jnp.array([1.0, 0.0]), jnp.array([0.0, 0.0]))
    Array(0.25, dtype=float32)
    """
    _check_weights(weights, target)
    difference = weights - jnp.broadcast_to(target, weights.shape)
    return jnp.sum(difference**2, axis=-1) / (target.size + 2)


def cosine(weights: Weights, target: jax.Array) -> jax.Array:
    """cos(w, a), over the last axis; 0 where w is 0.

    Raises:
      InputError: weights and a target that do not fit each other.
    """
    _check_weights(weights, target)
    length = jnp.linalg.norm(weights, axis=-1) * jnp.linalg.norm(target)
    return jnp.where(length > 0, weights @ target / jnp.where(length > 0, length, 1), 0)


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class _Target:
    """The linear problem: W, a and the gain g."""

    matrix: jax.Array  # (m, n)
    target: jax.Array  # (m,)
    gain: float | jax.Array

    def weights(self, x: jax.Array) -> Weights:
        """Weights (..., m), with the gain, of genotypes or frequencies (..., n)."""
        return self.gain * x.astype(jnp.float32) @ self.matrix.T


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class MinusLoss(_Target):
    """The population fitness: minus every genotype's loss."""

    def __call__(self, genotypes: Genotypes, batch: Any) -> Fitness:
        """Maps (N, n) to (N,). The mean over y is exact: there is no batch."""
        del batch
        check_population(genotypes, self.matrix.shape[1], of_weights=False)
        return -loss(self.weights(genotypes), self.target)


class Errors(NamedTuple):
    """Squared error of the output over the label's variance."""

    sampled: jax.Array  # () float32: mean over the genotypes that were tested
    modal: jax.Array  # () float32: modal genotype, after selection
    mean: jax.Array  # () float32: mean genotype, w = W p, after selection
    modal_cosine: jax.Array  # () float32: cos(W x, a) of the modal genotype, which no gain changes


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class LinearErrors(_Target):
    """What a generation on a linear target leaves in the log, ``Errors``."""

    def __call__(
        self,
        genotypes: Genotypes,
        fitness: Fitness,
        non_finite: jax.Array,
        state: evolution.NNEState,
    ) -> Errors:
        """Maps the generation's fitness and the state after it to scalars."""
        del genotypes
        known = jnp.where(non_finite < fitness.size, fitness, jnp.nan)
        modal = self.weights(state.allele_freqs > 0.5)
        mean = self.weights(state.allele_freqs)
        variance = loss(jnp.zeros_like(self.target), self.target)  # the label's
        return Errors(
            -jnp.mean(known) / variance,
            loss(modal, self.target) / variance,
            loss(mean, self.target) / variance,
            cosine(modal, self.target),
        )


def make_generation_step(
    matrix: jax.Array,
    target: jax.Array,
    rule: Rule,
    population_size: int = 1000,
    gain: float | jax.Array = 1.0,
) -> evolution.GenerationStep:
    """NNE's generation on a linear target, for ``evolution.evolve``: fitness is minus the loss.

    Args:
      matrix, target: (m, n) W and (m,) a.
      rule: the selection rule.
      population_size: number N of genotypes.
      gain: g of the output gate, positive.

    Returns:
      The step ``(state, batch) -> (state, Errors)``; it takes no notice of the batch: give None.

    Raises:
      InputError: sizes of the matrix and the target that do not fit, a gain that is not positive.

    >>> from nne_jax import selection
    >>> rule = selection.intensity(1.0)
    >>> step = make_generation_step(jnp.eye(2), jnp.array([0.6, 0.8]), rule, population_size=50)
    >>> state = evolution.init(jax.random.key(0), 2, rule)
    >>> state, errors = evolution.evolve(step, state, None, num_generations=20)
    >>> state.allele_freqs.round().tolist(), float(errors.modal[-1])  # 0.4² + 0.2²
    ([1.0, 1.0], 0.2)
    """
    _checks.problem(matrix, target)
    check_real("gain", gain, above=0)
    problem = matrix, target, gain
    return evolution.make_generation_step(
        MinusLoss(*problem), rule, population_size, summarise=LinearErrors(*problem)
    )


def _check_weights(weights: Weights, target: jax.Array) -> None:
    check_array("target", target, ("m",), "real numbers")
    check_array("weights", weights, (*shape_of(weights)[:-1], target.shape[0]), "floats")
