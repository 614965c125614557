"""Curves of learning: accuracy and fitness by generation."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS
from nne_jax.runs.plots.records import Rows, Spans, as_rows, numbers, replicates

_FEW_POINTS = 60  # as many can be marked
_DASHES = ("-", "--", ":")  # of the three networks: lines that differ in grey, too
_MARKERS = "osD^vPX*"  # of curves that follow one another


def learning_curve(run: Any) -> Figure:
    """Validation accuracy of the three networks, and the population's fitness, by generation.

    Each is drawn if it was measured. Of a long run the means of equal spans of generations are
    drawn, and of the fittest genotypes the least and the most as well. Of replicates it is their
    mean, and the accuracy of each in thin lines.

    Args:
      run: rows with ``validation_accuracy`` in some of them, and ``fitness_mean``, ``fitness_sd``,
        ``fitness_max`` in others; or a history with these. What is None, or missing, is a gap.

    Raises:
      InputError: it has neither.

    >>> accuracy = dict(sampled_mean=0.3, sampled_std=0.1, modal=0.4, mean=0.5)
    >>> row = dict(generation=0, validation_accuracy=accuracy)
    >>> [axes.get_ylabel() for axes in learning_curve([row, row]).axes]
    ['validation accuracy']
    """
    rows, each = as_rows(run), replicates(run)
    panels = {"validation_accuracy": (_draw_accuracy, 3), "fitness_mean": (_draw_fitness, 2)}
    drawn = {name: panel for name, panel in panels.items() if any(name in row for row in rows)}
    if not drawn:
        raise InputError(f"run: no row has {' or '.join(panels)}; nothing can be drawn.")
    heights = [height for _, height in drawn.values()]
    figure = Figure(figsize=(8, 1.2 * sum(heights)), layout="constrained")
    all_axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False, height_ratios=heights)
    for axes, (name, (draw, _)) in zip(all_axes[:, 0], drawn.items(), strict=True):
        draw(axes, [row for row in rows if name in row])
        if draw is _draw_accuracy:
            _draw_each(axes, [[row for row in one if name in row] for one in each])
        axes.grid(alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    all_axes[-1, 0].set_xlabel("generation")
    return figure


def _draw_accuracy(axes: Axes, rows: Rows) -> None:
    spans = Spans(numbers(rows, "generation"))
    means = {
        name: spans.mean(numbers(rows, "validation_accuracy", name))
        for name in (*NETWORKS, "sampled_std")
    }
    for index, (name, label) in enumerate(NETWORKS.items()):
        style = _style(spans) | {"color": f"C{index}", "linestyle": _DASHES[index]}
        axes.plot(spans.generation, means[name], label=label, **style)
    mean, sd = means["sampled_mean"], means["sampled_std"]
    axes.fill_between(spans.generation, mean - sd, mean + sd, alpha=0.2, color="C0", label="± sd")
    axes.set_ylabel(_named("validation accuracy", spans))
    if not any((np.abs(one - 0.5) > 0.5).any() for one in means.values()):  # else another measure
        axes.set_ylim(0, 1)


def _draw_each(axes: Axes, replicates: list[Rows]) -> None:
    for rows in replicates:
        spans = Spans(numbers(rows, "generation"))
        for index, name in enumerate(NETWORKS):
            mean = spans.mean(numbers(rows, "validation_accuracy", name))
            axes.plot(spans.generation, mean, color=f"C{index}", linewidth=0.6, alpha=0.5)
    if replicates:
        axes.plot([], [], color="0.4", linewidth=0.6, label=f"each of {len(replicates)}")


def _draw_fitness(axes: Axes, rows: Rows) -> None:
    spans = Spans(numbers(rows, "generation"))
    columns = {name: numbers(rows, f"fitness_{name}") for name in ("mean", "sd", "max")}
    mean, sd, best = map(spans.mean, columns.values())
    axes.plot(spans.generation, mean, color="C0", label="population mean", **_style(spans))
    axes.fill_between(spans.generation, mean - sd, mean + sd, alpha=0.2, color="C0", label="± sd")
    style = _style(spans) | {"color": "C3", "linestyle": _DASHES[1]}
    axes.plot(spans.generation, best, label="fittest genotype", **style)
    if spans.length > 1:
        extremes = spans.least(columns["max"]), spans.most(columns["max"])
        label = "from its least to its most"
        axes.fill_between(spans.generation, *extremes, alpha=0.15, color="C3", lw=0, label=label)
    axes.set_ylabel(_named("fitness", spans))


def _style(spans: Spans) -> dict[str, Any]:
    """Few points are marked, as a line of one could not be seen; lines of many are thin."""
    few = len(spans.generation) <= _FEW_POINTS
    return {"marker": "." if few else None, "linewidth": 1.5 if few else 1.0}


def _named(quantity: str, spans: Spans) -> str:
    if spans.length == 1:
        return quantity
    return f"{quantity},\nmeans of {spans.length} generations"


def accuracy_by_num_genes(curves: Rows, network: str) -> Figure:
    """The paper's figure 3: accuracy by generation, a curve for each n, a panel for each task.

    Args:
      curves: with ``classes``, ``num_genes``, ``generations`` (G,) and ``validation_accuracy``, by
        network (seeds, G); a band spans the seeds. Those with a ``ceiling``, whose ``validation``
        has a ``mean`` by network, get a dashed line there.
      network: ``sampled_mean``, ``modal`` or ``mean``.

    Raises:
      InputError: another network, or no curves.
    """
    if not curves:
        raise InputError("curves: there are none; nothing can be drawn.")
    if network not in NETWORKS:
        raise InputError(f"network={network}: must be one of {', '.join(NETWORKS)}.")
    panels = list(dict.fromkeys(curve["classes"] for curve in curves))
    figure = Figure(figsize=(4.5 * len(panels) + 1, 4), layout="constrained")
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, classes in zip(all_axes, panels, strict=True):
        drawn = [curve for curve in curves if curve["classes"] == classes]
        colours = colormaps["viridis_r"](np.linspace(0.1, 1, len(drawn)))  # n has an order
        for curve, colour, marker in zip(drawn, colours, cycle(_MARKERS), strict=False):
            _draw_seeds(axes, curve, network, color=colour, marker=marker)
        axes.set(title=f"digits {classes}", xlabel="generation", ylim=(0, 1))
        axes.grid(alpha=0.3)
    all_axes[0].set_ylabel(f"validation accuracy, {NETWORKS[network]}")
    if any(curve.get("ceiling") for curve in curves):
        all_axes[-1].plot([], [], "--", color="0.4", markerfacecolor="white", label="ceilings")
    all_axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


def _draw_seeds(axes: Axes, curve: Mapping[str, Any], network: str, **style: Any) -> None:
    """The mean curve over seeds, their span, and the ceiling, if there is one: open markers."""
    spans = Spans(np.array(curve["generations"], float))
    seeds = spans.mean(np.array(curve["validation_accuracy"][network], float).T)
    generation, label = spans.generation, f"n = {curve['num_genes']}"
    every = max(1, len(generation) // 6)
    style |= {"markersize": 4}
    axes.plot(generation, seeds.mean(axis=1), label=label, markevery=every, **style)
    band = seeds.min(axis=1), seeds.max(axis=1)
    axes.fill_between(generation, *band, alpha=0.15, color=style["color"])
    if ceiling := curve.get("ceiling"):
        height = [ceiling["validation"][network]["mean"]] * 2
        ends = generation[[0, -1]]
        axes.plot(ends, height, "--", linewidth=1, markerfacecolor="white", **style)
