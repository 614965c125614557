"""Figures of a run, by matplotlib: needs the extra ``plots``.

What draws a run takes its rows, which ``runs.run`` returns and ``metrics.jsonl`` holds, or the
history that ``evolution.evolve`` returns, and gives a matplotlib ``Figure``.
"""

import os

from nne_jax.errors import InputError, load_extra

try:
    load_extra("matplotlib.figure", "nne_jax.runs.plots:", "plots")  # or it says how to get it
except InputError:
    raise
except ValueError as error:  # what matplotlib says of a backend that it does not know
    raise InputError(
        f"MPLBACKEND={os.environ.get('MPLBACKEND')}: matplotlib has no such backend; unset it."
    ) from error

from nne_jax.runs.plots.frequencies import (
    allele_freq_histogram,
    distance_curves,
    distance_to_fixation,
    fraction_farther,
)
from nne_jax.runs.plots.learning import accuracy_by_num_genes, learning_curve

__all__ = [
    "accuracy_by_num_genes",
    "allele_freq_histogram",
    "distance_curves",
    "distance_to_fixation",
    "fraction_farther",
    "learning_curve",
]
