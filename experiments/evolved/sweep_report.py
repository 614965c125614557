"""What a sweep found: a row a setting, a table, and accuracy against the numbers that vary."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.launch.pictures import Figure, new_figure
from experiments.launch.results import in_words, over_seeds
from experiments.run.config import Config
from experiments.run.variations import name_of
from nne_jax.evaluation import NETWORKS
from nne_jax.runs import Row

_MOST_LINES = 8  # of a figure: more could not be told apart
_MARKERS = "osD^vPX*"


def settings(
    rows: Sequence[Row], changes: Sequence[dict[str, Any]], seeds: Sequence[Config]
) -> list[dict[str, Any]]:
    """For each setting its accuracy on the validation images, over the seeds; the best one first.

    Args:
      rows: of the sweep.
      changes: of each setting; its populations follow each other.
      seeds: of each of them.
    """
    evaluated = [row for row in rows if "validation_accuracy" in row]
    last = max(row["generation"] for row in evaluated)
    of_last = {
        row["replicate"]: row["validation_accuracy"]
        for row in evaluated
        if row["generation"] == last
    }
    found = []
    for index, change in enumerate(changes):
        own = [of_last[index * len(seeds) + number] for number in range(len(seeds))]
        found.append(
            {
                "setting": name_of(change),
                "changes": change,
                "generations": last,
                "seeds": [config.seed for config in seeds],
                "validation_accuracy": over_seeds(own),
                "each": own,
            }
        )
    return sorted(found, key=lambda row: -row["validation_accuracy"]["modal"]["mean"])


def table(found: Sequence[dict[str, Any]]) -> str:
    """A line a setting, the best one first."""
    seeds = found[0]["seeds"]
    of = f"of {len(seeds)} seeds" if len(seeds) > 1 else f"of seed {seeds[0]}"
    lines = [f"validation accuracy {of} after {found[0]['generations']} generations"]
    lines.append("  ".join(f"{words.split()[0]:>13}" for words in NETWORKS.values()) + "  setting")
    for row in found:
        cells = [in_words(row["validation_accuracy"][name]).rjust(13) for name in NETWORKS]
        lines.append("  ".join(cells) + f"  {row['setting']}")
    return "\n".join(lines)


def figure(found: Sequence[dict[str, Any]]) -> Figure:
    """Accuracy against the option with the most values; a line for each setting of the others.

    Of many lines those are drawn that have the best settings. Bars are sd over the seeds.
    """
    values: dict[str, set[float]] = {}
    for row in found:
        for name, value in row["changes"].items():
            values.setdefault(name, set()).add(value)
    axis = max(values, key=lambda name: len(values[name])) if values else ""
    lines: dict[str, list[Any]] = {}
    for row in found:  # the best one first
        others = {name: value for name, value in row["changes"].items() if name != axis}
        words = (f"{name.replace('_', ' ')} {value:g}" for name, value in others.items())
        lines.setdefault(",\n".join(words), []).append(row)
    drawing = new_figure(10, 3.6)
    panels = drawing.subplots(1, len(NETWORKS), sharey=True)
    for panel, (network, words) in zip(panels, NETWORKS.items(), strict=True):
        for (label, rows), marker in zip(lines.items(), _MARKERS[:_MOST_LINES], strict=False):
            _draw(panel, rows, axis, network, label=label, marker=marker)
        panel.set(title=words, xlabel=axis.replace("_", " "))
        if min(values.get(axis, {0})) > 0 and max(values[axis]) >= 10 * min(values[axis]):
            panel.set_xscale("log")
            panel.xaxis.set_major_formatter("{x:g}")
            panel.minorticks_off()
            panel.set_xticks(sorted(values[axis]))
        panel.grid(which="both", alpha=0.3)
    panels[0].set_ylabel("validation accuracy in %")
    if any(lines):
        drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside right", frameon=False)
    return drawing


def _draw(
    panel: Any, rows: Sequence[dict[str, Any]], axis: str, network: str, **style: Any
) -> None:
    rows = sorted(rows, key=lambda row: row["changes"].get(axis, 0))
    x = [row["changes"].get(axis, 0) for row in rows]
    over = [row["validation_accuracy"][network] for row in rows]
    mean = 100 * np.array([one["mean"] for one in over])
    sd = 100 * np.array([one["sd"] or 0.0 for one in over])
    panel.errorbar(x, mean, sd, capsize=3, markersize=4, linewidth=1.2, **style)
