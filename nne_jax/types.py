"""The vocabulary: one name for one quantity, used in every signature of the package.

Sizes: N individuals, n genes, m links, B examples, D inputs, C classes.
"""

import dataclasses
import decimal
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from jax.tree_util import Partial

Key = jax.Array  # () typed key of jax.random.key

AlleleFreqs = jax.Array  # (n,) float32 in [0, 1]: frequency p(i) of allele 1 of gene i
Genotypes = jax.Array  # (N, n) bool: allele of each gene of each (haploid) individual
Weights = jax.Array  # (N, m) or, for one individual, (m,) float32: weight of each link
Images = jax.Array  # (B, D) float32 in [0, 1]
Labels = jax.Array  # (B,) int32 in [0, C)
Logits = jax.Array  # (N, B, C) or, for one individual, (B, C) float32
Fitness = jax.Array  # (N,) or, for one individual, () float32
MarginalFitness = tuple[jax.Array, jax.Array]  # (n,), (n,): of allele 1 and of allele 0
FitnessFn = Callable[[Logits, Labels], Fitness]  # of one individual

# Marks a field of a dataclass as part of the shape of the computation, not as an array.
static = partial(dataclasses.field, metadata={"static": True})


class InputError(ValueError):
    """Bad input: the message is one sentence that names the argument, the value and the remedy."""


def round_down(value: float, digits: int = 4) -> str:
    """The largest number of so many digits that is not above a value: advice that can be taken.

    >>> round_down(0.00278), round_down(0.0345038567), round_down(0.3)
    ('0.00278', '0.0345', '0.3')
    """
    context = decimal.Context(prec=digits, rounding=decimal.ROUND_FLOOR)
    return f"{float(context.create_decimal(repr(float(value)))):.{digits}g}"


def as_pytree(argument: Any) -> Any:
    """Makes a plain function a valid argument of a jitted one; leaves anything else as it is."""
    is_function = callable(argument) and jax.tree_util.all_leaves([argument])
    return Partial(argument) if is_function else argument
