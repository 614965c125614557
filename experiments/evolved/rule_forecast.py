"""What the paper's rule comes to in more generations than were run, by its ε."""

from typing import Any

import numpy as np

from experiments.evolved.selection_time import generations_of
from experiments.launch.results import over_seeds
from nne_jax.evaluation import NETWORKS

EPSILONS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def forecast(rows: list[dict[str, Any]], num_generations: int) -> dict[str, Any]:
    """Where the run that went farthest was as far as another ε is after so many generations.

    Read, not extrapolated: None where no run went as far. It holds as far as accuracy depends on
    the selection time alone, which ``at_selection_time`` of the rows shows.

    Args:
      rows: of ``rule_series.row``.
      num_generations: of the run that is too long to be made.

    Returns:
      ``by_epsilon``: for each of EPSILONS the selection time and the validation accuracy of the
      networks, over the seeds of the run ``of``, which is its index in ``rows``.
    """
    of = max(range(len(rows)), key=lambda index: _reached(rows[index]))
    by_epsilon = [_at(rows[of], epsilon, num_generations) for epsilon in EPSILONS]
    return {"generations": num_generations, "of": of, "by_epsilon": by_epsilon}


def text(found: dict[str, Any]) -> str:
    """The forecast as lines.

    >>> accuracy = {name: {"mean": 0.5, "sd": 0.01} for name in ("sampled_mean", "modal", "mean")}
    >>> known = dict(epsilon=0.01, selection_time=1940.0, validation_accuracy=accuracy)
    >>> print(text(dict(generations=9, by_epsilon=[known, dict(epsilon=1.0, selection_time=None)])))
    after 9 generations, read from the run that went farthest, validation images:
      epsilon 0.01: selection time 1940, 50.0 / 50.0 / 50.0%
      epsilon 1: no run went as far
    """
    lines = [
        f"after {found['generations']} generations, read from the run that went farthest, "
        "validation images:"
    ]
    for one in found["by_epsilon"]:
        says = "no run went as far"
        if one["selection_time"] is not None:
            means = [one["validation_accuracy"][name]["mean"] for name in NETWORKS]
            accuracy = " / ".join(f"{100 * mean:.1f}" for mean in means)
            says = f"selection time {one['selection_time']:.0f}, {accuracy}%"
        lines.append(f"  epsilon {one['epsilon']:g}: {says}")
    return "\n".join(lines)


def _reached(row: dict[str, Any]) -> float:
    """The selection time that all seeds of a run got to."""
    return min(times[-1] for times in row["curve"]["selection_time"])


def _at(row: dict[str, Any], epsilon: float, num_generations: int) -> dict[str, Any]:
    curve, seeds = row["curve"], []
    for index, times in enumerate(curve["selection_time"]):
        after = generations_of(epsilon, row["epsilon"], curve["generations"], times)
        if num_generations > after[-1]:
            return {"epsilon": epsilon, "selection_time": None, "validation_accuracy": None}
        at = {name: curve["validation_accuracy"][name][index] for name in NETWORKS}
        columns = {"selection_time": times} | at
        seeds.append({k: float(np.interp(num_generations, after, v)) for k, v in columns.items()})
    over = over_seeds(seeds)
    time = over.pop("selection_time")["mean"]
    return {"epsilon": epsilon, "selection_time": time, "validation_accuracy": over}
