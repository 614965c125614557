"""The theorems of section 2.1 on the linear NNE, made into numbers to compare with.

Theorem 1: with an admissible ε the loss falls in every generation, by at least a bound. Theorem 2:
a random W reaches every target, and some genotype comes near to it.
"""

import numbers

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_array, check_real, check_values, shape_of
from nne_jax._pytrees import is_traced
from nne_jax.errors import InputError, round_down
from nne_jax.theory import _checks
from nne_jax.types import AlleleFreqs


def largest_epsilon(highest_loss: float, curvature: float) -> float:
    """The largest admissible ε of Theorem 1, min{1/max{2U, 1}, 2/H, 1}.

    Args:
      highest_loss: U, at least 0.
      curvature: H, a bound on the Hessian of L; 0 or less where L is concave.

    Raises:
      InputError: a number that is not finite, a negative loss.

    >>> largest_epsilon(2.0, 16.0)
    0.125
    """
    check_real("highest_loss", highest_loss, 0)
    check_real("curvature", curvature)
    return min(1 / max(2 * highest_loss, 1), 2 / curvature if curvature > 0 else np.inf, 1)


def check_epsilon(epsilon: float, highest_loss: float, curvature: float) -> None:
    """Raises an InputError unless ε is positive and admissible for Theorem 1."""
    largest = largest_epsilon(highest_loss, curvature)
    if not isinstance(epsilon, numbers.Real) or not 0 < epsilon <= largest:
        raise InputError(
            f"epsilon={epsilon}: Theorem 1 needs 0 < epsilon <= min(1/max(2U, 1), 2/H, 1) with "
            f"U = {highest_loss:.4g} and H = {curvature:.4g}; give at most {round_down(largest)}."
        )


def guaranteed_decrease(
    p: AlleleFreqs, gradient: jax.Array, epsilon: float, lowest_loss: float, delta: float
) -> jax.Array:
    """Theorem 1's bound on L(p) - L(p'): η Σ_{i: δ≤p(i)≤1-δ} (∂L/∂p(i))², η = δ(1-δ)ε/(2(1-εB)).

    Args:
      p, gradient: (..., n) allele frequencies, and the gradient of L in them.
      epsilon: an admissible ε.
      lowest_loss: B.
      delta: δ in (0, 1/2).

    Returns:
      (...) the bound.

    Raises:
      InputError: arrays that do not fit each other, numbers out of bounds.
    """
    shape = (*shape_of(p)[:-1], *(shape_of(p)[-1:] or (1,)))
    check_array("p", p, shape, "floats")
    check_values("p", p, 0, 1, "frequencies")
    check_array("gradient", gradient, shape, "floats")
    check_real("epsilon", epsilon, above=0)
    check_real("delta", delta, above=0, below=0.5)
    check_real("lowest_loss", lowest_loss)
    if not is_traced(epsilon, lowest_loss) and np.any(np.multiply(epsilon, lowest_loss) >= 1):
        raise InputError(f"lowest_loss={lowest_loss}: epsilon times it must be below 1.")
    eta = delta * (1 - delta) * epsilon / (2 * (1 - epsilon * lowest_loss))
    return eta * jnp.sum(gradient**2, axis=-1, where=(delta <= p) & (p <= 1 - delta))


def is_reachable(matrix: np.ndarray, target: np.ndarray) -> bool:
    """Whether some p in [0, 1]^n has W p = a: a linear programme with nothing to minimise.

    Raises:
      InputError: a matrix and a target that do not fit each other, or are not finite.

    >>> is_reachable(np.array([[1.0, -1.0]]), np.array([1.5]))
    False
    """
    import scipy.optimize  # here, since it takes a fifth of the time to import the package

    _checks.problem(matrix, target)
    found = scipy.optimize.linprog(
        np.zeros(matrix.shape[1]), A_eq=matrix, b_eq=target, bounds=(0, 1), method="highs"
    )
    if found.status not in (0, 2):
        raise RuntimeError(f"linear programme: {found.message}")
    return found.status == 0


def greedy_genotype(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A genotype of large cos(W x, a): genes that point to a, then the best flip while any helps.

    Args:
      matrix, target: (m, n) W and (m,) a, not 0.

    Returns:
      (n,) bool.

    Raises:
      InputError: a matrix and a target that do not fit each other, are not finite, or are 0.

    >>> greedy_genotype(np.array([[1.0, 1.0, 0.0], [0.0, 5.0, 1.0]]), np.array([1.0, 0.0]))
    array([ True, False, False])
    """
    _checks.problem(matrix, target)
    if not np.any(np.asarray(target)):
        raise InputError("target: it is 0, and has no direction; give another one.")
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
