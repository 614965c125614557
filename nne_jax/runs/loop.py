"""The run of any step: blocks of generations, and between them metrics, checkpoints, progress."""

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nne_jax.errors import InputError, check_number
from nne_jax.runs.blocks import Blocks, Pace
from nne_jax.runs.folder import Row, RunFolder, fingerprint
from nne_jax.runs.log import Log
from nne_jax.runs.progress import Progress
from nne_jax.runs.stop import Stop
from nne_jax.types import Step

if TYPE_CHECKING:
    from nne_jax.runs.checkpoint import Checkpoints


def run(
    step: Step,
    state: Any,
    batches: Any,
    num_generations: int,
    workdir: str | Path | None = None,
    *,
    evaluate: Callable[[Any], Mapping[str, Any]] | None = None,
    eval_every: int = 100,
    checkpoint_every: int = 100,
    log_every: int = 1,
    resume: bool = True,
    progress: bool = True,
    block_size: int | None = None,
    on_row: Callable[[Row], None] | None = None,
) -> tuple[Any, list[Row]]:
    """Runs a step to a generation, from the last checkpoint in its folder if there is one.

    In the folder are ``metrics.jsonl``, a row a generation, and ``checkpoints/``, the last three. A
    run that was killed goes on with the same call, to the bit as if it had not been. A first Ctrl-C
    or SIGTERM ends it with a checkpoint after the running block of generations; a second one
    raises KeyboardInterrupt. (In another thread than the main one signals are not looked at.)

    Args:
      step: any pure function ``(state, batch) -> (state, metrics)``, see ``types.Step``; its
        metrics are scalars with names, in a NamedTuple or a dictionary.
      state: the first one: a pytree of arrays with a ``generation``, () int32.
      batches: as for ``evolution.evolve``.
      num_generations: the generation to end at, counted from the first of the run.
      workdir: the run's folder; None for a run that leaves nothing on disk.
      evaluate: maps a state to numbers, strings, lists and dictionaries, which the row of its
        generation then holds; called at the first and last generation too.
      eval_every: generations from one evaluation to the next.
      checkpoint_every: generations from one checkpoint to the next; the last one has one too.
      log_every: generations from one row to the next. Logged in any case is a generation with
        an evaluation, or in which the metric ``non_finite`` is not 0.
      resume: whether a run in the folder goes on; otherwise it is refused.
      progress: whether to draw a progress bar.
      block_size: generations between two looks at the run; by default as many as take about a
        second. Results do not depend on it.
      on_row: called with every new row; what it raises ends the run.

    Returns:
      The state at the end, of an earlier generation if a signal has ended the run, and all rows:
      ``generation``, the metrics, what ``evaluate`` returned, ``seconds`` since the beginning.
      A number that is not finite is None.

    Raises:
      InputError: a folder that holds something else, another run say; fewer generations than were
        made already; see ``evolution.evolve``.

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
    blocks, pace = Blocks(step, state, batches), Pace(block_size)
    with contextlib.ExitStack() as stack:
        folder = checkpoints = None
        if workdir is not None:
            folder = _open(workdir, resume, num_generations, fingerprint((state, batches)))
            stack.enter_context(folder.locked())
            checkpoints = stack.enter_context(_checkpoints(folder))
            if checkpoints.generations():
                state = checkpoints.restore(state)
        log = Log(folder, state, evaluate, log_every, on_row)
        generation = int(state.generation)
        stop = stack.enter_context(Stop())
        bar = stack.enter_context(Progress(generation, num_generations, progress))
        while generation < num_generations and not stop:
            start = time.perf_counter()
            ends = (generation // every * every + every for every in everies.values())
            number = min(generation + pace.size, num_generations, *ends) - generation
            state, columns = blocks.run(state, number)
            pace.took(number, time.perf_counter() - start)
            made = range(generation + 1, generation + number + 1)
            generation += number
            last = generation == num_generations
            evaluation = log.evaluate(state) if last or generation % eval_every == 0 else {}
            log.append(made, columns, evaluation)
            if checkpoints and generation % checkpoint_every == 0:
                checkpoints.save(generation, state)
            bar.update(number, evaluation)
        if checkpoints:
            checkpoints.save(generation, state)
    return state, log.rows


def _check(state: Any, num_generations: int, numbers: Mapping[str, int | None]) -> None:
    check_number("num_generations", num_generations, 0)
    for name, number in numbers.items():
        if number is not None:
            check_number(name, number, 1)
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


def _open(workdir: str | Path, resume: bool, num_generations: int, identity: str) -> RunFolder:
    folder = RunFolder(workdir)
    folder.refuse_if_taken(resume)
    folder.refuse_fewer(num_generations)
    folder.begin(identity)
    return folder


def _checkpoints(folder: RunFolder) -> "Checkpoints":
    """The folder's checkpoints; orbax is imported only now."""
    try:
        from nne_jax.runs.checkpoint import Checkpoints
    except ModuleNotFoundError as error:
        raise InputError(
            f"workdir={folder.path}: checkpoints need orbax-checkpoint; pip install "
            '"nne_jax[runs]", or give workdir=None.'
        ) from error
    return Checkpoints(folder.checkpoints)
