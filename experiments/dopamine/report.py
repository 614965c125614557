"""Table 2 as text and as figures: the paper's numbers beside ours."""

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.launch.pictures import Figure, new_figure, style_of

PAPER = {  # test accuracy
    ("SGD", 1000): 0.9034,
    ("SignSGD", 1000): 0.8684,
    ("DNN", 1000): 0.8484,
    ("SGD", 100_000): 0.9256,
    ("SignSGD", 100_000): 0.9021,
    ("DNN", 100_000): 0.9076,
}
# Our names: the paper's. Its SGD is Adam; plain SGD, an image at a time, stands beside it too.
_PAPERS_WORDS = {"adam": "SGD", "sgd": "SGD", "signsgd": "SignSGD", "dnn": "DNN"}
_COLUMNS = {  # field: title and width
    "hidden": ("hidden", 8),
    "k_cap": ("k_cap", 7),
    "model": ("model", 22),
    "fired_output": ("output", 11),
    "fired_hidden": ("pre", 8),
    "uncertainty": ("u", 5),
    "epsilon1": ("ε1", 11),
    "validation": ("validation", 12),
    "test": ("test", 13),
    "at_the_papers": ("at ε1 of paper", 16),
    "paper": ("paper", 5),
}


def published(row: dict) -> float | None:
    """The paper's accuracy for the kind of model that a row is of."""
    kind = _PAPERS_WORDS.get(row["model"].partition(":")[0])
    return PAPER.get((kind, row["hidden"])) if not row["k_cap"] else None


def table(rows: list[dict]) -> str:
    """A line a row, accuracies in %: mean ± standard deviation over seeds.

    >>> row = dict(model="ridge", hidden=1000, k_cap=0, validation_accuracy=0.9)
    >>> print(table([row | dict(test_accuracy=0.91, sd=0.01)]))
    hidden k_cap model output pre u ε1 validation test at ε1 of paper paper
    1000 0 ridge – – – – 90.0 91.0 ± 1.0 – –
    """
    return "\n".join([_join(title for title, _ in _COLUMNS.values()), *map(line, rows)])


def line(row: dict) -> str:
    """One line of the table."""
    paper = published(row)
    cells = row | {
        "validation": f"{100 * row['validation_accuracy']:.1f}",
        "test": _percent(row),
        "at_the_papers": _percent(row.get("at_the_papers", {})),
        "paper": f"{100 * paper:.1f}" if paper else "–",
    }
    return _join([f"{cells.get(name, '–')}" for name in _COLUMNS])


def _percent(row: dict) -> str:
    if row.get("test_accuracy") is None:
        return "–"
    spread = f" ± {100 * row['sd']:.1f}" if row["sd"] is not None else ""
    return f"{100 * row['test_accuracy']:.1f}{spread}"


def _join(cells) -> str:
    return "".join(
        cell.ljust(width) for cell, (_, width) in zip(cells, _COLUMNS.values(), strict=True)
    ).rstrip()


def figure(rows: list[dict]) -> Figure:
    """Accuracy against epoch or, where there are several caps of a width, against the cap."""
    capped = {row["hidden"] for row in rows if row["k_cap"]}
    return _by_cap(rows) if capped else _by_epoch(rows)


def _by_epoch(rows: list[dict]) -> Figure:
    """A panel for each width: a curve for the best reading of each rule, a line a control.

    The axis is logarithmic in the error: from 90% to 95% is as far as from 80% to 90%.
    """
    widths = list(dict.fromkeys(row["hidden"] for row in rows))
    drawing = new_figure(6.5 * len(widths), 6)
    names = list(dict.fromkeys(row["model"] for row in rows if "curve" in row))
    for axes, width in zip(drawing.subplots(1, len(widths), squeeze=False)[0], widths, strict=True):
        shown = best([row for row in rows if row["hidden"] == width], lambda row: row["model"])
        for row in shown:
            test = f" (test {_percent(row)})" if row["test_accuracy"] is not None else ""
            label = row["model"].removeprefix("dnn:") + test
            if "curve" in row:
                epochs = [row["curve_every"] * (i + 1) for i in range(len(row["curve"]))]
                style = style_of(names.index(row["model"]), len(epochs))
                axes.plot(epochs, [100 * x for x in row["curve"]], label=label, **style)
            else:
                height, dashes = 100 * row["validation_accuracy"], _DASHES[row["model"]]
                axes.axhline(height, color="black", linestyle=dashes, label=label)
        _mark_averaging(axes, shown)
        axes.set_yscale("function", functions=(_from_percent, _to_percent))
        number = "infinitely many" if width == "inf" else f"{width:,}"
        axes.set(title=f"{number} hidden units", xlabel="epoch", ylim=(0, 97))
        axes.set_ylabel("validation accuracy in %")
        axes.set_yticks([0, 20, 40, 60, 70, 80, 85, 90, 92, 94, 96])
        axes.grid(alpha=0.3)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=8)
    return drawing


def _mark_averaging(axes: Any, rows: list[dict]) -> None:
    """Where the averaging of the weights begins, in half of the epochs: curves jump there."""
    if averaged := [row for row in rows if row.get("averaged")]:
        begins = averaged[0]["epochs"] // 2
        axes.axvline(begins, color="0.4", linewidth=1)
        words = "weights are averaged\nfrom here on"
        axes.annotate(words, (begins, 30), (8, 0), textcoords="offset points", va="center")


_DASHES = {"ridge": "solid", "adam": "dashed", "signsgd": "dotted"}


def _from_percent(accuracy):
    return -np.log10(np.maximum(100 - accuracy, 1e-3))


def _to_percent(height):
    return 100 - 10.0**-height


def _by_cap(rows: list[dict]) -> Figure:
    """Accuracy against the number of units that may fire; no cap is all of them."""
    drawing = new_figure(7, 5)
    axes = drawing.subplots()
    split = "test" if all(row["test_accuracy"] is not None for row in rows) else "validation"
    for width in dict.fromkeys(row["hidden"] for row in rows):
        of_width = [row for row in rows if row["hidden"] == width]
        for model in dict.fromkeys(row["model"] for row in of_width):
            of_model = [row for row in of_width if row["model"] == model]
            chosen = sorted(best(of_model, lambda row: row["k_cap"]), key=_units)
            accuracies = [100 * row[f"{split}_accuracy"] for row in chosen]
            spreads = [100 * (row["sd"] or 0) for row in chosen]  # of the test set only
            label, style = f"{model}, h = {width}", style_of(len(axes.containers))
            axes.errorbar(list(map(_units, chosen)), accuracies, spreads, label=label, **style)
    axes.set(xscale="log", xlabel="hidden units that may fire", ylabel=f"{split} accuracy in %")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return drawing


def _units(row: dict) -> int:
    return row["k_cap"] or row["hidden"]


def best(rows: list[dict], group: Callable[[dict], object]) -> list[dict]:
    """The row of each group that is best on the validation images.

    >>> rows = [dict(model="dnn:c1", validation_accuracy=x) for x in (0.7, 0.8)]
    >>> best(rows, lambda row: row["model"])
    [{'model': 'dnn:c1', 'validation_accuracy': 0.8}]
    """
    chosen = {}
    for row in rows:
        kept = chosen.get(group(row))
        if kept is None or row["validation_accuracy"] > kept["validation_accuracy"]:
            chosen[group(row)] = row
    return list(chosen.values())
