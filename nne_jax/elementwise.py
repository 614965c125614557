"""Functions of single numbers, by name: what units fire, and how genes are expressed as weights."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_array, check_count, shape_of
from nne_jax.errors import InputError


def relu(x: jax.Array) -> jax.Array:
    """max{0, x}."""
    return jax.nn.relu(x)


def tanh(x: jax.Array) -> jax.Array:
    """(exp(2 x) - 1) / (exp(2 x) + 1)."""
    return jnp.tanh(x)


def sigmoid(x: jax.Array) -> jax.Array:
    """1 / (1 + exp(-x))."""
    return jax.nn.sigmoid(x)


def silu(x: jax.Array) -> jax.Array:
    """x / (1 + exp(-x))."""
    return jax.nn.silu(x)


# What a hidden unit fires, of what it receives; the paper's is relu. JAX's own can not be pickled.
ACTIVATIONS: dict[str, Callable] = {
    "relu": relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "gelu": jax.nn.gelu,
    "silu": silu,
}


def centred_sigmoid(x: jax.Array) -> jax.Array:
    """4 / (1 + exp(-x)) - 2: from -2 to 2, through 0 with a slope of 1.

    >>> centred_sigmoid(jnp.array([-jnp.inf, 0.0, jnp.inf])).tolist()
    [-2.0, 0.0, 2.0]
    """
    return 4 * jax.nn.sigmoid(x) - 2


# The weight that genes express, of w0 + W x; none of them falls. The paper's is linear.
EXPRESSIONS: dict[str, Callable | None] = {
    "linear": None,
    "tanh": tanh,
    "sigmoid": centred_sigmoid,
    "relu": relu,
}


def named(name: str, given: Any, known: Mapping[str, Callable | None]) -> Callable | None:
    """The function of a name, or one of the caller's own, which maps each number by itself.

    Args:
      name: of the argument.
      given: a name, or a function of an array.
      known: functions by name.

    Raises:
      InputError: an unknown name, no function, or one that is not of each number by itself.

    >>> named("activation", "tanh", ACTIVATIONS)(0.0)
    Array(0., dtype=float32, weak_type=True)
    >>> named("activation", jax.nn.softmax, ACTIVATIONS)
    Traceback (most recent call last):
    nne_jax.errors.InputError: activation: what softmax makes of a number depends on others; ...
    """
    if isinstance(given, str) and given in known:
        return known[given]
    if not callable(given):
        raise InputError(
            f"{name}={given}: give one of {', '.join(known)}, or a function of an array."
        )
    called = getattr(given, "__name__", type(given).__name__)
    numbers = jnp.array([-1.5, 0.0, 0.25, 2.0])
    try:
        together = given(numbers)
        alone = [given(number) for number in numbers[:, None]]
    except Exception as error:
        raise InputError(
            f"{name}: {called} cannot be called with one array; give a function of one."
        ) from error
    if shape_of(together) != numbers.shape or not jnp.issubdtype(together.dtype, jnp.floating):
        raise InputError(
            f"{name}: {called} does not map floats to as many floats; give a function that does."
        )
    if not np.allclose(together, np.concatenate(alone), rtol=1e-5, atol=1e-6, equal_nan=True):
        raise InputError(
            f"{name}: what {called} makes of a number depends on others; give a function of each "
            "number by itself."
        )
    return given


def k_cap(hidden: jax.Array, k: int) -> jax.Array:
    """Silences all but the k most active units of each example: inhibition as a cap.

    Exactly k units keep their activation; of equally active ones those with the lower index do. A
    unit that is kept but has an activation of 0 does not fire.

    Args:
      hidden: (..., H) activations.
      k: number of units, between 1 and H.

    Returns:
      (..., H) of the same dtype.

    Raises:
      InputError: k outside [1, H].

    Source: Papadimitriou and Vempala, Random projection in the brain and computation with
    assemblies of neurons, 2019; the paper, section 4.

    >>> k_cap(jnp.array([3.0, 1.0, 2.0, 2.0]), 2).tolist()
    [3.0, 0.0, 2.0, 0.0]
    """
    num_units = shape_of(hidden)[-1:] or (1,)
    check_array("hidden", hidden, (*shape_of(hidden)[:-1], *num_units), "real numbers")
    check_k_cap(k, *num_units)
    values, units = jax.lax.top_k(hidden, k)  # ties: the lower index first
    return jnp.put_along_axis(jnp.zeros_like(hidden), units, values, axis=-1, inplace=False)


def check_k_cap(k: int, num_hidden: int) -> None:
    """Raises an InputError unless k of so many units can fire."""
    check_count("k_cap", k)
    if k > num_hidden:
        raise InputError(
            f"k_cap={k}: of {num_hidden} hidden units at least 1 and at most {num_hidden} can fire."
        )
