"""Table 1 as text and as a figure: the paper's numbers beside ours."""

from typing import Any

from experiments.evolved.gradient_rows import GRADIENT
from experiments.launch.pictures import Figure, new_figure
from nne_jax.evaluation import NETWORKS

PAPER = {
    ("nne", "0-4"): 0.921,
    ("nne", "0-9"): 0.788,
    ("nne+signsgd", "0-4"): 0.916,
    ("nne+signsgd", "0-9"): 0.856,
    ("sgd", "0-4"): 0.96,
    ("sgd", "0-9"): 0.882,
}
_PAPERS_WORD = {"adam": "sgd"}  # it says SGD, not of which kind: its numbers stand beside both
_BARS = NETWORKS | {"one": "one network"}  # labels
_COLOURS = dict(  # that differ in grey, too
    zip(_BARS, ("#cfe3f5", "#ffa64d", "#3f9f5f", "white"), strict=True)
)


def published(row: dict) -> float | None:
    """The paper's accuracy for the kind of model that a row is of.

    >>> published(dict(model="adam", classes="0-9"))
    0.882
    """
    model: str = row["model"]
    return PAPER.get((_PAPERS_WORD.get(model, model), row["classes"]))


def table(rows: list[dict]) -> str:
    """A line a row, accuracies in %: mean ± standard deviation over seeds.

    >>> row = dict(model="sgd", preset="gradient", classes="0-9", seeds=[0, 1])
    >>> print(table([row | dict(test_accuracy={"mean": 0.9}, sd={"mean": 0.01})]))
    classes  model        preset              sampled      modal        mean         paper
    0-9      sgd          gradient            –            –            90.0 ± 1.0   88.2
    """
    columns = (9, 13, 20, 13, 13, 13, 5)
    names = ("classes", "model", "preset", "sampled", "modal", "mean", "paper")
    lines: list[tuple[str, ...]] = [names]
    for row in rows:
        accuracies = [_percent(row, network) for network in NETWORKS]
        paper = f"{100 * known:.1f}" if (known := published(row)) else "–"
        lines.append((row["classes"], row["model"], row["preset"], *accuracies, paper))
    return _columns(lines, columns)


def time_table(rows: list[dict], network: str) -> str:
    """What NNE took to reach each accuracy of the validation images, means over the seeds.

    >>> took = dict(generations=20, individuals=2000, image_evaluations=200_000, seconds=3.0)
    >>> row = dict(model="nne", preset="mnist", classes="0-9", time_to={"modal": [{"0.5": took}]})
    >>> print(time_table([row], "modal"))
    classes  preset        accuracy  generations  individuals  images    seconds
    0-9      mnist         0.5       20           2e+03        2e+05     3
    """
    columns = (9, 14, 10, 13, 13, 10, 7)
    names = ("classes", "preset", "accuracy", "generations", "individuals", "images", "seconds")
    lines: list[tuple[str, ...]] = [names]
    for row in rows:
        seeds = row.get("time_to", {}).get(network, [])
        for accuracy in seeds[0] if seeds else ():
            took = [seed[accuracy] for seed in seeds]
            if all(took):  # not where a seed never got there
                means = {k: sum(one[k] for one in took) / len(took) for k in took[0]}
                lines.append(
                    (
                        row["classes"],
                        row["preset"],
                        accuracy,
                        f"{means['generations']:.0f}",
                        f"{means['individuals']:.2g}",
                        f"{means['image_evaluations']:.2g}",
                        f"{means['seconds']:.0f}",
                    )
                )
    return _columns(lines, columns)


def _columns(lines: list[tuple], widths: tuple[int, ...]) -> str:
    return "\n".join(
        "".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _percent(row: dict, network: str) -> str:
    if network not in row["test_accuracy"]:
        return "–"
    sd = row["sd"][network]
    spread = f" ± {100 * sd:.1f}" if sd is not None else ""
    return f"{100 * row['test_accuracy'][network]:.1f}{spread}"


def figure(rows: list[dict]) -> Figure:
    """A panel for each set of classes, a bar a row and network, the paper's number as a line."""
    sets = list(dict.fromkeys(row["classes"] for row in rows))
    drawing = new_figure(5.5 * len(sets), 5)
    for axes, classes in zip(drawing.subplots(1, len(sets), squeeze=False)[0], sets, strict=True):
        chosen = [row for row in rows if row["classes"] == classes]
        for position, row in enumerate(chosen):
            accuracies = _accuracies(row)
            width = 0.8 / len(accuracies)
            for index, (network, (accuracy, sd)) in enumerate(accuracies.items()):
                left, height = position - 0.4 + (index + 0.5) * width, 100 * accuracy
                spread = sd and 100 * sd
                style = {"color": _COLOURS[network], "edgecolor": "black"}
                axes.bar(left, height, width, yerr=spread, capsize=2, **style)
                axes.text(left, 2, f"{height:.1f}", rotation=90, ha="center", fontsize=8)
            if known := published(row):
                axes.hlines(100 * known, position - 0.5, position + 0.5, "black", linewidth=3)
        names = [f"{row['model'].replace('+', ' + ')} ({row['preset']})" for row in chosen]
        slanted: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(chosen)), names, fontsize=8, **slanted)
        axes.set(title=f"digits {classes}", ylabel="test accuracy in %", ylim=(0, 100))
        axes.grid(alpha=0.3, axis="y")
    bars = [
        drawing.axes[0].bar(0, 0, color=colour, edgecolor="black") for colour in _COLOURS.values()
    ]
    handles: list[Any] = [*bars, drawing.axes[0].hlines(-1, 0, 0, "black", linewidth=3)]
    labels = [*_BARS.values(), "the paper"]
    drawing.legend(handles, labels, loc="outside lower center", ncols=5)
    return drawing


def _accuracies(row: dict) -> dict[str, tuple[float, float | None]]:
    """Accuracy and standard deviation by network; gradients train a single one."""
    pairs = {name: (value, row["sd"][name]) for name, value in row["test_accuracy"].items()}
    return {"one": pairs["mean"]} if row["preset"].startswith(GRADIENT) else pairs
