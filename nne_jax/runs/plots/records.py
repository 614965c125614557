"""What is drawn: the rows of a run, or the history of ``evolve``, as columns of numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nne_jax.errors import InputError

Rows = Sequence[Mapping[str, Any]]
MOST_POINTS = 400  # of a curve: more could not be told apart


def as_rows(run: Any, column: str | None = None) -> Rows:
    """A run as rows, by generation; those with a column, if one is named.

    Args:
      run: rows, or a history: a NamedTuple or dictionary of (T,) arrays, whose generations are
        counted from 1.
      column: what the rows must have, and not None.

    Raises:
      InputError: there is no such row, or one has no generation.

    >>> as_rows({"fitness_mean": np.array([0.5, 0.75])}, "fitness_mean")
    [{'fitness_mean': 0.5, 'generation': 1}, {'fitness_mean': 0.75, 'generation': 2}]
    """
    if hasattr(run, "_asdict"):
        run = run._asdict()
    if isinstance(run, Mapping):
        run = _rows_of(run)
    rows = [row for row in run if column is None or row.get(column) is not None]
    if not rows:
        raise InputError(f"run: no row has {column or 'anything'}; nothing can be drawn.")
    if not all(isinstance(row.get("generation"), int | float) for row in rows):
        raise InputError("run: a row has no number as generation; give rows as runs.run does.")
    return sorted(_means(rows), key=lambda row: row["generation"])


def replicates(run: Any) -> list[Rows]:
    """The rows of each replicate, as they are; none where the run has none.

    >>> row = {"generation": 1, "replicate": 1}
    >>> replicates([row, row | {"replicate": 0}])[1]
    [{'generation': 1, 'replicate': 1}]
    """
    rows = [] if isinstance(run, Mapping) or hasattr(run, "_asdict") else list(run)
    numbers = sorted({row["replicate"] for row in rows if "replicate" in row})
    return [[row for row in rows if row.get("replicate") == number] for number in numbers]


def _means(rows: Rows) -> Rows:
    """Of replicates the means, a row a generation."""
    if not any("replicate" in row for row in rows):
        return rows
    by_generation: dict[float, list[Any]] = {}
    for row in rows:
        by_generation.setdefault(row["generation"], []).append(row)
    return [_mean(each) for each in by_generation.values()]


def _mean(values: list[Any]) -> Any:
    """The mean of numbers, of lists of numbers and of what is named; of anything else the first."""
    first = values[0]
    if isinstance(first, Mapping):
        common = [name for name in first if all(name in value for value in values)]
        return {name: _mean([value[name] for value in values]) for name in common}
    if any(value is None for value in values) or not isinstance(first, int | float | list):
        return None if None in values else first
    return np.mean(values, axis=0).tolist()


def _rows_of(history: Mapping[str, Any]) -> Rows:
    columns = {name: np.asarray(values) for name, values in history.items()}
    lengths = {values.shape[:1] for values in columns.values()}
    if len(lengths) != 1 or lengths == {()}:
        raise InputError("run: it has no axis of generations; give rows, or evolve's history.")
    values = zip(*(a.tolist() if a.ndim == 1 else a for a in columns.values()), strict=True)
    return [
        dict(zip(columns, row, strict=True), generation=generation)
        for generation, row in enumerate(values, start=1)
    ]


def numbers(rows: Rows, *names: str) -> np.ndarray:
    """A column of the rows as floats; several names lead into dictionaries.

    What is missing, None or not finite is NaN.

    >>> numbers([{"accuracy": {"modal": 0.5}}, {"accuracy": {"modal": None}}], "accuracy", "modal")
    array([0.5, nan])
    """
    column: Iterable[Any] = rows
    for name in names:
        column = [value.get(name) if isinstance(value, Mapping) else None for value in column]
    try:
        array = np.array(column, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"run: {'.'.join(names)} is not a number, or a list of equally many, in every row."
        ) from error
    return np.where(np.isfinite(array), array, np.nan)


class Spans:
    """Equal spans of generations: as many as a picture can show. Of few rows, each is one.

    Args:
      generations: (R,) of the rows, ascending.

    >>> spans = Spans(np.arange(24_000))
    >>> spans.length, spans.generation[:2], spans.most(np.arange(24_000.0))[:2]
    (60, array([29.5, 89.5]), array([ 59., 119.]))
    """

    def __init__(self, generations: np.ndarray):
        since = generations - generations[0]
        many = len(generations) > MOST_POINTS
        self.length = -(-int(since[-1] + 1) // MOST_POINTS) if many else 1  # generations in a span
        self._starts = np.unique(since // self.length, return_index=True)[1]  # its first row
        self.generation = self.mean(generations)  # (P,) the mean of each

    def mean(self, column: np.ndarray) -> np.ndarray:
        """The means (P, ...) of a column (R, ...), NaN where a span has NaN only."""
        known = np.isfinite(column)
        total = np.add.reduceat(np.where(known, column, 0.0), self._starts)
        count = np.add.reduceat(known.astype(float), self._starts)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)

    def least(self, column: np.ndarray) -> np.ndarray:
        """The least of each span."""
        return np.fmin.reduceat(column, self._starts)

    def most(self, column: np.ndarray) -> np.ndarray:
        """The most of each span."""
        return np.fmax.reduceat(column, self._starts)
