"""What is drawn: the rows of a run, or the history of ``evolve``, as columns of numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nne_jax.errors import InputError
from nne_jax.runs.log import rows_of

Rows = Sequence[Mapping[str, Any]]
MOST_POINTS = 400  # of a curve: more could not be told apart


def as_rows(run: Any, column: str | None = None) -> Rows:
    """A run as rows; those with a column, if one is named.

    Args:
      run: rows, or a history: a NamedTuple or dictionary of (T,) arrays, whose generations are
        counted from 1.
      column: what the rows must have.

    Raises:
      InputError: there is no such row.

    >>> as_rows({"fitness_mean": np.array([0.5, 0.75])}, "fitness_mean")
    [{'generation': 1, 'fitness_mean': 0.5}, {'generation': 2, 'fitness_mean': 0.75}]
    """
    if hasattr(run, "_asdict"):
        run = run._asdict()
    if isinstance(run, Mapping):
        columns = {name: np.asarray(values) for name, values in run.items()}
        if not columns or any(values.ndim < 1 for values in columns.values()):
            raise InputError("run: it has no axis of generations; give rows, or evolve's history.")
        number = len(next(iter(columns.values())))
        run = rows_of(range(1, number + 1), {k: v.tolist() for k, v in columns.items()})
    rows = [row for row in run if column is None or column in row]
    if not rows:
        raise InputError(f"run: no row has {column or 'anything'}; nothing can be drawn.")
    return rows


def numbers(rows: Rows, *names: str) -> np.ndarray:
    """A column of the rows, () each, as floats; several names lead into dictionaries. None is NaN.

    >>> numbers([{"accuracy": {"modal": 0.5}}, {"accuracy": {"modal": None}}], "accuracy", "modal")
    array([0.5, nan])
    """
    column: Iterable[Any] = rows
    for name in names:
        column = [value[name] for value in column]
    return np.array(column, dtype=float)


def thinned(column: np.ndarray) -> np.ndarray:
    """A long curve as the means of equal spans, at most ``MOST_POINTS``; a short one as it is.

    >>> len(thinned(np.arange(24_000))), thinned(np.arange(3))
    (400, array([0, 1, 2]))
    """
    span = -(-len(column) // MOST_POINTS)
    if span == 1:
        return column
    starts = np.arange(0, len(column), span)
    sizes = np.diff(np.append(starts, len(column)))
    return np.add.reduceat(column, starts) / sizes
