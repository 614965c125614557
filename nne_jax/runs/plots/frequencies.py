"""Allele frequencies over a run: from spread out to fixed at 0 and 1."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from nne_jax.runs.plots.records import as_rows


def allele_freq_histogram(run: Any) -> Figure:
    """Histogram of the allele frequencies over time.

    Args:
      run: rows with ``allele_freq_counts`` in some of them, counts in equal bins of [0, 1]; or a
        history with (T, bins) of these.

    Raises:
      InputError: no row has them.

    >>> rows = [dict(generation=g, allele_freq_counts=[5, 5]) for g in (0, 10)]
    >>> allele_freq_histogram(rows).axes[0].get_ylabel()
    'allele frequency'
    """
    counted = as_rows(run, "allele_freq_counts")
    generations = np.array([row["generation"] for row in counted])
    counts = np.array([_merge(row["allele_freq_counts"], 25) for row in counted])
    percent = 100 * counts / counts.sum(axis=1, keepdims=True)
    centres = (np.arange(counts.shape[1]) + 0.5) / counts.shape[1]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    mesh = axes.pcolormesh(generations, centres, percent.T, norm="symlog", shading="nearest")
    axes.set(xlabel="generation", ylabel="allele frequency")
    figure.colorbar(mesh, label="% of the genes in a bin")
    return figure


def _merge(counts: Sequence[int], num_bins: int) -> np.ndarray:
    """Counts in fewer, wider bins, where their number allows it: a bin should be seen."""
    array = np.asarray(counts)
    return array.reshape(num_bins, -1).sum(axis=1) if len(array) % num_bins == 0 else array


def fraction_farther(counts: Sequence[int]) -> np.ndarray:
    """Fraction of the genes whose frequency is farther than x from {0, 1}, from a histogram.

    y(x) = 1 - |{i : min(p(i), 1-p(i)) ≤ x}| / n at the edges x of the bins in [0, 1/2].

    Args:
      counts: of an even number 2k of equal bins of [0, 1].

    Returns:
      (k + 1,).

    >>> fraction_farther([1, 1, 1, 1]).tolist()
    [1.0, 0.5, 0.0]
    """
    array = np.asarray(counts)
    half = len(array) // 2
    near = np.cumsum(array[:half] + array[::-1][:half])
    return 1 - np.append(0, near) / array.sum()


def distance_to_fixation(run: Any, num_curves: int = 4) -> Figure:
    """The paper's figure 2 for one run: a curve for each of some generations, evenly spread.

    Args:
      run: rows with ``allele_freq_counts`` in some of them, see ``fraction_farther``; or a history
        with (T, bins) of these.
      num_curves: how many of those generations to show.

    Raises:
      InputError: no row has them.

    >>> rows = [dict(generation=0, allele_freq_counts=[1, 1, 1, 1])]
    >>> distance_to_fixation(rows).axes[0].lines[0].get_ydata().tolist()
    [1.0, 0.5, 0.0]
    """
    counted = as_rows(run, "allele_freq_counts")
    shown = np.unique(np.linspace(0, len(counted) - 1, num_curves).round().astype(int))
    return distance_curves(
        {
            counted[i]["generation"]: [fraction_farther(counted[i]["allele_freq_counts"])]
            for i in shown
        }
    )


def distance_curves(curves: Mapping[int, Sequence[np.ndarray]]) -> Figure:
    """The paper's figure 2: for each generation the mean of ``fraction_farther`` over seeds.

    Args:
      curves: by generation, an array for each seed; a band spans the seeds.
    """
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for generation, seeds in curves.items():
        distance = np.linspace(0, 0.5, len(seeds[0]))
        (line,) = axes.plot(distance, np.mean(seeds, axis=0), label=f"t = {generation}")
        axes.fill_between(
            distance,
            np.min(seeds, axis=0),
            np.max(seeds, axis=0),
            alpha=0.2,
            color=line.get_color(),
        )
    axes.set(
        xlabel="distance x to {0, 1}",
        ylabel="fraction of genes farther than x",
        xlim=(0, 0.5),
        ylim=(0, 1.02),
    )
    axes.legend()
    axes.grid(alpha=0.3)
    return figure
