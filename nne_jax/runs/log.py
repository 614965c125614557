"""The rows of a run: what each generation measured, in memory and in metrics.jsonl."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from nne_jax.errors import InputError
from nne_jax.runs.folder import Row, RunFolder


class Log:
    """Collects rows, from those that a run's folder holds already."""

    def __init__(
        self,
        folder: RunFolder | None,
        state: Any,
        evaluate: Callable[[Any], Mapping[str, Any]] | None,
        log_every: int,
        on_row: Callable[[Row], None] | None,
    ):
        """Takes the state to begin or to go on with, and arguments of ``loop.run``."""
        self._folder, self._evaluate, self._log_every = folder, evaluate, log_every
        self._on_row = on_row or (lambda row: None)
        generation = int(state.generation)
        self.rows = folder.truncate_rows(generation) if folder else []
        self._start, self._before = time.perf_counter(), 0.0
        if self.rows:
            self._before = self.rows[-1]["seconds"]
        elif evaluation := self.evaluate(state):
            self._start = time.perf_counter()  # a run's seconds are those of its generations
            self._add([{"generation": generation, **evaluation}])

    def evaluate(self, state: Any) -> dict[str, Any]:
        """What ``evaluate`` says of a state, in JSON's types; nothing without it."""
        if not self._evaluate:
            return {}
        evaluation = as_json(self._evaluate(state))
        if not isinstance(evaluation, dict):
            kind = type(evaluation).__name__
            raise InputError(f"evaluate: returned a {kind}; give a dictionary, its parts named.")
        return evaluation

    def append(self, generations: range, columns: Mapping[str, list], evaluation: Row) -> None:
        """Logs a block of generations.

        Args:
          generations: which.
          columns: by name, the metric of each.
          evaluation: of the state that the last one leaves; empty if there is none.
        """
        rows = rows_of(generations, columns)
        logged = [r for r in rows if r["generation"] % self._log_every == 0 or r.get("non_finite")]
        if evaluation:
            logged = [row for row in logged if row is not rows[-1]] + [rows[-1] | evaluation]
        self._add(logged)

    def _add(self, rows: list[Row]) -> None:
        seconds = round(self._before + time.perf_counter() - self._start, 3)
        rows = [row | {"seconds": seconds} for row in rows]
        if self._folder:
            self._folder.append_rows(rows)
        for row in rows:
            self.rows.append(row)
            self._on_row(row)


def rows_of(generations: range, columns: Mapping[str, list]) -> list[Row]:
    """A row for each generation.

    >>> rows_of(range(6, 8), {"fitness_mean": [0.5, float("inf")]})
    [{'generation': 6, 'fitness_mean': 0.5}, {'generation': 7, 'fitness_mean': None}]
    """
    return [
        {"generation": generation}
        | {name: as_json(column[index]) for name, column in columns.items()}
        for index, generation in enumerate(generations)
    ]


def as_json(value: Any) -> Any:
    """A value in JSON's types; arrays as lists, and a number that is not finite as None.

    >>> import numpy as np
    >>> as_json({"accuracy": np.float32(0.5), "counts": np.arange(2), "loss": float("nan")})
    {'accuracy': 0.5, 'counts': [0, 1], 'loss': None}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise InputError(
        f"evaluate: returned a {type(value).__name__}, which no row can hold; give numbers, "
        "strings, lists and dictionaries."
    )
