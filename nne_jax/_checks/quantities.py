"""The field's own quantities: frequencies, labels, batches, fitness."""

from typing import Any

import jax

from nne_jax._checks.arrays import check_array, check_values
from nne_jax._checks.dtypes import described, is_real, shape_of, values_of
from nne_jax.errors import InputError


def check_freqs(name: str, array: Any, num_genes: int | str = "n") -> None:
    """Raises an InputError unless an array is (n,) frequencies."""
    check_array(name, array, (num_genes,), "floats")
    check_values(name, array, 0, 1, "frequencies")


def check_labels(name: str, labels: Any, num_examples: int, num_classes: int) -> None:
    """Raises an InputError unless an array is a class for each example; of values if there.

    >>> check_labels("labels", jax.numpy.array([1, 2]), num_examples=2, num_classes=2)
    Traceback (most recent call last):
    nne_jax.errors.InputError: labels: 2 is among them, and there are 2 classes; count them from ...
    """
    check_array(name, labels, (num_examples,), "whole numbers")
    known = values_of(labels)
    if known is None:
        return
    if (wrong := known[(known < 0) | (known >= num_classes)]).size:
        raise InputError(
            f"{name}: {wrong[0]} is among them, and there are {num_classes} classes; count them "
            f"from 0 to {num_classes - 1}."
        )


def is_class(labels: Any, num_classes: int) -> jax.Array:
    """Which labels are classes, also of those that are traced: (B,) bool."""
    return (labels >= 0) & (labels < num_classes)


def check_batch(name: str, batch: Any, num_inputs: int, num_classes: int) -> None:
    """Raises an InputError unless a batch has inputs (B, D), at least one, and a class of each."""
    check_inputs(name, batch, num_inputs)
    check_labels(f"{name}.labels", batch.labels, batch.inputs.shape[0], num_classes)


def check_inputs(name: str, batch: Any, num_inputs: int) -> None:
    """Raises an InputError unless it is a batch of inputs (B, D), at least one, with labels."""
    if not hasattr(batch, "inputs") or not hasattr(batch, "labels"):
        raise InputError(
            f"{name}: it is {type(batch).__name__}; give a data.Batch of inputs and labels."
        )
    check_array(f"{name}.inputs", batch.inputs, ("B", num_inputs), "real numbers")


def check_fitness(name: str, fitness: Any, size: int) -> None:
    """Raises an InputError unless fitness is a real number for each individual, (N,).

    >>> check_fitness("fitness", jax.numpy.ones((4, 1)), 4)
    Traceback (most recent call last):
    nne_jax.errors.InputError: fitness: float32 of shape (4, 1); it must be a real number for ...
    """
    if not is_real(fitness) or shape_of(fitness) != (size,):
        raise InputError(
            f"{name}: {described(fitness)}; it must be a real number for each of {size} "
            f"individuals, ({size},)."
        )


def check_one_fitness(fitness: Any) -> None:
    """Raises an InputError unless what a fitness function returned is a real number."""
    if not is_real(fitness) or shape_of(fitness) != ():
        raise InputError(
            "fitness_fn: the fitness of one individual must be a scalar, and it is "
            f"{described(fitness)}; take the mean over examples, say."
        )
