"""The theorems of section 2.1 on the linear NNE, made into numbers to compare with.

Theorem 1: with an admissible ε the loss falls in every generation, by at least a bound. Theorem 2:
a random W reaches every target, and some genotype comes near to it.
"""

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.errors import InputError, round_down
from nne_jax.types import AlleleFreqs


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
      p, gradient: (..., n) allele frequencies, and the gradient of L in them.
      epsilon: an admissible ε.
      lowest_loss: B.
      delta: δ in (0, 1/2).

    Returns:
      (...) the bound.
    """
    eta = delta * (1 - delta) * epsilon / (2 * (1 - epsilon * lowest_loss))
    return eta * jnp.sum(gradient**2, axis=-1, where=(delta <= p) & (p <= 1 - delta))


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
