"""The frontier as text and as a figure: error against the number of training images."""

from typing import Any

from experiments.launch.pictures import Figure, new_figure
from experiments.sample_sizes.methods import METHODS

_WIDTHS = (15, 11, 26, 14, 20)
_MARKERS = "osD^vP*X<>"
_TICKS = (1, 1.5, 2, 3, 4, 5, 7, 10, 12, 15, 20, 25, 30, 40, 50, 70, 90)


def line(row: dict[str, Any]) -> str:
    """One line of the table: error in %, of the network that validation looked at.

    >>> row = dict(dataset="mnist", per_class=10, method="ridge", seconds=[1.0, 2.0])
    >>> found = {"accuracy": {"mean": 0.9, "sd": 0.01}}
    >>> line(row | dict(test_accuracy=found, setting={"penalty": 0.1}))
    'mnist 10 ridge regression 10.00 ± 1.00 1 to 2 s penalty=0.1'
    """
    error, sd = _error(row)
    times = f"{min(row['seconds']):.0f} to {max(row['seconds']):.0f} s"
    setting = ", ".join(f"{name}={value:g}" for name, value in row["setting"].items())
    found = f"{error:.2f}" + (f" ± {sd:.2f}" if sd is not None else "")
    cells = row["dataset"], row["per_class"], METHODS[row["method"]].label, found, times
    padded = (str(cell).ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return "".join([*padded, setting])


def figure(rows: list[dict[str, Any]]) -> Figure:
    """A panel a data set, a curve a method, both axes logarithmic."""
    datasets = list(dict.fromkeys(row["dataset"] for row in rows))
    names = [name for name in METHODS if any(row["method"] == name for row in rows)]
    drawing = new_figure(max(7.0, 6.0 * len(datasets)), 6.5)
    panels = drawing.subplots(1, len(datasets), squeeze=False)[0]
    for axes, dataset in zip(panels, datasets, strict=True):
        of_dataset = [row for row in rows if row["dataset"] == dataset]
        for name in names:
            _curve(axes, name, [row for row in of_dataset if row["method"] == name])
        sizes = sorted({row["per_class"] for row in of_dataset})
        axes.set(xscale="log", yscale="log", title=dataset, xlabel="training images a class")
        axes.set_ylabel("test error in %")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.set_yticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
        axes.minorticks_off()
        errors = [_error(row)[0] for row in of_dataset]
        axes.set_ylim(max(0.5, min(errors) / 1.2), max(errors) * 1.2)
        axes.grid(alpha=0.3)
    entries, ncols = panels[0].get_legend_handles_labels(), 2 * len(datasets)
    drawing.legend(*entries, loc="outside lower center", ncols=ncols)
    return drawing


def _curve(axes: Any, name: str, rows: list[dict[str, Any]]) -> None:
    errors, spreads = zip(*map(_error, rows), strict=True)
    position = list(METHODS).index(name)
    axes.errorbar(
        [row["per_class"] for row in rows],
        errors,
        [spread or 0 for spread in spreads],
        label=METHODS[name].label,
        color="black" if METHODS[name].back_propagates else f"C{position % 10}",
        linestyle="dashed" if METHODS[name].back_propagates else "solid",
        marker=_MARKERS[position % len(_MARKERS)],
        markersize=7,
        markerfacecolor="white" if position % 2 else None,
    )


def _error(row: dict[str, Any]) -> tuple[float, float | None]:
    """In %, with its standard deviation over seeds where there are several."""
    first, *_ = row["test_accuracy"].values()
    return 100 * (1 - first["mean"]), None if first["sd"] is None else 100 * first["sd"]
