"""The series of ``paper_rule`` as text and as a figure."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np

from experiments.evolved.report import PAPER
from experiments.evolved.rule_series import TIMES
from experiments.launch.pictures import Figure, new_figure
from nne_jax.evaluation import NETWORKS

_MARKERS, _OF_NETWORKS = "osD^vPX*<>", "os^"
_CHECKS = {"all images": "x", "population": "+"}  # by kind, a marker
_TICKS = [1, *(digit * 10**power for power in range(1, 7) for digit in (1, 3))]
_CURVE = "mean"  # whose curves are drawn and compared: no noise of sampled genotypes is in them


def line(row: dict[str, Any]) -> str:
    """A run in one line.

    >>> row = dict(kind="series", epsilon=0.5, generations=8, population_size=9, batch_size=7)
    >>> accuracy = {name: {"mean": 0.5, "sd": None} for name in ("sampled_mean", "modal", "mean")}
    >>> ends = dict(near_fixation_0_1=[0.25], heterozygosity=[0.3], mean_step=[0.4], seconds=[3.0])
    >>> print(line(row | ends | dict(test_accuracy=accuracy)))
    epsilon 0.5, T 8, N 9, S 7 (series): 50.0 / 50.0 / 50.0%, 25% near 0 or 1, heterozygosity
    0.300, selection time 3.2, 3 s
    """
    accuracy = " / ".join(f"{100 * row['test_accuracy'][name]['mean']:.1f}" for name in NETWORKS)
    seconds = [second for second in row["seconds"] if second is not None]  # None: log was lost
    return (
        f"epsilon {row['epsilon']:g}, T {row['generations']}, N {row['population_size']}, "
        f"S {row['batch_size']} ({row['kind']}): {accuracy}%, "
        f"{100 * np.mean(row['near_fixation_0_1']):.0f}% near 0 or 1, "
        f"heterozygosity {np.mean(row['heterozygosity']):.3f}, "
        f"selection time {np.mean(row['mean_step']) * row['generations']:.1f}, "
        f"{np.mean(seconds or [0]):.0f} s"
    )


def table(rows: list[dict[str, Any]]) -> str:
    """All lines, and below them runs compared where they have been selected equally far."""
    lines = [
        f"test accuracy, {' / '.join(NETWORKS.values())}, means over seeds:",
        *map(line, rows),
        f"validation accuracy of the {NETWORKS[_CURVE]} at equal selection time:",
        "".join(["run".ljust(30), *(f"{time:>7}" for time in TIMES)]),
    ]
    for row in rows:
        found = [row["at_selection_time"].get(f"{time}") for time in TIMES]
        numbers = [f"{100 * one[_CURVE]:7.1f}" if one else f"{'–':>7}" for one in found]
        lines.append("".join([_label(row).ljust(30), *numbers]))
    return "\n".join(lines)


def trend_text(trend: dict[str, Any]) -> str:
    """What the lines say of the paper's number of generations, and how well they fit."""
    lines = [f"{trend['generations']} generations, epsilon {trend['epsilon']:g} ({trend['note']}):"]
    for network, forms in trend["test_accuracy"].items():
        for form, found in (forms or {}).items():
            lines.append(
                f"  {NETWORKS[network]:17}  linear in {form:10}  {100 * found['accuracy']:.1f}%, "
                f"largest residual {100 * np.max(np.abs(found['residuals'])):.1f}; without the "
                f"smallest epsilon it misses that by {100 * found['missed']:+.1f}"
            )
        if not forms:
            lines.append(f"  {NETWORKS[network]:17}  too few runs: give three --epsilons or more")
    return "\n".join(lines)


def figure(rows: list[dict[str, Any]], trend: dict[str, Any], dataset: str) -> Figure:
    """Accuracy against ε, and of every run against εt and against the selection time.

    In the first are the two lines of ``trend`` too, at the ε of the paper's generations: open. The
    selection time is the sum of the steps, ε / (1 + ε mean fitness).
    """
    drawing = new_figure(15, 4.8)
    ends, clock, selected = drawing.subplots(1, 3)
    _draw_ends(ends, rows)
    _draw_trend(ends, trend)
    _draw_curves(clock, rows, lambda row, _: row["epsilon"] * _generations(row))
    _draw_curves(selected, rows, lambda row, times: np.mean(times, axis=0))
    for axes, label in ((clock, "ε t"), (selected, "selection time τ")):
        axes.set(xlabel=label, xscale="log")
        low, high = axes.get_xlim()
        ticks = [tick for tick in _TICKS if low < tick < high]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    clock.set_ylabel(f"validation, {NETWORKS[_CURVE]}, %")
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
            found = [row["test_accuracy"][network] for row in of_kind]
            axes.errorbar(
                [row["epsilon"] for row in of_kind],
                [100 * one["mean"] for one in found],
                [100 * (one["sd"] or 0) for one in found],
                marker=_CHECKS.get(kind, _OF_NETWORKS[index]),
                markersize=9 if kind in _CHECKS else 6,
                linestyle="-" if kind == "series" else "none",
                capsize=2,
                color=f"C{index}",
                label=words if kind == "series" else f"{words}, {kind}" if of_kind else None,
            )
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set(xlabel="ε (T ∝ 1 / ε)", ylabel="test accuracy in %")


def _draw_trend(axes: Any, trend: dict[str, Any]) -> None:
    """From what one line says to what the other does, for each network side by side."""
    for index, (network, marker) in enumerate(zip(NETWORKS, _OF_NETWORKS, strict=True)):
        if forms := trend["test_accuracy"][network]:
            says = [100 * found["accuracy"] for found in forms.values()]
            epsilon = [trend["epsilon"] * 1.15**index] * len(says)
            style = {"marker": marker, "markerfacecolor": "white", "linestyle": ":"}
            axes.plot(epsilon, says, color=f"C{index}", **style)
    label = f"T = {trend['generations']:,}, extrapolated"
    axes.plot([], [], "o", color="0.4", markerfacecolor="white", label=label)


def _draw_curves(axes: Any, rows: list[dict[str, Any]], x_of: Callable[[dict, Any], Any]) -> None:
    """Validation accuracy of one network, a line a run."""
    from matplotlib import colormaps

    colours = colormaps["viridis"](np.linspace(0, 0.9, len(rows)))
    for row, colour, marker in zip(rows, colours, cycle(_MARKERS), strict=False):
        curve = row["curve"]
        accuracy = 100 * np.mean(curve["validation_accuracy"][_CURVE], axis=0)
        axes.plot(
            x_of(row, curve["selection_time"])[1:],  # a logarithmic axis has no 0
            accuracy[1:],
            marker=marker,
            markevery=max(1, len(accuracy) // 8),
            markersize=5,
            linestyle="-" if row["kind"] == "series" else "--",
            color=colour,
            label=_label(row),
        )


def _generations(row: dict[str, Any]) -> np.ndarray:
    return np.array(row["curve"]["generations"])


def _label(row: dict[str, Any]) -> str:
    checks = {
        "all images": f", S = {row['batch_size']}",
        "population": f", N = {row['population_size']}",
    }
    return f"ε = {row['epsilon']:g}{checks.get(row['kind'], '')}"
