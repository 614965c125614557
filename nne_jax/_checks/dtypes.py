"""What an argument is: its kind of dtype, its values where they are there, in words."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

KINDS: dict[str, tuple[Any, ...]] = {
    "floats": (jnp.floating,),
    "whole numbers": (jnp.integer,),
    "booleans": (np.bool_,),
    "real numbers": (jnp.floating, jnp.integer),
    "alleles or frequencies": (np.bool_, jnp.integer, jnp.floating),
}


def is_of(dtype: Any, kind: str) -> bool:
    return any(jnp.issubdtype(dtype, family) for family in KINDS[kind])


def as_floats(array: Any) -> jax.Array:
    """Whole numbers as float32; floats as they are."""
    return array if is_of(array.dtype, "floats") else array.astype(jnp.float32)


def is_real(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    return hasattr(value, "dtype") and is_of(value.dtype, "real numbers")


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array; () of anything else."""
    return tuple(getattr(value, "shape", ()))


def described(value: Any) -> str:
    if hasattr(value, "dtype"):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"


def values_of(array: Any) -> np.ndarray | None:
    """The values of an array; None where it is traced, or not all of it is on this host."""
    if isinstance(array, jax.core.Tracer):
        return None
    if isinstance(array, jax.Array) and not array.is_fully_addressable:
        return None
    return np.asarray(array)
