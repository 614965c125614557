"""The series of ``paper_rule`` as a figure."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np

from experiments.evolved.report import PAPER
from experiments.evolved.rule_report import CURVE, label
from experiments.launch.pictures import Figure, new_figure
from nne_jax.evaluation import NETWORKS

_MARKERS, _OF_NETWORKS = "osD^vPX*<>", "os^"
_CHECKS = {"all images": "x", "population": "+"}  # by kind, a marker
_TICKS = [1, *(digit * 10**power for power in range(1, 7) for digit in (1, 3))]


def figure(rows: list[dict[str, Any]], trend: dict[str, Any], dataset: str) -> Figure:
    """Accuracy against ε, and of every run against εt and against the selection time.

    Lines are of the first seed, which all runs have; bars are over seeds. In the first are the two
    lines of ``trend`` too, at the ε of the paper's generations: open. The selection time is the sum
    of the steps, ε / (1 + ε mean fitness).
    """
    drawing = new_figure(15, 4.8)
    ends, clock, selected = drawing.subplots(1, 3)
    _draw_ends(ends, rows)
    _draw_trend(ends, trend)
    _draw_curves(clock, rows, lambda row: row["epsilon"] * np.array(row["curve"]["generations"]))
    _draw_curves(selected, rows, lambda row: row["curve"]["selection_time"][0])
    for axes, time in ((clock, "ε t"), (selected, "selection time τ")):
        axes.set(xlabel=time, xscale="log")
        low, high = axes.get_xlim()
        ticks = [tick for tick in _TICKS if low < tick < high]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    clock.set_ylabel(f"{NETWORKS[CURVE]}, validation, %")
    for axes in (ends, clock, selected):
        if dataset == "mnist":
            axes.axhline(100 * PAPER["nne", "0-9"], color="black", linestyle=":")
        axes.set_ylim(0, 100)
        axes.grid(alpha=0.3)
    if dataset == "mnist":
        ends.text(
            0.02, 100 * PAPER["nne", "0-9"] + 1, "the paper", transform=ends.get_yaxis_transform()
        )
    ends.legend(fontsize=8)
    selected.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return drawing


def _draw_ends(axes: Any, rows: list[dict[str, Any]]) -> None:
    """Test accuracy of the three networks at the end of every run."""
    for index, (network, words) in enumerate(NETWORKS.items()):
        for kind in ("series", *_CHECKS):
            of_kind = sorted(
                (row for row in rows if row["kind"] == kind), key=lambda row: row["epsilon"]
            )
            axes.plot(
                [row["epsilon"] for row in of_kind],
                [100 * row["first_seed"][network] for row in of_kind],
                marker=_CHECKS.get(kind, _OF_NETWORKS[index]),
                markersize=9 if kind in _CHECKS else 6,
                linestyle="-" if kind == "series" else "none",
                color=f"C{index}",
                label=words if kind == "series" else None,
            )
    for kind in _CHECKS:
        if any(row["kind"] == kind for row in rows):
            axes.plot([], [], _CHECKS[kind], color="0.4", markersize=9, label=kind)
    if several := [row for row in rows if row["kind"] == "series" and len(row["seeds"]) > 1]:
        _draw_spreads(axes, several)
        axes.errorbar([], [], [], color="0.4", alpha=0.5, capsize=3, label="all seeds, mean ± sd")
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set(xlabel="ε (T ∝ 1 / ε)", ylabel="test accuracy in %")


def _draw_spreads(axes: Any, rows: list[dict[str, Any]]) -> None:
    """Mean and standard deviation of runs that several seeds have, beside the first seed's."""
    for index, network in enumerate(NETWORKS):
        found = [row["test_accuracy"][network] for row in rows]
        axes.errorbar(
            [row["epsilon"] * 1.08 ** (index + 1) for row in rows],
            [100 * one["mean"] for one in found],
            [100 * one["sd"] for one in found],
            color=f"C{index}",
            alpha=0.5,
            capsize=3,
            linestyle="none",
        )


def _draw_trend(axes: Any, trend: dict[str, Any]) -> None:
    """From what one line says to what the other does, for each network side by side."""
    for index, (network, marker) in enumerate(zip(NETWORKS, _OF_NETWORKS, strict=True)):
        if forms := trend["test_accuracy"][network]:
            says = [100 * found["accuracy"] for found in forms.values()]
            epsilon = [trend["epsilon"] * 1.15**index] * len(says)
            style = {"marker": marker, "markerfacecolor": "white", "linestyle": ":"}
            axes.plot(epsilon, says, color=f"C{index}", **style)
    words = f"T = {trend['generations']:,}, extrapolated"
    axes.plot([], [], "o", color="0.4", markerfacecolor="white", label=words)


def _draw_curves(axes: Any, rows: list[dict[str, Any]], x_of: Callable[[dict], Any]) -> None:
    """Validation accuracy of one network, a line a run, of the first seed."""
    from matplotlib import colormaps

    colours = colormaps["viridis"](np.linspace(0, 0.9, len(rows)))
    for row, colour, marker in zip(rows, colours, cycle(_MARKERS), strict=False):
        accuracy = 100 * np.array(row["curve"]["validation_accuracy"][CURVE][0])
        axes.plot(
            x_of(row)[1:],  # a logarithmic axis has no 0
            accuracy[1:],
            marker=marker,
            markevery=max(1, len(accuracy) // 8),
            markersize=5,
            linestyle="-" if row["kind"] == "series" else "--",
            color=colour,
            label=label(row),
        )
