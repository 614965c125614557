"""The figures of the questions."""

from typing import Any

import numpy as np

from experiments.launch.pictures import Figure, new_figure, style_of
from experiments.questions.architecture import KEPT

Rows = list[dict[str, Any]]
_MANY = 8  # arms whose legend is no longer beside their curves


def bars_and_curves(rows: Rows) -> Figure:
    """Left: test accuracy of each arm. Right: validation accuracy by generations, first seed."""
    drawing, axes = _bars_and_axes(rows)
    for index, row in enumerate(rows):
        looks = row["each"][0]["looks"]
        generations = [look["generation"] for look in looks]
        _line(axes, index, generations, [100 * look["modal"] for look in looks], row["arm"])
    axes.set(xlabel="generations", ylabel="modal genotype, validation accuracy in %")
    if len(rows) > _MANY:
        drawing.legend(fontsize="medium", ncols=4, loc="outside lower center")
    else:
        axes.legend(fontsize="large", loc="lower right")
    return drawing


def fixation(rows: Rows) -> Figure:
    """Accuracy, and seconds a generation as genes are fixed."""
    drawing, axes = _bars_and_axes(rows)
    for index, row in enumerate(rows):
        looks = row["each"][0]["looks"]
        took = np.diff([0, *(look["seconds"] for look in looks)])
        length = np.diff([0, *(look["generation"] for look in looks)])
        fixed = [100 * look["fixed"] for look in looks]
        _line(axes, index, fixed, 1000 * took / length, row["arm"])
    axes.set(xlabel="genes that are fixed, in %", ylabel="ms a generation")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize="medium", ncols=2, loc="lower left")
    return drawing


def linkage(rows: Rows) -> Figure:
    """Accuracy by recombination and by size, and linkage disequilibrium along the runs."""
    drawing, axes = _bars_and_axes(rows)
    for index, row in enumerate(rows):
        looks = row["each"][0]["looks"]
        # a line ends where there are no two genes left that vary
        r_squared = [look["r_squared"] or np.nan for look in looks]
        _line(axes, index, [look["generation"] for look in looks], r_squared, row["arm"])
    axes.set(xlabel="generations", ylabel="mean r² of 200 genes", yscale="log")
    axes.set_ylim(top=10 * axes.get_ylim()[1])  # room for the legend
    axes.legend(fontsize="medium", ncols=2, loc="upper right")
    return drawing


def cap(rows: Rows) -> Figure:
    """Accuracy by the cap: known in evolution, and set only after it."""
    drawing = new_figure(11, 4.5)
    axes, costs = drawing.subplots(1, 2)
    uncapped, *capped = rows
    sizes = [int(row["changes"]["k_cap"]) for row in capped]
    known = [100 * row["test_accuracy"]["modal"]["mean"] for row in capped]
    after = {
        int(k): 100 * np.mean([one["modal_by_cap"][k] for one in uncapped["each"]])
        for k in uncapped["each"][0]["modal_by_cap"]
    }
    axes.plot(sizes, known, "o-", label="evolved with the cap")
    axes.plot(list(after), list(after.values()), "s--", label="evolved without, capped after")
    axes.axhline(100 * uncapped["test_accuracy"]["modal"]["mean"], color="0.4", linestyle=":",
                 label="no cap")  # fmt: skip
    axes.set(xscale="log", xlabel="k, units that fire", ylabel="test accuracy of the modal in %")
    axes.set_xticks(list(after), list(map(str, after)))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize="large")
    means = [np.mean(row["seconds"]) for row in rows]
    costs.bar(["no cap", *map(str, sizes)], means, color="0.6", edgecolor="black")
    costs.set(xlabel="k, units that fire", ylabel="seconds of a run")
    return drawing


def architecture(rows: Rows) -> Figure:
    """Accuracy after pruning, sizes of weights, and where evolved networks read the image."""
    drawing = new_figure(13, 7)
    grid = drawing.add_gridspec(2, 6)
    pruning, sizes = (
        drawing.add_subplot(grid[0, :3]),
        drawing.add_subplot(grid[0, 3:]),
    )
    shares = [round(100 * share) for share in KEPT]
    for index, row in enumerate(rows):
        by_size = 100 * np.mean([one["pruned"]["by_size"] for one in row["each"]], axis=0)
        at_random = 100 * np.mean([one["pruned"]["at_random"] for one in row["each"]], axis=0)
        _line(pruning, index, shares, by_size, row["arm"])
        small = {"markersize": 3, "linewidth": 0.7}
        pruning.plot(shares, at_random, **style_of(index, len(shares)) | small)
        quantiles = np.mean([one["quantiles"] for one in row["each"]], axis=0)
        largest = max(quantiles[-1], 1e-30)
        _line(sizes, index, np.linspace(0, 100, 21), quantiles / largest, row["arm"])
    pruning.set(xscale="log", xlabel="weights that are left, in % (thin: left at random)")
    pruning.set_ylabel("test accuracy in %")
    pruning.set_xticks(shares, list(map(str, shares)))
    pruning.minorticks_off()
    sizes.legend(fontsize="medium", loc="upper left")
    sizes.set(xlabel="weights, in % from the smallest", ylabel="|w| over the largest")
    for axes in (pruning, sizes):
        axes.grid(alpha=0.3)
    images = rows[0]["each"][0]["images"]
    brightest = max(map(max, images))
    for place, (image, when) in enumerate(zip(images, ("first", "middle", "last"), strict=True)):
        axes = drawing.add_subplot(grid[1, 2 * place : 2 * place + 2])
        side = round(len(image) ** 0.5)
        shown = axes.imshow(np.reshape(image, (side, side)), cmap="gray_r", vmax=brightest, vmin=0)
        axes.set(title=f"what is read, {when} generation", xticks=[], yticks=[])
    drawing.colorbar(shown, ax=drawing.axes[2:], label="share of all |w|", shrink=0.8)
    return drawing


def changing(rows: Rows) -> Figure:
    """A panel a task: accuracy before and after the change, by generations."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    drawing = new_figure(13, 4.8)
    for axes, task in zip(drawing.subplots(1, len(tasks), squeeze=False)[0], tasks, strict=True):
        of_task = [row for row in rows if row["task"] == task]
        for index, row in enumerate(of_task):
            looks = row["each"][0]["looks"]
            generations = [look["generation"] for look in looks]
            _line(axes, index, generations, [100 * look["modal"] for look in looks],
                  row["arm"].partition(": ")[2])  # fmt: skip
        half = generations[len(generations) // 2 - 1]
        axes.axvline(half, color="0.4", linestyle=":")
        axes.set(title=task, xlabel="generations", ylabel="validation accuracy of the modal in %")
        axes.grid(alpha=0.3)
    drawing.axes[0].legend(fontsize="medium", loc="lower right")
    return drawing


def _bars_and_axes(rows: Rows) -> tuple[Figure, Any]:
    """A figure with test accuracies on its left, and the axes on its right."""
    drawing = new_figure(13, max(4.5, 0.36 * len(rows) + 1.6))
    left, right = drawing.subplots(1, 2)
    _bars(left, rows)
    right.grid(alpha=0.3, which="both")
    return drawing, right


def _bars(axes: Any, rows: Rows) -> None:
    """Test accuracy of the modal genotype, one bar an arm, the first on top."""
    places = np.arange(len(rows))[::-1]
    accuracies = [row["test_accuracy"]["modal"] for row in rows]
    means = [100 * accuracy["mean"] for accuracy in accuracies]
    spreads = [100 * (accuracy["sd"] or 0) for accuracy in accuracies]
    axes.barh(places, means, xerr=spreads, color="0.75", edgecolor="black", height=0.65)
    for place, mean, spread in zip(places, means, spreads, strict=True):
        axes.text(mean + spread, place, f" {mean:.1f}", va="center", fontsize="large")
    axes.set_yticks(places, [row["arm"] for row in rows])
    axes.set(xlabel="test accuracy of the modal genotype in %")
    axes.set_xlim(max(0, min(means) - 15), min(108, max(means) + 12))


def _line(axes: Any, index: int, x: Any, y: Any, label: str) -> None:
    """A curve that can be told from others without colours."""
    axes.plot(x, y, label=label, **style_of(index, len(x)))
