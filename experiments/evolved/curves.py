"""Accuracy against time, of the runs of several seeds: their evaluations, and a picture."""

from collections.abc import Sequence
from typing import Any

from experiments.launch.pictures import Figure, new_figure
from experiments.run.run_directory import RunDirectory
from nne_jax.evaluation import NETWORKS
from nne_jax.runs import Row

Curve = dict[str, list[Any]]
_DECADE = 10  # times the first seconds are the last ones, at least, of a log axis
_LINES = dict(zip(NETWORKS, (("o", ":"), ("s", "-"), ("^", "--")), strict=True))


def readable(folder: RunDirectory) -> list[Row]:
    """The evaluations of a run, but for those whose lines in metrics.jsonl are damaged."""
    return [row for row in folder.rows() if "validation_accuracy" in row]


def curve(rows: Sequence[Row]) -> Curve:
    """Generations, seconds and the validation accuracies of evaluations, in columns."""
    columns = {name: [row[name] for row in rows] for name in ("generation", "seconds")}
    accuracies = {
        name: [round(row["validation_accuracy"][name], 5) for row in rows] for name in NETWORKS
    }
    return columns | accuracies


def figure(curves: Sequence[Curve], title: str) -> Figure:
    """Validation accuracy against seconds, a line a seed, a style a network.

    >>> one = {"sampled_mean": [0.1, 0.5, 0.8], "modal": [0.1, 0.6, 0.9], "mean": [0.1, 0.7, 0.9]}
    >>> each = [one | {"seconds": [0.0, 2.0, last]} for last in (9.0, 90.0)]
    >>> [figure([curve], "digits").axes[0].get_xscale() for curve in each]
    ['linear', 'log']
    """
    drawing = new_figure(7, 4.5)
    axes = drawing.subplots()
    for one in curves:
        for colour, (network, (marker, dashes)) in enumerate(_LINES.items()):
            label = NETWORKS[network] if one is curves[0] else None
            style = {"marker": marker, "markersize": 4, "markevery": 0.15, "linewidth": 1.2}
            percent = [100 * accuracy for accuracy in one[network][1:]]  # no zero on a log axis
            axes.plot(one["seconds"][1:], percent, dashes, color=f"C{colour}", label=label, **style)
    axes.set(xlabel="seconds", ylabel="validation accuracy in %", title=title)
    seconds = [second for one in curves for second in one["seconds"][1:]]
    if max(seconds, default=1) > _DECADE * min(seconds, default=1):
        _by_decades(axes)
    axes.grid(which="both", alpha=0.3)
    axes.legend(loc="lower right")
    return drawing


def _by_decades(axes: Any) -> None:
    """A log axis with 20, 50, 100 in place of powers of ten, of which a run has hardly two."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set(xscale="log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
