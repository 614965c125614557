"""From one individual's answers, logits and labels, to its fitness, and its accuracy.

Fitness functions are written for one individual: (B, C) logits and (B,) labels to a scalar. Each
takes a ``temperature`` that divides the logits: z = softmax(logits / temperature).

A label that is no class is refused where labels have values; under jit fitness is NaN, which counts
as not finite, and never that of another class.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import Partial

from nne_jax._checks import check_array, check_labels, check_scalar, is_class, within
from nne_jax._pytrees import as_pytree, in_generation, pytree
from nne_jax.errors import InputError
from nne_jax.types import Fitness, Labels, Logits


def cross_entropy(
    logits: Logits, labels: Labels, temperature: float = 1.0, label_smoothing: float = 0.0
) -> jax.Array:
    """Loss of each example, L = -Σ_c ℓ_c log z_c (A4). (B, C), (B,) -> (B,).

    ℓ is one-hot, or with a ``label_smoothing`` a it is 1 - a + a/C for the label and a/C for each
    other class (Szegedy et al., Rethinking the Inception architecture, 2016).

    Raises:
      InputError: labels of another shape, of no class, or that are no whole numbers; a temperature
        that is not positive, a label smoothing outside [0, 1].

    >>> cross_entropy(jnp.zeros((1, 10)), jnp.array([3]))  # log 10
    Array([2.30259], dtype=float32)
    """
    _check(logits, labels)
    check_scalar("temperature", temperature, above=0)
    check_scalar("label_smoothing", label_smoothing, 0, 1)
    logits = logits / within(temperature, 0, jnp.inf)
    loss = optax.softmax_cross_entropy_with_integer_labels(logits, labels)  # A4
    if not isinstance(label_smoothing, int | float) or label_smoothing:
        smoothing = within(label_smoothing, 0, 1)
        of_all = jax.nn.logsumexp(logits, axis=-1) - jnp.mean(logits, axis=-1)
        loss = (1 - smoothing) * loss + smoothing * of_all
    return loss * jnp.where(is_class(labels, logits.shape[-1]), 1.0, jnp.nan)  # so is the gradient


def reward(logits: Logits, labels: Labels, temperature: float = 1.0) -> Fitness:
    """Fitness relative to a random guess, δ = (1/S) Σ_s max{0, α² - L_s²} with α = log C (A5).

    Args:
      logits: (B, C) float32.
      labels: (B,) int32 in [0, C).
      temperature: positive number that divides the logits.

    Returns:
      () float32 in [0, α²].

    Raises:
      InputError: as ``cross_entropy``.

    Source: the paper, section 3.1.

    >>> reward(jnp.array([[100.0, 0.0], [0.0, 100.0]]), jnp.array([0, 0]))  # one right: α²/2
    Array(0.24023, dtype=float32)
    """
    alpha = jnp.log(jnp.float32(logits.shape[-1]))
    loss = cross_entropy(logits, labels, temperature)
    return jnp.mean(jnp.maximum(0, alpha**2 - loss**2))  # A5


def log_likelihood(
    logits: Logits, labels: Labels, temperature: float = 1.0, label_smoothing: float = 0.0
) -> Fitness:
    """Fitness as minus the mean cross entropy, -(1/S) Σ_s L_s: the paper's equations 1 and 2.

    Arguments and errors as for ``reward``; ``label_smoothing`` as in ``cross_entropy``.

    Returns:
      () float32, at most 0.

    >>> log_likelihood(jnp.zeros((4, 2)), jnp.array([0, 0, 1, 1]))  # -log 2
    Array(-0.69315, dtype=float32)
    """
    return -jnp.mean(cross_entropy(logits, labels, temperature, label_smoothing))


def fraction_correct(logits: Logits, labels: Labels) -> jax.Array:
    """Fraction of the examples whose largest logit is the label's. (B, C), (B,) -> ().

    NaN where a logit is, which has no largest one.

    Raises:
      InputError: labels of another shape, of no class, or that are no whole numbers.

    >>> fraction_correct(jnp.array([[0.0, 1.0], [2.0, 1.0]]), jnp.array([1, 1]))
    Array(0.5, dtype=float32)
    """
    _check(logits, labels)
    answers = jnp.argmax(logits, axis=-1)
    is_right = answers == labels.astype(answers.dtype)
    is_known = is_class(labels, logits.shape[-1]) & ~jnp.any(jnp.isnan(logits), axis=-1)
    return jnp.mean(jnp.where(is_known, is_right.astype(jnp.float32), jnp.nan))


@pytree
@dataclasses.dataclass(frozen=True)
class Scheduled:
    """A fitness function some of whose arguments follow the generations; made by ``scheduled``."""

    fitness_fn: Any
    schedules: dict[str, Any]

    def __call__(self, *arguments: Any) -> Fitness:
        """Fitness in generation 0."""
        return self.in_generation(jnp.int32(0))(*arguments)

    def in_generation(self, generation: jax.Array) -> Partial:
        """The fitness function of a () int32 generation."""
        now = {name: schedule(generation) for name, schedule in self.schedules.items()}
        return Partial(in_generation(self.fitness_fn, generation), **now)


def scheduled(fitness_fn: Callable[..., Any], **schedules: Callable) -> Scheduled:
    """A fitness function some of whose keyword arguments change from generation to generation.

    What ``engines.make`` and ``engines.per_individual`` make of it follows the state's generation
    in a generation step; called by itself it is that of generation 0. A fitness of a changing
    environment is one too.

    Args:
      fitness_fn: one of this module, or your own.
      **schedules: by argument, a function of the () int32 generation, ``selection.hyperbolic`` or
        a schedule of optax say.

    Raises:
      InputError: what is no function.

    >>> from nne_jax import selection
    >>> cooling = scheduled(log_likelihood, temperature=selection.hyperbolic(20.0, 0.5))
    >>> logits, labels = jnp.array([[1.0, 0.0]]), jnp.array([0])
    >>> now = cooling.in_generation(jnp.int32(38))(logits, labels)
    >>> now == log_likelihood(logits, labels, temperature=1.0)
    Array(True, dtype=bool)
    """
    for name, function in {"fitness_fn": fitness_fn, **schedules}.items():
        if not callable(function):
            raise InputError(
                f"{name}={function!r}: give a function, of the generation for an argument; one "
                "that does not change goes into functools.partial."
            )
    made = {name: as_pytree(schedule) for name, schedule in schedules.items()}
    return Scheduled(as_pytree(fitness_fn), made)


FITNESS = {"reward": reward, "log_likelihood": log_likelihood}


def _check(logits: Logits, labels: Labels) -> None:
    """Refuses labels that broadcasting would make something plausible of."""
    check_array("logits", logits, ("B", "C"), "floats")
    check_labels("labels", labels, *logits.shape)
