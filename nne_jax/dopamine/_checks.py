"""What the doors of this room refuse: sizes that do not fit each other, what is no rule."""

from typing import Any

import jax

from nne_jax._checks import check_array, check_pytree, described, shape_of
from nne_jax.dopamine.synapses import Dual, Primal, Synapses
from nne_jax.errors import InputError


def synapses(given: Synapses) -> None:
    """The arrays of a form must fit each other."""
    if not isinstance(given, Primal | Dual):
        raise InputError(f"synapses: it is {type(given).__name__}; give a Primal or a Dual.")
    for name, array in vars(given).items():
        if name != "links":
            check_array(name, array, ("S", "H"), "floats")
    if isinstance(given, Dual):
        if given.shape[0] > given.shape[1]:
            raise InputError(
                f"kernel of shape {given.shape}: it needs a column for each of its "
                f"{given.shape[0]} examples."
            )
    elif given.presynaptic.shape != given.shape or given.presynaptic.dtype != given.dtype:
        raise InputError(
            f"presynaptic: {described(given.presynaptic)}; give the shape and dtype of hidden, "
            f"{given.shape} and {given.dtype}."
        )
    elif given.links is not None:
        check_array("links", given.links, ("C", given.shape[1]), "booleans")


def params(name: str, array: jax.Array, given: Synapses) -> None:
    """Parameters must be a row a class, two or more, of as many numbers as an output has."""
    shape, size = shape_of(array), given.shape[1]
    fits = len(shape) == 2 and shape[0] >= 2 and shape[1] == size
    if not fits or getattr(array, "dtype", None) != given.dtype:
        raise InputError(
            f"{name}: {described(array)}; for these synapses give (C, {size}) {given.dtype}, C at "
            "least 2."
        )
    links = getattr(given, "links", None)
    if links is not None and links.shape != shape:
        raise InputError(f"links of shape {links.shape}: give that of {name}, {shape}.")


def rule(given: Any) -> None:
    """A rule must be a pytree of numbers, so that it can be an argument of a jitted function."""
    if not all(hasattr(given, part) for part in ("init", "update")):
        raise InputError(
            f"rule: {type(given).__name__} has no init and update; give one, rules.make say."
        )
    check_pytree("rule", given, "register its class with nne_jax.types.pytree")


def inputs(**given: Any) -> None:
    """Inputs must be rows of the same length, at least one of each kind."""
    for name, array in given.items():
        check_array(name, array, ("B", "D"), "real numbers")
    if len({array.shape[1] for array in given.values()}) > 1:
        sizes = " and ".join(f"{name}: {array.shape[1]}" for name, array in given.items())
        raise InputError(f"inputs of unequal length ({sizes}); give examples of one kind.")
