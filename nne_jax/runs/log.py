"""The rows of a run: what each generation measured, in memory and in metrics.jsonl."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nne_jax._files import as_json
from nne_jax.errors import InputError
from nne_jax.replicates import Populations, populations
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.rows import Row, refuse_own_names


class Log:
    """Collects rows, from those that a run's folder holds already."""

    def __init__(
        self,
        folder: RunFolder | None,
        evaluate: Callable[[Any], Mapping[str, Any]] | None,
        log_every: int,
        on_row: Callable[[Row], None] | None,
    ):
        """Takes arguments of ``loop.run``."""
        self._folder, self._evaluate, self._log_every = folder, evaluate, log_every
        self._on_row = on_row or (lambda row: None)
        self.rows: list[Row] = []
        self._start, self._before = time.perf_counter(), 0.0

    def begin(self, state: Any) -> None:
        """A new run: nothing is logged but, where there is an evaluation, the first state."""
        if self._folder:
            self._folder.cut_rows(-1, self._log_every)  # of a run that left no checkpoint
        evaluations = self.evaluate(state)
        self._start = time.perf_counter()  # a run's seconds are those of its generations
        if any(evaluations):
            rows = zip(_first_rows(state), evaluations, strict=True)
            self._add([row | own for row, own in rows], seconds=0.0)

    def go_on(self, state: Any) -> None:
        """A run that goes on from a state: rows up to it are there."""
        if self._folder:
            self.rows = self._folder.cut_rows(int(state.generation), self._log_every)
        self._before = self.rows[-1]["seconds"] if self.rows else 0.0
        self._start = time.perf_counter()

    def evaluate(self, state: Any) -> list[dict[str, Any]]:
        """What ``evaluate`` says of each population, in JSON's types; nothing without it."""
        return [self._evaluated(one) for one in populations(state)]

    def _evaluated(self, state: Any) -> dict[str, Any]:
        if not self._evaluate:
            return {}
        evaluation = as_json(self._evaluate(state), "evaluate returned")
        if not isinstance(evaluation, dict):
            kind = type(evaluation).__name__
            raise InputError(f"evaluate: returned a {kind}; give a dictionary, its parts named.")
        refuse_own_names("evaluate", evaluation)
        return evaluation

    def append(self, rows: list[Row], evaluations: Sequence[Row] = ()) -> None:
        """Logs a block of generations.

        Args:
          rows: of all of them.
          evaluations: what belongs to the last rows, of each population.
        """
        logged = [r for r in rows if r["generation"] % self._log_every == 0 or r.get("non_finite")]
        if any(evaluations):
            last = rows[-len(evaluations) :]
            logged = [row for row in logged if not any(row is other for other in last)]
            logged += [row | own for row, own in zip(last, evaluations, strict=True)]
        self._add(logged, round(self._before + time.perf_counter() - self._start, 3))

    def _add(self, rows: list[Row], seconds: float) -> None:
        rows = [row | {"seconds": seconds} for row in rows]
        if self._folder and rows:
            self._folder.append_rows(rows)
        for row in rows:
            self.rows.append(row)
            self._on_row(row)


def rows_of(generations: range, columns: Mapping[str, list]) -> list[Row]:
    """A row for each generation; of replicates, whose columns have lists, one for each of them.

    >>> rows_of(range(6, 8), {"fitness_mean": [0.5, float("inf")]})
    [{'generation': 6, 'fitness_mean': 0.5}, {'generation': 7, 'fitness_mean': None}]
    >>> rows_of(range(6, 7), {"fitness_mean": [[0.5, 0.6]]})[1]
    {'generation': 6, 'replicate': 1, 'fitness_mean': 0.6}
    """
    rows = []
    for index, generation in enumerate(generations):
        measured = {name: column[index] for name, column in columns.items()}
        first = next(iter(measured.values()), None)
        if not isinstance(first, list):
            rows.append({"generation": generation} | as_json(measured))
            continue
        for replicate in range(len(first)):
            own = {name: values[replicate] for name, values in measured.items()}
            rows.append({"generation": generation, "replicate": replicate} | as_json(own))
    return rows


def _first_rows(state: Any) -> list[Row]:
    """The row of a state before its first generation, or those of its replicates."""
    row = {"generation": int(state.generation)}
    if not isinstance(state, Populations):
        return [row]
    return [row | {"replicate": index} for index in range(len(populations(state)))]
