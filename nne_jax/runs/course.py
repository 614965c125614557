"""The course of a run: a block of generations, then what there is to do between two blocks."""

import time
from collections.abc import Mapping
from typing import Any

from nne_jax.errors import InputError
from nne_jax.runs.blocks import Pace
from nne_jax.runs.broken import first_problem
from nne_jax.runs.disk import Disk
from nne_jax.runs.log import Log, rows_of
from nne_jax.runs.processes import Processes, local
from nne_jax.runs.progress import Progress
from nne_jax.runs.repack import Repacking
from nne_jax.runs.rows import Row


class Course:
    """Takes a state to the last generation, as ``loop.run`` says."""

    def __init__(
        self,
        packing: Repacking,
        processes: Processes,
        log: Log,
        disk: Disk | None,
        bar: Progress,
        everies: Mapping[str, int],
        num_generations: int,
        block_size: int | None,
    ):
        """Takes the parts of a run, and ``everies``: what comes after how many generations."""
        self._packing, self._processes, self._log, self._bar = packing, processes, log, bar
        self._disk, self._everies, self._last = disk, everies, num_generations
        self._block_size, self._pace = block_size, Pace(block_size)

    def to_the_end(self, state: Any, generation: int) -> tuple[Any, int]:
        """The last state and its generation, an earlier one if a signal has ended the run.

        Raises:
          InputError: a generation in which frequencies or everybody's fitness are not finite.
        """
        while generation < self._last and (size := self._processes.look(self._pace.size)):
            before = state
            state, columns, number = self._block(state, generation, size)
            rows = rows_of(range(generation + 1, generation + number + 1), columns)
            self._refuse_broken(rows, before, state, generation)
            generation += number
            self._keep(rows, state, generation, number)
        return state, generation

    def _block(self, state: Any, generation: int, size: int) -> tuple[Any, dict[str, list], int]:
        """At most so many generations, until the next thing is due: state, metrics, number."""
        start = time.perf_counter()
        if self._packing.look(state):
            self._pace = Pace(self._block_size)  # the next block is compiled as well
        ends = (generation // every * every + every for every in self._everies.values())
        last_of_step = self._packing.until(self._last)
        number = min(generation + size, last_of_step, *ends) - generation
        with self._processes.meeting():
            state, columns = self._packing.blocks.run(state, number)
        self._pace.took(number, time.perf_counter() - start)
        return state, columns, number

    def _refuse_broken(self, rows: list[Row], before: Any, state: Any, generation: int) -> None:
        if problem := first_problem(rows, state):
            self._log.append(rows[: problem.number_of_rows], [{"stopped": problem.reason}])
            if self._disk:
                self._disk.save(generation, self._packing.to_disk(before))
            raise InputError(f"{problem.reason}; {problem.remedy}.")

    def _keep(self, rows: list[Row], state: Any, generation: int, number: int) -> None:
        looks = generation == self._last or generation % self._everies["eval_every"] == 0
        evaluations = self._log.evaluate(local(state)) if looks else []
        self._log.append(rows, evaluations)
        if self._disk and generation % self._everies["checkpoint_every"] == 0:
            self._disk.save(generation, self._packing.to_disk(state))
        self._bar.update(number, evaluations[0] if evaluations else {})
