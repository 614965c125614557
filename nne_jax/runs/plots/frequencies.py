"""Allele frequencies over a run: from spread out to fixed at 0 and 1."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from nne_jax._checks import check_count
from nne_jax.errors import InputError
from nne_jax.runs.plots.records import Rows, Spans, as_rows, numbers

_COUNTS = "allele_freq_counts"
_DASHES = ("-", "--", "-.", ":")  # lines that differ in grey, too
MOST_CURVES = 8  # of a figure: more could not be told apart


def allele_freq_histogram(run: Any) -> Figure:
    """Histogram of the allele frequencies over time; of a long run, the means of equal spans of it.

    Args:
      run: rows with ``allele_freq_counts`` in some of them, counts in equal bins of [0, 1]; or a
        history with (T, bins) of these.

    Raises:
      InputError: no row has them, or they are no such counts.

    >>> rows = [dict(generation=g, allele_freq_counts=[5, 5]) for g in (0, 10)]
    >>> allele_freq_histogram(rows).axes[0].get_ylabel()
    'allele frequency'
    """
    rows = as_rows(run, _COUNTS)
    spans = Spans(numbers(rows, "generation"))
    counts = _merge(_counts(rows), 25)
    percent = spans.mean(100 * counts / counts.sum(axis=1, keepdims=True))
    bins = np.linspace(0, 1, counts.shape[1] + 1)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    edges, held = _cells(spans.generation, percent)
    mesh = axes.pcolormesh(edges, bins, held.T, norm="symlog")
    axes.set(xlabel="generation", ylabel="allele frequency")
    figure.colorbar(mesh, label="% of the genes in a bin")
    return figure


def _cells(generation: np.ndarray, percent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges of cells by generation, and what they hold, NaN in gaps of the run.

    A cell ends half-way to the next one, but no farther away than the one on its other side is.
    """
    steps = np.diff(generation)
    usual = np.median(steps) if len(steps) else 1.0
    before, after = np.append(usual, steps), np.append(steps, usual)
    left = generation - np.minimum(before / 2, after)
    right = generation + np.minimum(after / 2, before)
    edges = np.stack([left, right], axis=1).ravel()
    held = np.full((len(edges) - 1, percent.shape[1]), np.nan)
    held[::2] = percent
    wide = np.diff(edges) > 1e-6 * usual  # there is no gap, but for rounding
    return np.append(edges[0], edges[1:][wide]), held[wide]


def _counts(rows: Rows) -> np.ndarray:
    """The checked counts of rows, (R, bins)."""
    counts = numbers(rows, _COUNTS)
    if counts.ndim != 2 or not (counts >= 0).all() or not counts.any(axis=1).all():
        raise InputError(f"run: {_COUNTS} are not counts of some genes, as many bins in every row.")
    return counts


def _merge(counts: np.ndarray, num_bins: int) -> np.ndarray:
    """Counts (R, bins) in fewer, wider bins, where their number allows it: a bin should be seen."""
    rows, bins = counts.shape
    return counts.reshape(rows, num_bins, -1).sum(axis=2) if bins % num_bins == 0 else counts


def fraction_farther(counts: Sequence[int]) -> np.ndarray:
    """Fraction of the genes whose frequency is farther than x from {0, 1}, from a histogram.

    y(x) = 1 - |{i : min(p(i), 1-p(i)) ≤ x}| / n at the edges x of the bins in [0, 1/2].

    Args:
      counts: of an even number 2k of equal bins of [0, 1].

    Returns:
      (k + 1,).

    Raises:
      InputError: an odd number of bins, or no gene in them.

    >>> fraction_farther([1, 1, 1, 1]).tolist()
    [1.0, 0.5, 0.0]
    """
    array = np.asarray(counts)
    if array.ndim != 1 or len(array) % 2 or not array.sum() > 0:
        raise InputError(f"counts={counts}: give counts of some genes in an even number of bins.")
    half = len(array) // 2
    near = np.cumsum(array[:half] + array[::-1][:half])
    return 1 - np.append(0, near) / array.sum()


def distance_to_fixation(run: Any, num_curves: int = 4) -> Figure:
    """The paper's figure 2 for one run: a curve for each of some generations, evenly spread.

    Args:
      run: rows with ``allele_freq_counts`` in some of them, see ``fraction_farther``; or a history
        with (T, bins) of these.
      num_curves: how many of those generations to show, at least 1 and at most ``MOST_CURVES``.

    Raises:
      InputError: no row has them, or they are no such counts.

    >>> rows = [dict(generation=0, allele_freq_counts=[1, 1, 1, 1])]
    >>> distance_to_fixation(rows).axes[0].lines[0].get_ydata().tolist()
    [1.0, 0.5, 0.0]
    """
    check_count("num_curves", num_curves, 1, MOST_CURVES)
    rows = as_rows(run, _COUNTS)
    counts = _counts(rows)
    return distance_curves(
        {
            rows[i]["generation"]: [fraction_farther(counts[i])]
            for i in _spread(len(rows), num_curves)
        }
    )


def distance_curves(curves: Mapping[int, Sequence[np.ndarray]]) -> Figure:
    """The paper's figure 2: for each generation the mean of ``fraction_farther`` over seeds.

    Of many generations at most ``MOST_CURVES`` are shown, evenly spread, the first and last ones
    among them.

    Args:
      curves: by generation, an array for each seed; a band spans the seeds.

    Raises:
      InputError: there are none.
    """
    if not curves or not all(len(seeds) for seeds in curves.values()):
        raise InputError("curves: there are none; give one or more for each generation.")
    shown = [list(curves)[i] for i in _spread(len(curves), MOST_CURVES)]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for generation, dashes in zip(shown, cycle(_DASHES), strict=False):
        seeds = np.array(curves[generation], float)
        distance = np.linspace(0, 0.5, seeds.shape[1])
        (line,) = axes.plot(distance, seeds.mean(axis=0), label=f"t = {generation}", ls=dashes)
        band = seeds.min(axis=0), seeds.max(axis=0)
        axes.fill_between(distance, *band, alpha=0.2, color=line.get_color())
    axes.set(
        xlabel="distance x to {0, 1}",
        ylabel="fraction of genes farther than x",
        xlim=(0, 0.5),
        ylim=(0, 1.02),
    )
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    axes.grid(alpha=0.3)
    return figure


def _spread(number: int, most: int) -> list[int]:
    """At most so many of 0 … number - 1, evenly spread; the last one, if there is to be one."""
    if most == 1:
        return [number - 1]
    return np.unique(np.linspace(0, number - 1, most).round().astype(int)).tolist()
