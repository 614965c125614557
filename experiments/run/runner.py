"""A run from its config to its summary and figures."""

import contextlib
import dataclasses
import functools
from typing import Any, NamedTuple

import jax
import numpy as np

from experiments.run import event_files, report
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.event_files import EventFiles
from experiments.run.run_directory import RunDirectory
from experiments.run.summary import accuracy, summarise
from nne_jax import runs
from nne_jax.errors import InputError
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.identity import identity
from nne_jax.runs.processes import Processes, local
from nne_jax.runs.stop import Stop

HISTOGRAM_BINS = 100


class Ended(NamedTuple):
    """How a run ended."""

    summary: dict[str, Any]  # as written to summary.json; ``complete`` if it reached the end
    signal: int | None  # of the system, if one asked it to stop


def run(config: Config, folder: RunDirectory, resume: bool = False, test: bool = True) -> Ended:
    """Runs a config in its folder, from the last checkpoint there if there is one.

    Args:
      config: the options.
      folder: where its files are, or are to be.
      resume: whether a run that is there goes on; otherwise it is refused.
      test: whether to report on the test set in the end; not where a choice is to be made.

    Raises:
      InputError: anything wrong with the config, before work starts; a BusyError if another process
        is in the folder; a generation in which nobody has a finite fitness.
      StorageError: the disk is full, or the folder gone.
    """
    with contextlib.ExitStack() as stack:
        processes = stack.enter_context(Processes())
        event_files.check(config)

        def look() -> None:
            folder.refuse_if_taken(resume)
            folder.refuse_fewer(config.num_generations, "--num_generations")

        processes.first(look)
        parts = assemble(config)

        def enter() -> None:
            stack.enter_context(folder.held())
            folder.refuse_if_taken(resume)  # again: now nobody else can begin one
            if folder.holds_a_run():
                folder.resumed_config(dataclasses.asdict(config))
                folder.refuse_other(identity(known_by(parts)))
            print(report.header(parts, folder.path), flush=True)

        processes.first(enter)
        with Stop() as stop, on_mesh(parts):
            summary = _run(parts, folder, stop, test, processes.is_first)
        processes.first(lambda: None)  # all are there until the report is written
        return Ended(summary, stop.signal)


def on_mesh(parts: Run) -> contextlib.AbstractContextManager[Any]:
    """Where replicates have several devices, within their mesh."""
    return contextlib.nullcontext() if parts.mesh is None else jax.set_mesh(parts.mesh)


def _run(
    parts: Run, folder: RunDirectory, stop: Stop, test: bool, is_first: bool
) -> dict[str, Any]:
    config = parts.config
    state, rows = evolved(
        parts,
        folder,
        stop,
        log_every=config.log_every or None,
        repack=config.repack,
        parts=known_by(parts),
        config=folder.record(config) if is_first else None,
    )
    if not is_first:
        return {"complete": int(state.generation) == config.num_generations}
    state = local(state)
    summary = summarise(parts, state, rows, test)
    folder.write_report(summary, state.allele_freqs)
    _draw_figures(folder, rows)
    return summary


def evolved(
    parts: Run, folder: RunFolder, stop: Stop, /, **options: Any
) -> tuple[Any, list[runs.Row]]:
    """``runs.run`` of what a run is made of, with further options of it."""
    config = parts.config
    with contextlib.ExitStack() as stack:
        shown = stack.enter_context(EventFiles(folder)) if config.tensorboard else None
        return runs.run(
            parts.step,
            parts.state,
            parts.batches,
            config.num_generations,
            folder,
            later=parts.phases[1:],
            evaluate=functools.partial(_evaluation, parts),
            eval_every=config.eval_every,
            checkpoint_every=config.checkpoint_every,
            progress=config.progress,
            on_row=shown,
            stop=stop,
            **options,
        )


def known_by(parts: Run) -> dict[str, Any]:
    """By name, what decides a run beside its options: a resumed one must have the same."""
    dataset = parts.dataset
    known = {
        "training sample": dataset.train,
        "validation sample": dataset.validation,
        "test set": dataset.test,
        "network": parts.net,
        "genome": parts.gen,
        "first state": parts.state,
    }
    return known | ({"repack": True} if parts.config.repack else {})


def _evaluation(parts: Run, state: Any) -> dict[str, Any]:
    """Validation accuracy and histogram of the frequencies that a generation leaves."""
    counts, _ = np.histogram(state.allele_freqs, bins=HISTOGRAM_BINS, range=(0, 1))
    return {
        "validation_accuracy": accuracy(parts, state, parts.dataset.validation),
        "allele_freq_counts": counts,
    }


def _draw_figures(folder: RunDirectory, rows: list[runs.Row]) -> None:
    try:
        from nne_jax.runs import plots
    except InputError as error:
        print(f"no figures: {error}")
        return
    if not any("validation_accuracy" in row for row in rows):  # metrics.jsonl was lost
        print(f"no figures: {folder.path} holds no evaluations.")
        return
    for draw in (plots.learning_curve, plots.allele_freq_histogram, plots.distance_to_fixation):
        folder.write_figure(draw.__name__, draw(rows))
