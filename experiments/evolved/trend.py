"""What runs of the paper's rule, each with weaker selection than the last, say of a weaker one.

A generation of the rule moves a frequency by p(1 - p) ε (f1 - f0) / (1 + ε f̄), that is by
dτ = ε / (1 + ε f̄) along the replicator equation dp/dτ = p(1 - p) (f1 - f0). So runs of different ε
have gone equally far at an equal *selection time* τ, not at an equal εt. What sampling adds grows
with the *step* dτ; for a large ε that is 1/f̄, whatever the ε.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nne_jax.runs import Row

POWERS = {"sqrt(step)": 0.5, "step": 1.0}  # accuracy = a + b step^power
MOST_POINTS = 4  # of the smallest steps: with large ones a series of equal εT stops earlier in τ


def selection_times(rows: Sequence[Row], epsilon: float, generations: Sequence[int]) -> list[float]:
    """τ = Σ ε / (1 + ε f̄) up to some generations of a run.

    Args:
      rows: of the run, in order; f̄ is their ``fitness_mean``.
      epsilon: ε.
      generations: to say it of.

    >>> rows = [dict(generation=0), dict(generation=1, fitness_mean=0.0)]
    >>> selection_times([*rows, dict(generation=3, fitness_mean=1.5)], 2.0, [0, 1, 2, 3])
    [0.0, 2.0, 2.5, 3.0]
    """
    measured = [row for row in rows if row.get("fitness_mean") is not None]
    ends = [0, *(row["generation"] for row in measured)]
    fitness = np.array([row["fitness_mean"] for row in measured])
    steps = epsilon / (1 + epsilon * fitness)
    times = np.append(0, np.cumsum(np.diff(ends) * steps))
    return np.interp(generations, ends, times).round(6).tolist()


def extrapolate(
    steps: Sequence[float], accuracies: Sequence[float], at: float
) -> dict[str, dict[str, Any]] | None:
    """Accuracy at a step that was not run: straight lines in the step and in its root.

    Least squares through the ``MOST_POINTS`` smallest steps. How much a line is to be believed:
    ``residuals``, and ``missed``, by how much the line through the others misses the smallest step.
    The two lines differ by what is not known.

    Args:
      steps: of the runs.
      accuracies: theirs.
      at: the step.

    Returns:
      By form of the line; None of fewer than three runs, through which any line would go.

    >>> line = extrapolate([1.0, 0.5, 0.25], [0.5, 0.6, 0.65], at=0.0)["step"]
    >>> line["accuracy"], line["slope"], line["missed"]
    (0.7, -0.2, 0.0)
    """
    if len(steps) < 3:
        return None
    order = np.argsort(steps)[:MOST_POINTS]
    x, y = np.array(steps, float)[order], np.array(accuracies, float)[order]
    lines = {}
    for form, power in POWERS.items():
        line = np.polyfit(x**power, y, 1)
        others = np.polyfit(x[1:] ** power, y[1:], 1)
        lines[form] = {
            "accuracy": _rounded(np.polyval(line, at**power)),
            "slope": _rounded(line[0]),
            "residuals": [_rounded(r) for r in y - np.polyval(line, x**power)],
            "missed": _rounded(y[0] - np.polyval(others, x[0] ** power)),
        }
    return lines


def _rounded(number: float) -> float:
    return round(float(number), 6) + 0.0  # no -0
