"""Curves of learning: accuracy and fitness by generation."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS
from nne_jax.runs.plots.records import MOST_POINTS, Rows, as_rows, numbers, thinned

_FEW_POINTS = 60  # as many can be marked


def learning_curve(run: Any) -> Figure:
    """Validation accuracy of the three networks, and the population's fitness, by generation.

    Each is drawn if it was measured. Of a long run the means of equal spans of generations are.

    Args:
      run: rows with ``validation_accuracy`` in some of them, and ``fitness_mean``, ``fitness_sd``,
        ``fitness_max`` in others; or a history with these.

    Raises:
      InputError: it has neither.

    >>> accuracy = dict(sampled_mean=0.3, sampled_std=0.1, modal=0.4, mean=0.5)
    >>> row = dict(generation=0, validation_accuracy=accuracy)
    >>> [axes.get_ylabel() for axes in learning_curve([row, row]).axes]
    ['validation accuracy']
    """
    rows = as_rows(run)
    panels = {"validation_accuracy": (_draw_accuracy, 3), "fitness_mean": (_draw_fitness, 2)}
    drawn = {name: panel for name, panel in panels.items() if any(name in row for row in rows)}
    if not drawn:
        raise InputError(f"run: no row has {' or '.join(panels)}; nothing can be drawn.")
    heights = [height for _, height in drawn.values()]
    figure = Figure(figsize=(8, 1.2 * sum(heights)), layout="constrained")
    all_axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False, height_ratios=heights)
    for axes, (name, (draw, _)) in zip(all_axes[:, 0], drawn.items(), strict=True):
        draw(axes, as_rows(rows, name))
        axes.grid(alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    all_axes[-1, 0].set_xlabel("generation")
    return figure


def _draw_accuracy(axes: Axes, rows: Rows) -> None:
    generations = thinned(numbers(rows, "generation"))
    marker = "." if len(generations) <= _FEW_POINTS else None
    for index, (name, label) in enumerate(NETWORKS.items()):
        accuracy = thinned(numbers(rows, "validation_accuracy", name))
        axes.plot(generations, accuracy, marker=marker, label=label, color=f"C{index}")
    mean, sd = (
        thinned(numbers(rows, "validation_accuracy", name))
        for name in ("sampled_mean", "sampled_std")
    )
    axes.fill_between(generations, mean - sd, mean + sd, alpha=0.2, color="C0", label="± sd")
    axes.set(ylabel="validation accuracy", ylim=(0, 1))


def _draw_fitness(axes: Axes, rows: Rows) -> None:
    generations = thinned(numbers(rows, "generation"))
    mean, sd, best = (thinned(numbers(rows, f"fitness_{name}")) for name in ("mean", "sd", "max"))
    axes.plot(generations, mean, color="C0", label="population mean")
    axes.fill_between(generations, mean - sd, mean + sd, alpha=0.2, color="C0", label="± sd")
    axes.plot(generations, best, color="C3", linewidth=0.8, label="fittest genotype")
    span = -(-len(rows) // MOST_POINTS)
    axes.set_ylabel("fitness" if span == 1 else f"fitness, means of {span} rows")


def accuracy_by_num_genes(curves: Rows, network: str) -> Figure:
    """The paper's figure 3: accuracy by generation, a curve for each n, a panel for each task.

    Args:
      curves: with ``classes``, ``num_genes``, ``generations`` (G,) and ``validation_accuracy``, by
        network (seeds, G); a band spans the seeds.
      network: ``sampled_mean``, ``modal`` or ``mean``.

    Raises:
      InputError: another network.
    """
    if network not in NETWORKS:
        raise InputError(f"network={network}: must be one of {', '.join(NETWORKS)}.")
    panels = list(dict.fromkeys(curve["classes"] for curve in curves))
    figure = Figure(figsize=(4.5 * len(panels) + 1, 4), layout="constrained")
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, classes in zip(all_axes, panels, strict=True):
        drawn = [curve for curve in curves if curve["classes"] == classes]
        colours = colormaps["viridis_r"](np.linspace(0.1, 1, len(drawn)))  # n has an order
        for curve, colour in zip(drawn, colours, strict=True):
            seeds = np.array(curve["validation_accuracy"][network])
            label = f"n = {curve['num_genes']}"
            axes.plot(curve["generations"], seeds.mean(axis=0), label=label, color=colour)
            band = seeds.min(axis=0), seeds.max(axis=0)
            axes.fill_between(curve["generations"], *band, alpha=0.15, color=colour)
        axes.set(title=f"digits {classes}", xlabel="generation", ylim=(0, 1))
        axes.grid(alpha=0.3)
    all_axes[0].set_ylabel(f"validation accuracy, {NETWORKS[network]}")
    all_axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure
