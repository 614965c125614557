"""A run in which nothing can be selected any more, or nothing is left to select, is no run."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from nne_jax.runs.rows import Row


class Problem(NamedTuple):
    """Why a block of generations must not be gone on from."""

    number_of_rows: int  # up to the first generation that is broken
    reason: str
    remedy: str


def first_problem(rows: list[Row], state: Any) -> Problem | None:
    """The first problem in a block of generations, or None where all is well.

    Looked at are, as far as they are there, the metric ``fitness_max``, which is finite if the
    fitness of anybody is, ``heterozygosity``, and the ``allele_freqs`` of the state.

    Args:
      rows: of all its generations; a metric that is not finite is None.
      state: that the last one leaves.

    >>> first_problem([{"generation": 1, "fitness_max": None}], None).reason
    'generation 1: nobody has a finite fitness'
    """
    for number, row in enumerate(rows, start=1):
        at = f"generation {row['generation']}"
        if row.get("fitness_max", 0.0) is None:
            remedy = "give inputs of ordinary size, a larger temperature, or another fitness"
            return Problem(number, f"{at}: nobody has a finite fitness", remedy)
        if row.get("heterozygosity", 0.0) is None:
            return _not_finite(number, at)
    allele_freqs = getattr(state, "allele_freqs", None)
    if allele_freqs is None or bool(jnp.all(jnp.isfinite(allele_freqs))):
        return None
    return _not_finite(len(rows), f"generation {rows[-1]['generation']}")


def _not_finite(number: int, at: str) -> Problem:
    return Problem(number, f"{at}: the allele frequencies are not finite", "select more weakly")
