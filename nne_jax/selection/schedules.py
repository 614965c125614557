"""Numbers that may change from generation to generation, and the count of generations."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax._checks import check_field, check_one, check_real, within
from nne_jax._pytrees import as_pytree, pytree

# A number, or a function of the () int32 generation: optax's schedules are such.
Schedule = float | jax.Array | Callable[[jax.Array], jax.Array]


class Count(NamedTuple):
    """State of the rules that follow a schedule."""

    generation: jax.Array  # () int32: updates made so far


def start_count() -> Count:
    """The count before the first generation."""
    return Count(jnp.int32(0))


def schedule(
    name: str, value: Schedule, low: float = 0.0, high: float = jnp.inf, **bounds: float
) -> Any:
    """A schedule as a pytree; a number is checked against the bounds of ``check_number``."""
    if callable(value):
        jax.eval_shape(lambda generation: check_one(name, value(generation)), jnp.int32(0))
    else:
        check_real(name, value, low, high, **bounds)
    return as_pytree(value)


def at(name: str, value: Any, generation: jax.Array, high: float = jnp.inf) -> jax.Array:
    """What a schedule says of a generation, in [0, high]; NaN where it is out of that."""
    value = value(generation) if callable(value) else value
    check_one(name, value)
    return within(value, 0, high)


@pytree
@dataclasses.dataclass(frozen=True)
class hyperbolic:  # noqa: N801 (a schedule, named as optax names its own)
    """The schedule start / (1 + decay t) of generation t; both numbers may be traced.

    Args:
      start: its value in generation 0.
      decay: not negative; 0 keeps the value.

    Source: Robbins and Monro, A stochastic approximation method, 1951.

    >>> float(hyperbolic(2.0, 0.1)(jnp.int32(10)))
    1.0
    """

    start: float | jax.Array
    decay: float | jax.Array = 0.0

    def __post_init__(self):
        check_field("start", self.start)
        check_field("decay", self.decay, 0)

    def __call__(self, generation: jax.Array) -> jax.Array:
        """The value in a generation."""
        return self.start / (1 + self.decay * jnp.asarray(generation, jnp.float32))
