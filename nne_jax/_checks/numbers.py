"""Keys, counts and numbers that a user hands in, and numbers that only the program knows."""

import functools
import math
import numbers
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks.dtypes import as_floats, described, is_of, is_real, shape_of, values_of
from nne_jax.errors import InputError, bounds_in_words, check_number

MOST = 2**31 - 1  # of anything that is counted: JAX's indices are int32
_ROUNDING = 1e-5
_LARGEST = float(np.finfo(np.float32).max)


def check_key(name: str, key: Any) -> None:
    """Raises an InputError unless it is one typed key.

    >>> check_key("key", 0)
    Traceback (most recent call last):
    nne_jax.errors.InputError: key: it is int; give a typed key, jax.random.key(0) say.
    """
    dtype = getattr(key, "dtype", None)
    if dtype is None or not jnp.issubdtype(dtype, jax.dtypes.prng_key):
        what = type(key).__name__ if dtype is None else f"{dtype} of shape {shape_of(key)}"
        raise InputError(f"{name}: it is {what}; give a typed key, jax.random.key(0) say.")
    if key.shape != ():
        raise InputError(
            f"{name}: it is keys of shape {key.shape}; give one, or vmap over all of them."
        )


def check_count(name: str, value: Any, low: int = 1, high: int = MOST) -> int:
    """The count as Python's int; an InputError unless it is a whole number within bounds.

    What numpy counts with may overflow where it is multiplied.

    >>> check_count("num_genes", 10.0)
    Traceback (most recent call last):
    nne_jax.errors.InputError: num_genes=10.0: give a whole number, at least 1.
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        bounds = f"at least {low}" if not whole or value < low else f"at most {high}"
        words = f", {bounds}" if high == MOST else f" from {low} to {high}"
        raise InputError(f"{name}={value}: give a whole number{words}.")
    return int(value)


def check_real(
    name: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: float | None = None,
    below: float | None = None,
) -> None:
    """Raises an InputError unless it is a real number, or an array of such, within the bounds.

    The bounds are those of ``errors.check_number``; what is traced has no value yet.

    >>> check_real("epsilon", jnp.array(-1.0), above=0)
    Traceback (most recent call last):
    nne_jax.errors.InputError: epsilon=-1.0: give a number more than 0.
    """
    bounds: dict[str, Any] = {"low": low, "high": high, "above": above, "below": below}
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        check_field(name, value, **bounds)
        return
    dtype = getattr(value, "dtype", None)
    if dtype is None or not is_of(dtype, "real numbers") or value.size == 0:
        raise InputError(f"{name}={value!r}: give a number {bounds_in_words(**bounds)}.")
    if (known := values_of(value)) is not None:
        for extreme in (known.min(), known.max()):  # a NaN is both
            check_number(name, float(extreme), **bounds)


def check_field(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, **bounds: Any
) -> None:
    """As ``check_number`` for the field of a pytree, which is anything where JAX maps over it."""
    if isinstance(value, bool | str):
        raise InputError(f"{name}={value!r}: give a number {bounds_in_words(low, high, **bounds)}.")
    check_number(name, value, low, high, **bounds)
    number: Any = value  # of mypy's numbers.Real none is compared
    if isinstance(value, numbers.Real) and abs(number) > _LARGEST:
        raise InputError(f"{name}={value}: float32 has no number so large; give a smaller one.")


def check_one(name: str, value: Any) -> None:
    """Raises an InputError unless a number, or an array of one, has no axes."""
    if not is_real(value) or shape_of(value) != ():
        raise InputError(
            f"{name}: {described(value)}; it must be one real number, vmap over several."
        )


def check_scalar(name: str, value: Any, *bounds: float, **more: float) -> None:
    """Raises an InputError unless it is one real number within the bounds of ``check_real``.

    >>> check_scalar("scale", np.ones(2), above=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nne_jax.errors.InputError: scale: float64 of shape (2,); it must be one real number, ...
    """
    check_real(name, value, *bounds, **more)
    check_one(name, value)


def check_sequence(name: str, values: Any, what: str) -> None:
    """Raises an InputError unless it is a sequence, or an array of one axis."""
    is_sequence = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_sequence and getattr(values, "ndim", None) != 1:
        raise InputError(f"{name}={values}: give a sequence of {what}.")


@functools.partial(jax.jit, static_argnames=("low", "high"), inline=True)
def within(value: Any, low: float, high: float) -> jax.Array:
    """Values in [low, high]; one that is beyond, by more than rounding, is NaN.

    So a schedule or a rule that leaves its bounds under jit stops a run by frequencies that are not
    finite, where it would select for the worse.

    >>> within(jnp.array([-1.0, 0.5, 1.0000001]), 0, 1)
    Array([nan, 0.5, 1. ], dtype=float32)
    """
    value = as_floats(jnp.asarray(value))
    inside = jnp.clip(value, low, high)
    return jnp.where(jnp.abs(value - inside) <= _ROUNDING, inside, jnp.nan)
