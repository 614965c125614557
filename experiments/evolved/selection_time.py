"""How far runs of the paper's rule with different strengths of selection have gone.

A generation of the rule moves a frequency by p(1 - p) ε (f1 - f0) / (1 + ε f̄), that is by
dτ = ε / (1 + ε f̄) along the replicator equation dp/dτ = p(1 - p) (f1 - f0). So runs of different ε
have gone equally far at an equal *selection time* τ, not at an equal εt. What sampling adds grows
with the *step* dτ; for a large ε that is 1/f̄, whatever the ε.
"""

from collections.abc import Sequence

import numpy as np

from nne_jax.runs import Row


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


def generations_of(
    other: float, epsilon: float, generations: Sequence[int], times: Sequence[float]
) -> np.ndarray:
    """When a run with another ε' will have gone as far as one that was made.

    A unit of selection time takes 1/ε + f̄ generations, where mean fitness f̄ depends on τ alone:
    t' = t + τ (1/ε' - 1/ε).

    Args:
      other: ε'.
      epsilon: ε of the run that was made.
      generations: t of that run, see ``selection_times``.
      times: its τ there.

    >>> generations_of(0.5, 2.0, [0, 3], [0.0, 2.0])
    array([0., 6.])
    """
    return np.array(generations) + np.array(times) * (1 / other - 1 / epsilon)
