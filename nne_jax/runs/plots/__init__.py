"""Figures of a run, by matplotlib: needs the extra ``plots``.

What draws a run takes its rows, which ``runs.run`` returns and ``metrics.jsonl`` holds, or the
history that ``evolution.evolve`` returns, and gives a matplotlib ``Figure``.
"""

from nne_jax.runs._matplotlib import load_figures

load_figures("nne_jax.runs.plots:")  # or it says how to get it

from nne_jax.runs.plots.frequencies import (  # noqa: E402
    allele_freq_histogram,
    distance_curves,
    distance_to_fixation,
    fraction_farther,
)
from nne_jax.runs.plots.learning import accuracy_by_num_genes, learning_curve  # noqa: E402

__all__ = [
    "accuracy_by_num_genes",
    "allele_freq_histogram",
    "distance_curves",
    "distance_to_fixation",
    "fraction_farther",
    "learning_curve",
]
