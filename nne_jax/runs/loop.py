"""The run of any step: blocks of generations, and between them metrics, checkpoints, progress."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nne_jax._checks import check_count
from nne_jax._pytrees import as_pytree, settings_in
from nne_jax.errors import InputError
from nne_jax.runs.config_file import OWN_NAMES
from nne_jax.runs.course import Course
from nne_jax.runs.disk import Disk, opened
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.identity import identity
from nne_jax.runs.log import Log
from nne_jax.runs.processes import Processes, local
from nne_jax.runs.programs import free_programs
from nne_jax.runs.progress import Progress
from nne_jax.runs.repack import EVERY, Repacking
from nne_jax.runs.rows import Row
from nne_jax.runs.stop import Stop
from nne_jax.types import Step

MOST_ROWS = 10_000  # of a run, by default
MANY = 2**63 - 1  # generations between two things: as good as never


def run(
    step: Step,
    state: Any,
    batches: Any,
    num_generations: int,
    workdir: str | Path | RunFolder | None = None,
    *,
    later: Sequence[tuple[int, Step, Any]] = (),
    evaluate: Callable[[Any], Mapping[str, Any]] | None = None,
    eval_every: int = 100,
    checkpoint_every: int = 100,
    log_every: int | None = None,
    resume: bool = True,
    progress: bool = True,
    block_size: int | None = None,
    repack: bool = False,
    on_row: Callable[[Row], None] | None = None,
    stop: Stop | None = None,
    parts: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
) -> tuple[Any, list[Row]]:
    """Runs a step to a generation, from the last checkpoint in its folder if there is one.

    In the folder are ``metrics.jsonl``, a row a generation, ``checkpoints/``, the last three, and
    ``config.json``, the run's identity. One process at a time is in it. A run that was killed goes
    on with the same call, to the bit as if it had not been, from the newest checkpoint that is
    sound. A first Ctrl-C, SIGTERM or SIGHUP ends it with a checkpoint after the running block of
    generations; a second one raises KeyboardInterrupt. (In another thread than the main one signals
    are not looked at.)

    A run ends with an InputError, and a checkpoint of what came before, at the first generation
    whose metric ``fitness_max`` is not finite, since nobody's fitness is, or that leaves
    ``allele_freqs`` that are not.

    Args:
      step: any pure function ``(state, batch) -> (state, metrics)``, see ``types.Step``; its
        metrics are scalars with names, in a NamedTuple or a dictionary. That of ``replicates``
        leaves a row for each of them, in which ``replicate`` is its number.
      state: the first one: a pytree of arrays with a ``generation``, () int32.
      batches: as for ``evolution.evolve``.
      num_generations: the generation to end at, counted from the first of the run.
      workdir: the run's folder; None for a run that leaves nothing on disk.
      later: ``(generation, step, batches)``, in order: after so many generations the run goes on
        with that step and these batches, of a larger population say. The state stays as it is.
      evaluate: maps a state, of replicates that of each, to numbers, strings, lists and
        dictionaries, which the row of its generation then holds; called at the first and last
        generation too.
      eval_every: generations from one evaluation to the next.
      checkpoint_every: generations from one checkpoint to the next; the last one has one too.
      log_every: generations from one row to the next; by default as many as make no more than
        10,000 rows. Logged in any case is a generation with an evaluation, or in which the metric
        ``non_finite`` is not 0.
      resume: whether a run in the folder goes on; otherwise it is refused.
      progress: whether to draw a progress bar, and to say how long a run of more than seconds
        will take, once that is measured.
      block_size: generations between two looks at the run; by default as many as take about a
        second. Results do not depend on it.
      repack: whether the step is made anew, by ``GenerationStep.without_fixed``, whenever two
        thirds of the genes that varied are fixed: late generations then take less time, after some
        seconds for each of up to four compilations, which pay in runs of minutes. The same run but
        for the rounding of sums; one that was begun with it must go on with it.
      on_row: called with every new row; what it raises ends the run.
      stop: what ends the run early; by default the signals named above.
      parts: by name, pytrees by whose arrays and numbers, or words by which a run that goes on is
        known; by default the first state, the batches and the step, their sizes among them.
      config: what config.json is to hold beside the identity, JSON's types.

    Returns:
      The state at the end, of an earlier generation if a signal has ended the run, and all rows:
      ``generation``, the metrics, what ``evaluate`` returned, ``seconds`` since the beginning.
      A number that is not finite is None.

    Raises:
      InputError: a folder that holds something else, another run say; a BusyError if another
        process is in it; fewer generations than were made already; see ``evolution.evolve``.
      StorageError: the disk is full, or the folder gone; what was written before is whole.

    >>> import jax, jax.numpy as jnp, nne_jax as nne
    >>> def fitness(genotype, batch):
    ...     return jnp.sum(genotype)
    >>> rule = nne.selection.intensity(1.0)
    >>> step = nne.evolution.make_generation_step(nne.engines.per_individual(fitness), rule, 50)
    >>> state = nne.evolution.init(jax.random.key(0), 20, rule)
    >>> state, rows = run(step, state, None, num_generations=30, progress=False)
    >>> len(rows), rows[-1]["fitness_max"]
    (30, 20.0)
    """
    everies = {"eval_every": eval_every, "checkpoint_every": checkpoint_every}
    _check(state, num_generations, {**everies, "log_every": log_every, "block_size": block_size})
    if taken := [name for name in config or () if name in OWN_NAMES or not isinstance(name, str)]:
        raise InputError(f"config: {taken[0]!r} is no name for a part of it; give another one.")
    free_programs()  # of earlier runs
    packing = Repacking(step, state, batches, repack, later)
    if repack:
        everies["repack"] = EVERY
        parts = {**(parts or _parts(step, state, batches, later)), "repack": True}
    log_every = log_every or max(1, -(-num_generations // MOST_ROWS))
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(Stop()) if stop is None else stop
        processes = stack.enter_context(Processes(stop))
        is_first, parts = processes.is_first, parts or _parts(step, state, batches, later)
        known_by = identity(parts) if workdir is not None or processes.are_several else {}
        processes.check_same(known_by)

        def begin() -> tuple[Disk | None, Log, Any]:
            disk = None
            if workdir is not None:
                folder = workdir if isinstance(workdir, RunFolder) else RunFolder(workdir)
                stack.enter_context(opened(folder, resume, num_generations, known_by, config))
                disk = stack.enter_context(Disk(folder, stop))
            log = Log(disk.folder if disk else None, evaluate, log_every, on_row)
            if not (disk and disk.checkpoints.generations()):
                log.begin(local(state))
                return disk, log, state
            stored = packing.from_disk(disk.restore(packing.to_disk(state)))
            log.go_on(stored)
            return disk, log, stored

        nothing = None, Log(None, None, log_every, None), state
        disk, log, state = processes.first(begin) or nothing
        state = processes.state(state)
        generation = int(state.generation)
        grows = any(start > generation for start, *_ in later)
        bar = stack.enter_context(
            Progress(generation, num_generations, progress and is_first, grows)
        )
        course = Course(packing, processes, log, disk, bar, everies, num_generations, block_size)
        state, generation = course.to_the_end(state, generation)
        if disk:
            disk.save(generation, packing.to_disk(state))
        processes.first(lambda: None)  # nobody leaves before the last checkpoint is there
    return state, log.rows


def _parts(step: Step, state: Any, batches: Any, later: Sequence[Any]) -> dict[str, Any]:
    """By what a run is known that is not told."""
    known = {"state": state, "batches": as_pytree(batches), "step": as_pytree(step)}
    if later:
        known["later"] = [tuple(map(as_pytree, one)) for one in later]
    in_batches, in_step, in_later = (
        settings_in(known.get(name), name) for name in ("batches", "step", "later")
    )
    return in_batches | in_step | known | in_later  # the first difference is told, by its name


def _check(state: Any, num_generations: int, numbers: Mapping[str, int | None]) -> None:
    check_count("num_generations", num_generations, 0)
    for name, number in numbers.items():
        if number is not None:
            check_count(name, number, high=MANY)
    generation = getattr(state, "generation", None)
    if generation is None or np.shape(generation) != ():
        raise InputError(
            f"state: {type(state).__name__} has no generation, () int32, the number of generations "
            "made so far."
        )
    if int(generation) > num_generations:
        raise InputError(
            f"num_generations={num_generations}: the state is at generation {int(generation)} "
            "already; give at least as many."
        )
