"""Metrics to matplotlib figures: no jax, no training. Needs the extra ``plots``.

Every function takes the rows of a run's ``metrics.jsonl`` and returns a ``Figure``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

Rows = Sequence[Mapping]
NETWORKS = {
    "sampled_mean": "sampled genotypes",
    "modal": "modal genotype",
    "mean": "mean genotype",
}


def learning_curve(rows: Rows) -> Figure:
    """Validation accuracy of the three networks, and the population's fitness, by generation.

    Args:
      rows: with ``validation_accuracy`` in some of them and ``fitness_mean``, ``fitness_sd``,
        ``fitness_max`` in others.

    >>> accuracy = dict(sampled_mean=0.3, sampled_std=0.1, modal=0.4, mean=0.5)
    >>> row = dict(generation=0, validation_accuracy=accuracy)
    >>> [axes.get_ylabel() for axes in learning_curve([row, row]).axes]
    ['validation accuracy', 'fitness']
    """
    figure = Figure(figsize=(7, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    evaluated = [row for row in rows if "validation_accuracy" in row]
    generations = [row["generation"] for row in evaluated]
    for index, (key, label) in enumerate(NETWORKS.items()):
        accuracy = [row["validation_accuracy"][key] for row in evaluated]
        upper.plot(generations, accuracy, marker=".", label=label, color=f"C{index}")
    mean, sd = (
        np.array([row["validation_accuracy"][key] for row in evaluated])
        for key in ("sampled_mean", "sampled_std")
    )
    upper.fill_between(generations, mean - sd, mean + sd, alpha=0.2, color="C0", label="± sd")
    upper.set(ylabel="validation accuracy", ylim=(0, 1))
    upper.legend(loc="lower right")

    tested = [row for row in rows if "fitness_mean" in row]
    generations = [row["generation"] for row in tested]
    mean, sd, best = (
        np.array([row[f"fitness_{key}"] for row in tested]) for key in ("mean", "sd", "max")
    )
    lower.plot(generations, mean, color="C0", label="population mean")
    lower.fill_between(generations, mean - sd, mean + sd, alpha=0.2, color="C0", label="± sd")
    lower.plot(generations, best, color="C3", linewidth=0.8, label="fittest genotype")
    lower.set(xlabel="generation", ylabel="fitness")
    lower.legend(loc="lower right")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    return figure


def allele_freq_histogram(rows: Rows) -> Figure:
    """Histogram of the allele frequencies over time: from spread out to fixed at 0 and 1.

    Args:
      rows: with ``allele_freq_counts`` in some of them, counts in equal bins of [0, 1].

    >>> rows = [dict(generation=g, allele_freq_counts=[5, 5]) for g in (0, 10)]
    >>> allele_freq_histogram(rows).axes[0].get_ylabel()
    'allele frequency'
    """
    counted = [row for row in rows if "allele_freq_counts" in row]
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
    counts = np.asarray(counts)
    return counts.reshape(num_bins, -1).sum(axis=1) if len(counts) % num_bins == 0 else counts


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
    counts = np.asarray(counts)
    half = len(counts) // 2
    near = np.cumsum(counts[:half] + counts[::-1][:half])
    return 1 - np.append(0, near) / counts.sum()


def distance_to_fixation(rows: Rows, num_curves: int = 4) -> Figure:
    """The paper's figure 2 for one run: a curve for each of some generations, evenly spread.

    Args:
      rows: with ``allele_freq_counts`` in some of them, see ``fraction_farther``.
      num_curves: how many of those generations to show.

    >>> rows = [dict(generation=0, allele_freq_counts=[1, 1, 1, 1])]
    >>> distance_to_fixation(rows).axes[0].lines[0].get_ydata().tolist()
    [1.0, 0.5, 0.0]
    """
    counted = [row for row in rows if "allele_freq_counts" in row]
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


def accuracy_by_num_genes(curves: Rows, network: str) -> Figure:
    """The paper's figure 3: accuracy by generation, a curve for each n, a panel for each task.

    Args:
      curves: with ``classes``, ``num_genes``, ``generations`` (G,) and ``validation_accuracy``, by
        network (seeds, G); a band spans the seeds.
      network: ``sampled_mean``, ``modal`` or ``mean``.
    """
    panels = list(dict.fromkeys(curve["classes"] for curve in curves))
    figure = Figure(figsize=(5 * len(panels), 4), layout="constrained")
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, classes in zip(all_axes, panels, strict=True):
        own = [curve for curve in curves if curve["classes"] == classes]
        colours = colormaps["viridis_r"](np.linspace(0.1, 1, len(own)))  # n has an order
        for curve, colour in zip(own, colours, strict=True):
            seeds = np.array(curve["validation_accuracy"][network])
            label = f"n = {curve['num_genes']}"
            axes.plot(curve["generations"], seeds.mean(axis=0), label=label, color=colour)
            band = seeds.min(axis=0), seeds.max(axis=0)
            axes.fill_between(curve["generations"], *band, alpha=0.15, color=colour)
        axes.set(title=f"digits {classes}", xlabel="generation", ylim=(0, 1))
        axes.grid(alpha=0.3)
    all_axes[0].set_ylabel(f"validation accuracy, {NETWORKS[network]}")
    all_axes[-1].legend(loc="lower right")
    return figure
