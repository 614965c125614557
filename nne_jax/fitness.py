"""From logits and labels to fitness. The policy for fitness that is not finite lives here too.

Fitness functions are written for one individual: (B, C) logits and (B,) labels to a scalar. Each
takes a ``temperature`` that divides the logits: z = softmax(logits / temperature).
"""

import jax
import jax.numpy as jnp
import optax

from nne_jax.types import Fitness, Labels, Logits


def cross_entropy(logits: Logits, labels: Labels, temperature: float = 1.0) -> jax.Array:
    """Loss of each example, L = -Σ_c ℓ_c log z_c with ℓ one-hot (A4). (B, C), (B,) -> (B,).

    >>> cross_entropy(jnp.zeros((1, 10)), jnp.array([3]))  # log 10
    Array([2.30259], dtype=float32)
    """
    return optax.softmax_cross_entropy_with_integer_labels(logits / temperature, labels)  # A4


def reward(logits: Logits, labels: Labels, temperature: float = 1.0) -> Fitness:
    """Fitness relative to a random guess, δ = (1/S) Σ_s max{0, α² - L_s²} with α = log C (A5).

    Args:
      logits: (B, C) float32.
      labels: (B,) int32 in [0, C).
      temperature: positive number that divides the logits.

    Returns:
      () float32 in [0, α²].

    Source: the paper, section 3.1.

    >>> reward(jnp.array([[100.0, 0.0], [0.0, 100.0]]), jnp.array([0, 0]))  # one right: α²/2
    Array(0.24023, dtype=float32)
    """
    alpha = jnp.log(logits.shape[-1])
    loss = cross_entropy(logits, labels, temperature)
    return jnp.mean(jnp.maximum(0, alpha**2 - loss**2))  # A5


def log_likelihood(logits: Logits, labels: Labels, temperature: float = 1.0) -> Fitness:
    """Fitness as minus the mean cross entropy, -(1/S) Σ_s L_s: the paper's equations 1 and 2.

    Arguments as for ``reward``.

    Returns:
      () float32, at most 0.

    >>> log_likelihood(jnp.zeros((4, 2)), jnp.array([0, 0, 1, 1]))  # -log 2
    Array(-0.69315, dtype=float32)
    """
    return -jnp.mean(cross_entropy(logits, labels, temperature))


FITNESS = {"reward": reward, "log_likelihood": log_likelihood}


def replace_non_finite(fitness: Fitness) -> tuple[Fitness, jax.Array]:
    """Gives individuals whose fitness is NaN or infinite the lowest finite fitness of the others.

    So they are selected against, and one broken network does not spoil a generation. With no finite
    fitness at all everyone gets 0: no selection.

    Args:
      fitness: (N,) float32.

    Returns:
      (N,) finite float32, and () int32, how many were replaced.

    >>> replace_non_finite(jnp.array([1.0, jnp.nan, 3.0]))
    (Array([1., 1., 3.], dtype=float32), Array(1, dtype=int32))
    """
    finite = jnp.isfinite(fitness)
    lowest = jnp.min(fitness, where=finite, initial=jnp.inf)
    lowest = jnp.where(jnp.any(finite), lowest, 0.0)
    return jnp.where(finite, fitness, lowest), jnp.sum(~finite, dtype=jnp.int32)


def lowest_fitness(
    name: str,
    lowest: Logits,
    highest: Logits,
    temperature: float = 1.0,
    batch_size: int | None = None,
) -> float:
    """A lower bound on a fitness function of ``FITNESS`` when the logits lie between two bounds.

    L ≤ log C + max_c z - min_c z, so log_likelihood is bounded by the logits' range; reward by 0.

    Args:
      name: of the fitness function.
      lowest, highest: (B, C) bounds on the logits.
      temperature: positive number that divides the logits.
      batch_size: fitness on any that many of the B images: the bound is that of the worst ones.

    >>> lowest_fitness("reward", jnp.zeros((1, 2)), jnp.ones((1, 2)))
    0.0
    """
    if name == "reward":
        return 0.0
    spread = jnp.max(highest, axis=-1) - jnp.min(lowest, axis=-1)
    worst = jnp.sort(spread)[-(batch_size or spread.size) :]
    return float(-jnp.mean(jnp.log(lowest.shape[-1]) + worst / temperature))
