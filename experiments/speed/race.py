"""What ``peers`` shows: a table of the targets, and accuracy against seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.launch.pictures import Figure, new_figure, style_of
from experiments.speed.settings import in_words

NAMES = {  # in the order of tables and legends
    "nne sampled": "NNE, sampled",
    "nne modal": "NNE, modal",
    "nne mean": "NNE, mean",
    "open_es": "Open_ES",
    "pgpe": "PGPE",
    "snes": "SNES",
    "rank_one": "rank-1 ES",
}


def table(rows: Sequence[dict[str, Any]], ratios: Sequence[dict[str, Any]]) -> str:
    """A line a model and target, then how NNE compares."""
    return "\n".join([*map(line, rows), *map(_comparison, ratios)])


def line(row: dict[str, Any]) -> str:
    """One line of the table.

    >>> row = dict(model="snes", target=0.788, reached=0, of=3, best_validation=0.7)
    >>> line(row | dict(setting={"hidden": [32]}))
    'snes 78.8%: not reached (best 70.0%); hidden 32'
    """
    start = f"{row['model']:<12} {100 * row['target']:.4g}%: "
    end = f"; {in_words(row['setting'])}"
    if not row["reached"]:
        return f"{start}not reached (best {100 * row['best_validation']:.1f}%){end}"
    spread = f" ± {row['seconds']['sd']:.2g}" if row["seconds"]["sd"] is not None else ""
    missed = f" ({row['reached']} of {row['of']} seeds)" if row["reached"] < row["of"] else ""
    return (
        f"{start}{row['seconds']['mean']:.3g}{spread} s{missed}, {row['generations']:.0f} "
        f"generations, {row['image_evaluations']:.2g} images{end}"
    )


def _comparison(ratio: dict[str, Any]) -> str:
    start = f"{ratio['model']} to {100 * ratio['target']:.4g}%: "
    if ratio["best_peer"] is None:
        return f"{start}no peer gets there with all seeds"
    if ratio["ratio"] is None:
        return f"{start}not there with all seeds, and {ratio['best_peer']} is"
    return f"{start}{ratio['ratio']:.2f} of the time of {ratio['best_peer']}"


def figure(frontiers: Mapping[str, list[list[float]]], targets: Sequence[float]) -> Figure:
    """Accuracy against seconds, a line a model; a thin line at every target.

    >>> figure({"snes": [[0.5, 1.0], [0.6, 3.0]]}, [0.5]).axes[0].get_xscale()
    'log'
    """
    drawing = new_figure(7.5, 5)
    axes = drawing.subplots()
    for target in targets:
        axes.axhline(100 * target, color="0.85", linewidth=0.8)
    order = list(NAMES)
    for name, points in frontiers.items():
        seconds = [point[1] for point in points]
        accuracies = [100 * point[0] for point in points]
        style = style_of(order.index(name), len(points))
        axes.plot(seconds, accuracies, label=NAMES[name], **style)
    axes.set(xscale="log", xlabel="seconds", ylabel="validation accuracy in %")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")
    return drawing
