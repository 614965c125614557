"""Shapes, kinds of dtype and values of arrays and pytrees.

Shapes and dtypes are known under jit and vmap too, so that looking at them costs nothing. Values
are looked at where they are there; what is traced is caught where it is used, by ``within``, or
counted in the metrics.
"""

from typing import Any

import jax
import numpy as np

from nne_jax._checks.dtypes import described, is_of, values_of
from nne_jax._pytrees import is_traced
from nne_jax.errors import InputError


def check_array(name: str, array: Any, shape: tuple[int | str, ...], kind: str) -> None:
    """Raises an InputError unless an array has a shape and a kind of dtype.

    Args:
      name: of the argument.
      array: of numpy or JAX, traced or not.
      shape: of each axis the size, or a letter for any that is not 0.
      kind: one of ``KINDS``.

    >>> check_array("allele_freqs", np.zeros((2, 3)), ("n",), "floats")
    Traceback (most recent call last):
    nne_jax.errors.InputError: allele_freqs: float64 of shape (2, 3); give floats of shape (n,).
    """
    given, dtype = getattr(array, "shape", None), getattr(array, "dtype", None)
    wanted = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    if given is None or dtype is None:
        raise InputError(
            f"{name}: it is {type(array).__name__}; give an array of {kind} of shape {wanted}."
        )
    fits = len(given) == len(shape) and all(
        size > 0 if isinstance(one, str) else size == one
        for size, one in zip(given, shape, strict=True)
    )
    if not fits or not is_of(dtype, kind):
        empty = ", none of them 0" if 0 in given and 0 not in shape else ""
        raise InputError(
            f"{name}: {dtype} of shape {tuple(given)}; give {kind} of shape {wanted}{empty}."
        )


def check_values(name: str, array: Any, low: float, high: float, what: str) -> None:
    """Raises an InputError where values that are there are out of [low, high], or NaN.

    >>> check_values("allele_freqs", np.array([0.5, np.nan]), 0, 1, "frequencies")
    Traceback (most recent call last):
    nne_jax.errors.InputError: allele_freqs: nan is among them; give frequencies from 0 to 1.
    """
    if array.dtype == bool or (known := values_of(array)) is None:
        return
    outside = known[~((known >= low) & (known <= high))]
    if outside.size:
        raise InputError(
            f"{name}: {outside[0]:g} is among them; give {what} from {low:g} to {high:g}."
        )


def check_alleles(genotypes: Any) -> None:
    """Raises an InputError unless genotypes are (N, n) of 0 and 1, as carriers have.

    >>> check_alleles(np.array([[0.5, 1.0]]))
    Traceback (most recent call last):
    nne_jax.errors.InputError: genotypes: 0.5 is among them; give alleles, 0 and 1.
    """
    check_array("genotypes", genotypes, ("N", "n"), "alleles or frequencies")
    check_values("genotypes", genotypes, 0, 1, "alleles")
    if not is_of(genotypes.dtype, "floats") or (known := values_of(genotypes)) is None:
        return
    between = known[(known != 0) & (known != 1)]
    if between.size:
        raise InputError(f"genotypes: {between[0]:g} is among them; give alleles, 0 and 1.")


def check_finite(name: str, array: Any) -> None:
    """Raises an InputError where values that are there are infinite or NaN."""
    known = values_of(array)
    if known is not None and not np.isfinite(known).all():
        wrong = known[~np.isfinite(known)][0]
        raise InputError(f"{name}: {wrong:g} is among them; give finite numbers.")


def check_pytree(name: str, tree: Any, remedy: str) -> None:
    """Raises an InputError unless all leaves are arrays and numbers: an argument of jit."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        is_array = isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float)
        if not is_array or getattr(leaf, "dtype", None) == np.dtype(object):
            raise InputError(
                f"{name}{jax.tree_util.keystr(path)}: it is {type(leaf).__name__}; {remedy}."
            )


def difference(given: Any, expected: Any) -> str | None:
    """In words, how a pytree of arrays differs from another one in form; None: it does not.

    >>> difference({"w": np.zeros(2)}, {"w": jax.ShapeDtypeStruct((3,), np.float32)})
    "['w'] is float32 of shape (2,), not float32 of shape (3,)"
    """
    leaves = jax.tree_util.tree_leaves_with_path(given)
    others = jax.tree.leaves(expected)
    form, other_form = (str(jax.tree.structure(tree)) for tree in (given, expected))
    if form != other_form:
        return f"it is {form}, not {other_form}"
    for (path, leaf), other in zip(leaves, others, strict=True):
        leaf, other = _type_of(leaf), _type_of(other)
        if (leaf.shape, leaf.dtype) != (other.shape, other.dtype):
            name = jax.tree_util.keystr(path) or "it"
            return f"{name} is {described(leaf)}, not {described(other)}"
    return None


def _type_of(leaf: Any) -> Any:
    """What has the shape and the dtype that a leaf has under jit."""
    return leaf if isinstance(leaf, jax.ShapeDtypeStruct) else jax.typeof(leaf)


def check_on_host(what: str, *trees: Any) -> None:
    """Raises an InputError under jit and vmap, where what makes shapes cannot be drawn."""
    if is_traced(*trees):
        raise InputError(
            f"{what}: it is drawn on the host, since its sizes are part of the shapes, and under "
            "jit or vmap its arguments have no values; draw it outside."
        )
