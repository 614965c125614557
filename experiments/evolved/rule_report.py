"""The series of ``paper_rule`` as text."""

from typing import Any

import numpy as np

from experiments.evolved.rule_series import TIMES
from nne_jax.evaluation import NETWORKS

CURVE = "sampled_mean"  # whose curves are drawn and compared: smooth, a mean over genotypes


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
        f"validation accuracy of {NETWORKS[CURVE]} at equal selection time, first seed:",
        "".join(["run".ljust(30), *(f"{time:>7}" for time in TIMES)]),
    ]
    for row in rows:
        found = [row["at_selection_time"].get(f"{time}") for time in TIMES]
        numbers = [f"{100 * one[CURVE]:7.1f}" if one else f"{'–':>7}" for one in found]
        lines.append("".join([label(row).ljust(30), *numbers]))
    return "\n".join(lines)


def label(row: dict[str, Any]) -> str:
    """A run by its ε, and by what else sets it apart from the series.

    >>> of = dict(epsilon=5.0, population_size=4000, batch_size=100, generations=400)
    >>> label(dict(of, kind="population"))
    'ε = 5, N = 4000'
    """
    others = {
        "all images": f", S = {row['batch_size']}",
        "population": f", N = {row['population_size']}",
        "longest": f", T = {row['generations']:,}",
    }
    return f"ε = {row['epsilon']:g}{others.get(row['kind'], '')}"
