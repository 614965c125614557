"""What the doors of this room refuse: sizes that do not fit, labels of no class."""

import numbers
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.dopamine.synapses import Dual, Synapses
from nne_jax.errors import InputError


def labels(values: Any, num_examples: int, num_classes: int) -> None:
    """Labels must be one class for each example; inside a transformation only the shape is seen."""
    shape = jnp.shape(values)
    if num_examples < 1:
        raise InputError("labels: there is no example to learn from; give at least 1.")
    if shape != (num_examples,):
        raise InputError(
            f"labels of shape {shape}: give one for each of the {num_examples} examples, shape "
            f"({num_examples},)."
        )
    indices("labels", values, num_classes, "classes")


def indices(name: str, values: Any, size: int, things: str) -> None:
    """Indices must be whole numbers in [0, size); inside a transformation only the type is seen."""
    if not jnp.issubdtype(dtype := jnp.result_type(values), jnp.integer):
        raise InputError(f"{name} of {dtype}: give whole numbers from 0 to {size - 1}.")
    if isinstance(values, jax.core.Tracer):
        return
    values = np.asarray(values)
    if (wrong := values[(values < 0) | (values >= size)]).size:
        raise InputError(
            f"{name}: {wrong[0]} is none of {size} {things}; count them from 0 to {size - 1}."
        )


def synapses(given: Synapses) -> None:
    """The arrays of a form must fit each other."""
    arrays = vars(given)
    for name, array in arrays.items():
        if not jnp.issubdtype(array.dtype, jnp.floating):
            raise InputError(f"{name} of {array.dtype}: give floating point numbers.")
        if array.ndim != 2:
            raise InputError(f"{name} of shape {array.shape}: give a row for each example.")
    if isinstance(given, Dual):
        if given.shape[0] > given.shape[1]:
            raise InputError(
                f"kernel of shape {given.shape}: it needs a column for each of its "
                f"{given.shape[0]} examples."
            )
    elif given.presynaptic.shape != given.shape or given.presynaptic.dtype != given.dtype:
        raise InputError(
            f"presynaptic of shape {given.presynaptic.shape} and {given.presynaptic.dtype}: give "
            f"the shape and dtype of hidden, {given.shape} and {given.dtype}."
        )


def params(name: str, array: jax.Array, given: Synapses) -> None:
    """Parameters must be a row a class, two or more, of as many numbers as an output has."""
    shape, size = jnp.shape(array), given.shape[1]
    if len(shape) != 2 or shape[0] < 2 or shape[1] != size or array.dtype != given.dtype:
        raise InputError(
            f"{name} of shape {shape} and {array.dtype}: for these synapses give (C, {size}) "
            f"{given.dtype}, C at least 2."
        )


def rule(given: Any) -> None:
    """A rule must be a pytree of numbers, so that it can be an argument of a jitted function."""
    kinds = jax.Array, np.ndarray, numbers.Number
    if not all(isinstance(leaf, kinds) for leaf in jax.tree.leaves(given)):
        raise InputError(
            f"rule={type(given).__name__}: its numbers must be the leaves of a pytree; register "
            "its class with jax.tree_util.register_dataclass."
        )


def inputs(**given: Any) -> None:
    """Inputs must be rows of the same length, at least one of each kind."""
    shapes = {name: jnp.shape(array) for name, array in given.items()}
    for name, shape in shapes.items():
        if len(shape) != 2 or 0 in shape:
            raise InputError(f"{name} of shape {shape}: give at least one example, a row for each.")
    if len({shape[1] for shape in shapes.values()}) > 1:
        sizes = " and ".join(f"{name}: {shape[1]}" for name, shape in shapes.items())
        raise InputError(f"inputs of unequal length ({sizes}); give examples of one kind.")


def count(name: str, value: Any, at_least: int = 1) -> None:
    """A size must be a whole number that is not too small."""
    if not isinstance(value, numbers.Integral) or value < at_least:
        raise InputError(f"{name}={value}: give a whole number, at least {at_least}.")
