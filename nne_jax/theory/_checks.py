"""What the doors of this room refuse: tables, coefficients and problems that do not fit."""

import jax
from jax.typing import ArrayLike

from nne_jax._checks import (
    check_array,
    check_finite,
    check_freqs,
    check_real,
    shape_of,
)
from nne_jax.errors import InputError
from nne_jax.types import AlleleFreqs

LARGEST = 16  # genes whose genotypes are enumerated: 65,536


def few(num_genes: int) -> None:
    """Genes must be so few that their genotypes can be enumerated."""
    if num_genes > LARGEST:
        raise InputError(
            f"{num_genes} genes have too many genotypes; enumerate those of 1 to {LARGEST} genes."
        )


def table(name: str, values: jax.Array, p: AlleleFreqs) -> None:
    """There must be n frequencies, and a value for each of the 2^n genotypes."""
    check_freqs("p", p)
    few(p.size)
    if shape_of(values) != (2**p.size,):
        raise InputError(
            f"{name} of shape {shape_of(values)}: {p.size} genes have {2**p.size} genotypes; "
            "give a value for each, in the order of all_genotypes."
        )
    check_array(name, values, (2**p.size,), "floats")


def coefficients(s: ArrayLike, num_genes: int) -> None:
    """There must be one selection coefficient above -1, or one for each gene."""
    check_real("s", s, above=-1)
    if shape_of(s) not in ((), (num_genes,)):
        raise InputError(f"s of shape {shape_of(s)}: give one, or one a gene, ({num_genes},).")


def problem(matrix: ArrayLike, target: ArrayLike) -> None:
    """A matrix (m, n) and a target (m,) must be finite, and fit each other."""
    check_array("matrix", matrix, ("m", "n"), "real numbers")
    check_array("target", target, shape_of(matrix)[:1], "real numbers")
    check_finite("matrix", matrix)
    check_finite("target", target)
