"""How long each model takes to each accuracy: which setting, and what it came to on fresh seeds.

A curve's row is the generation, the seconds, and the accuracy of each of the model's networks.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from experiments.launch.results import over_seeds
from experiments.speed.jobs import networks_of
from experiments.speed.settings import Setting

Curves = Sequence[list[list[float]]]  # of the seeds
FRONTIER = [round(0.01 * percent, 2) for percent in range(20, 100)]  # accuracies of the figure


class Tried(NamedTuple):
    """A model's runs."""

    model: str
    settings: Mapping[str, Setting]  # by name
    searched: Mapping[str, Curves]  # by name of the setting
    runs: Mapping[str, Sequence[dict]]  # of those chosen, on the seeds that are reported


def first(curve: list[list[float]], column: int, target: float) -> list[float] | None:
    """The first row that is as accurate as asked for.

    >>> first([[1, 0.5, 0.3], [2, 1.0, 0.6], [3, 1.5, 0.7]], 2, 0.5)
    [2, 1.0, 0.6]
    """
    return next((row for row in curve if row[column] >= target), None)


def choose(searched: Mapping[str, Curves], column: int, target: float) -> str:
    """Name of the setting that is there soonest, in the mean over all seeds.

    One that is not there on every seed comes after all that are; among such the most accurate.

    >>> quick, slow = [[5, 1.0, 0.6], [9, 4.0, 0.7]], [[2, 3.0, 0.8]]
    >>> [choose({"a": [quick], "b": [slow]}, 2, target) for target in (0.5, 0.7, 0.9)]
    ['a', 'b', 'b']
    """

    def rank(name: str) -> tuple[bool, float]:
        reached = [first(curve, column, target) for curve in searched[name]]
        if all(reached):
            return False, float(np.mean([row[1] for row in reached if row]))
        best = [max(row[column] for row in curve) for curve in searched[name]]
        return True, -float(np.mean(best))

    return min(searched, key=rank)


def goals(searched: Mapping[str, Curves], model: str, targets: Sequence[float]) -> dict[str, dict]:
    """By name of a setting that is chosen for some target, the largest one of each network."""
    found: dict[str, dict[str, float]] = {}
    for column, network in enumerate(networks_of(model), 2):
        for target in sorted(targets):
            found.setdefault(choose(searched, column, target), {})[network] = target
    return found


def rows(tried: Tried, targets: Sequence[float]) -> list[dict[str, Any]]:
    """A row for each network of the model and each target."""
    return [
        _row(tried, network, column, target)
        for column, network in enumerate(networks_of(tried.model), 2)
        for target in sorted(targets)
    ]


def _row(tried: Tried, network: str, column: int, target: float) -> dict[str, Any]:
    """Means are over the seeds that got there; the ratio counts only where all did."""
    name = choose(tried.searched, column, target)
    setting, runs = tried.settings[name], tried.runs[name]
    there = [row for run in runs if (row := first(run["curve"], column, target))]
    seconds = over_seeds([{"x": float(row[1])} for row in there])["x"] if there else None
    generations = float(np.mean([row[0] for row in there])) if there else None
    images = setting["population_size"] * setting["batch_size"]
    return {
        "model": label(tried.model, network),
        "target": target,
        "reached": len(there),
        "of": len(runs),
        "seconds": seconds,
        "generations": generations,
        "image_evaluations": generations and images * generations,
        "best_validation": max(row[column] for run in runs for row in run["curve"]),
        "setting": setting,
    }


def endings(tried: Tried) -> list[dict[str, Any]]:
    """Of each setting that was run, what its runs came to: test accuracies over the seeds."""
    return [
        {
            "model": tried.model,
            "setting": tried.settings[name],
            "generations": [run["generations"] for run in runs],
            "seconds": [run["seconds"] for run in runs],
            "test_accuracy": over_seeds([run["test"] for run in runs]),
        }
        for name, runs in tried.runs.items()
    ]


def frontier(tried: Tried) -> dict[str, list[list[float]]]:
    """By network, accuracies and the mean seconds to each or a higher one: of the figure.

    Of the settings that ran and were there on every seed it is the one that was soonest in the
    search.
    """
    found: dict[str, list[list[float]]] = {}
    for column, network in enumerate(networks_of(tried.model), 2):
        line = found.setdefault(label(tried.model, network), [])
        for accuracy in FRONTIER:
            there = {
                name: [row[1] for run in runs if (row := first(run["curve"], column, accuracy))]
                for name, runs in tried.runs.items()
            }
            whole = [
                name for name, seconds in there.items() if len(seconds) == len(tried.runs[name])
            ]
            if whole:
                name = choose({name: tried.searched[name] for name in whole}, column, accuracy)
                line.append([accuracy, float(np.mean(there[name]))])
        for here, above in reversed(list(itertools.pairwise(line))):
            here[1] = min(here[1], above[1])
    return found


def label(model: str, network: str) -> str:
    """Such as ``nne modal``; a model of one network is its name."""
    return f"{model} {network}" if len(networks_of(model)) > 1 else model


def ratios(all_rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By NNE's networks and targets, its seconds over those of the best peer that got there.

    >>> made = [
    ...     dict(model=m, target=0.5, reached=1, of=1, seconds={"mean": s})
    ...     for m, s in (("nne modal", 2.0), ("snes", 8.0), ("rank_one", 1.0))
    ... ]
    >>> ratios(made)
    [{'model': 'nne modal', 'target': 0.5, 'best_peer': 'rank_one', 'ratio': 2.0}]
    """
    whole = [row for row in all_rows if row["reached"] == row["of"]]
    found = []
    for row in all_rows:
        if not row["model"].startswith("nne"):
            continue
        peers = {
            other["model"]: other["seconds"]["mean"]
            for other in whole
            if other["target"] == row["target"] and not other["model"].startswith("nne")
        }
        best = min(peers, key=peers.__getitem__, default=None)
        compares = best is not None and row in whole
        ratio = round(row["seconds"]["mean"] / peers[best], 3) if compares else None
        place = {"model": row["model"], "target": row["target"]}
        found.append({**place, "best_peer": best, "ratio": ratio})
    return found
