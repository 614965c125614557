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
_LINE = ("series", "longest")  # kinds that one line joins
_TICKS = [1, *(digit * 10**power for power in range(1, 7) for digit in (1, 3))]


def figure(rows: list[dict[str, Any]], forecast: dict[str, Any], dataset: str) -> Figure:
    """Of every run its end against the selection time, its course against εt and that time.

    Lines are of the first seed, which all runs have; bars are over seeds. The selection time is the
    sum of ε / (1 + ε mean fitness). In grey is where ``forecast`` says that more generations end.
    """
    drawing = new_figure(15, 4.8)
    ends, clock, selected = drawing.subplots(1, 3)
    _draw_ends(ends, rows)
    _draw_forecast(ends, forecast)
    _draw_curves(clock, rows, lambda row: row["epsilon"] * np.array(row["curve"]["generations"]))
    _draw_curves(selected, rows, lambda row: row["curve"]["selection_time"][0])
    for axes, time in ((ends, "selection time τ"), (clock, "ε t"), (selected, "selection time τ")):
        axes.set(xlabel=time, xscale="log")
        low, high = axes.get_xlim()
        ticks = [tick for tick in _TICKS if low < tick < high]
        ticks = ticks[:: 1 if len(ticks) < 6 else 2]  # more would touch
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    clock.set_ylabel(f"{NETWORKS[CURVE]}, validation, %")
    for axes in (ends, clock, selected):
        axes.set_ylim(0, 100)
        axes.grid(alpha=0.3)
    if dataset == "mnist":
        paper = 100 * PAPER["nne", "0-9"]
        for axes in (ends, clock, selected):
            axes.axhline(paper, color="black", linestyle=":")
        ends.text(0.02, paper + 1, "the paper", transform=ends.get_yaxis_transform())
    ends.legend(fontsize=8, loc="center right")
    selected.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return drawing


def _draw_ends(axes: Any, rows: list[dict[str, Any]]) -> None:
    """Test accuracy of the three networks at the end of every run."""
    for index, (network, words) in enumerate(NETWORKS.items()):
        for kinds in (_LINE, *((kind,) for kind in _CHECKS)):
            of_kind = sorted((row for row in rows if row["kind"] in kinds), key=_end)
            axes.plot(
                [_end(row) for row in of_kind],
                [100 * row["first_seed"][network] for row in of_kind],
                marker=_CHECKS.get(kinds[0], _OF_NETWORKS[index]),
                markersize=6 if kinds == _LINE else 9,
                linestyle="-" if kinds == _LINE else "none",
                color=f"C{index}",
                label=words if kinds == _LINE else None,
            )
    for kind in _CHECKS:
        if any(row["kind"] == kind for row in rows):
            axes.plot([], [], _CHECKS[kind], color="0.4", markersize=9, label=kind)
    if several := [row for row in rows if row["kind"] in _LINE and len(row["seeds"]) > 1]:
        _draw_spreads(axes, several)
        axes.errorbar([], [], [], color="0.4", alpha=0.5, capsize=3, label="all seeds, mean ± sd")
    axes.set_ylabel("test accuracy in %")


def _end(row: dict[str, Any]) -> float:
    """The selection time at which a run ends, of the first seed."""
    return row["curve"]["selection_time"][0][-1]


def _draw_spreads(axes: Any, rows: list[dict[str, Any]]) -> None:
    """Mean and standard deviation of runs that several seeds have, beside the first seed's."""
    for index, network in enumerate(NETWORKS):
        found = [row["test_accuracy"][network] for row in rows]
        axes.errorbar(
            [_end(row) * 1.05 ** (index + 1) for row in rows],
            [100 * one["mean"] for one in found],
            [100 * one["sd"] for one in found],
            color=f"C{index}",
            alpha=0.5,
            capsize=3,
            linestyle="none",
        )


def _draw_forecast(axes: Any, forecast: dict[str, Any]) -> None:
    """Where the paper's number of generations ends, by ε."""
    above = axes.get_xaxis_transform()
    for one in forecast["by_epsilon"]:
        if (time := one["selection_time"]) is not None:
            axes.axvline(time, color="0.6", linewidth=1, zorder=0)
            words = f"ε = {one['epsilon']:g}"
            axes.text(time, 0.02, words, transform=above, rotation=90, ha="right", fontsize=9)
    axes.set_title(f"grey: after {forecast['generations']:,} generations", fontsize=10)


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
            linestyle="-" if row["kind"] in _LINE else "--",
            color=colour,
            label=label(row),
        )
