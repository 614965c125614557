"""The main job: blocks of generations, and between them progress, metrics and checkpoints."""

import time

import numpy as np

import nne_jax as nne
from experiments import report
from experiments.assemble import Run, State, assemble
from experiments.config import Config
from experiments.run_directory import RunDirectory
from experiments.stop import Stop
from experiments.summary import accuracy, summarise
from nne_jax.checkpoint import Checkpoints
from nne_jax.types import InputError

HISTOGRAM_BINS = 100


def run(config: Config, folder: RunDirectory, test: bool = True) -> dict:
    """Runs a config in its folder, from the last checkpoint there if there is one.

    Args:
      config: the options.
      folder: where its files are, or are to be.
      test: whether to report on the test set in the end; not where a choice is to be made.

    Returns:
      The summary, as written to ``summary.json``; ``complete`` says whether it reached the end.

    Raises:
      InputError: anything wrong with the config, before work starts.
    """
    _check_generations(config, folder)
    parts = assemble(config)
    folder.create(config)
    print(report.header(parts, folder.path), flush=True)
    state, rows = _evolve(parts, folder)
    summary = summarise(parts, state, rows, test)
    folder.write_allele_freqs(state.allele_freqs)
    folder.write_json("summary.json", summary)
    _draw_figures(folder, rows)
    return summary


def _check_generations(config: Config, folder: RunDirectory) -> None:
    """Refuses to end a run before its checkpoint: while its config.json is still as it was."""
    if (generation := folder.last_checkpoint()) > config.num_generations:
        raise InputError(
            f"--num_generations={config.num_generations}: the run in {folder.path} is at "
            f"generation {generation} already; give at least as many."
        )


def _evolve(parts: Run, folder: RunDirectory) -> tuple[State, list[dict]]:
    """Runs to the last generation or the first signal; leaves a checkpoint and all rows on disk."""
    config = parts.config
    with Checkpoints(folder.checkpoints) as checkpoints, Stop() as stop:
        state = checkpoints.restore(parts.state) if checkpoints.generations() else parts.state
        generation = int(state.generation)
        rows = folder.truncate_rows(generation)
        if not rows:
            rows = [{"generation": 0, **_evaluation(parts, state), "seconds": 0.0}]
            folder.append_rows(rows)
        before, start = rows[-1]["seconds"], time.perf_counter()
        with report.Progress(parts, generation) as progress:
            while generation < config.num_generations and not stop:
                block = parts.block_size - generation % parts.block_size
                block = min(block, config.num_generations - generation)
                state, history = nne.evolution.evolve(parts.step, state, parts.batches, block)
                generation += block
                last = generation == config.num_generations
                evaluation = {}
                if last or generation % config.eval_every == 0:
                    evaluation = _evaluation(parts, state)
                new = _rows(history, generation, evaluation, config.log_every)
                seconds = before + time.perf_counter() - start
                new = [row | {"seconds": round(seconds, 3)} for row in new]
                folder.append_rows(new)
                rows += new
                if last or stop or generation % config.checkpoint_every == 0:
                    checkpoints.save(generation, state)
                progress.update(block, evaluation.get("validation_accuracy"))
            checkpoints.save(generation, state)
    return state, rows


def _rows(history, generation: int, evaluation: dict, log_every: int) -> list[dict]:
    """Rows of the generations of a block that are logged; the last carries the evaluation.

    A generation with broken networks is always logged: the summary counts them from the rows.
    """
    columns = {name: np.asarray(column).tolist() for name, column in history._asdict().items()}
    first = generation - len(history.fitness_mean) + 1
    rows = [
        {"generation": first + i, **{name: column[i] for name, column in columns.items()}}
        for i in range(len(history.fitness_mean))
    ]
    rows[-1] |= evaluation
    return [
        row
        for row in rows
        if row["generation"] % log_every == 0 or "validation_accuracy" in row or row["non_finite"]
    ]


def _evaluation(parts: Run, state: State) -> dict:
    """Validation accuracy and histogram of the frequencies that a generation leaves."""
    counts, _ = np.histogram(state.allele_freqs, bins=HISTOGRAM_BINS, range=(0, 1))
    return {
        "validation_accuracy": accuracy(parts, state, parts.dataset.validation),
        "allele_freq_counts": counts.tolist(),
    }


def _draw_figures(folder: RunDirectory, rows: list[dict]) -> None:
    try:
        from nne_jax import plots
    except ModuleNotFoundError:
        print('no figures: they need matplotlib, pip install "nne_jax[plots]".')
        return
    folder.figures.mkdir(exist_ok=True)
    for draw in (plots.learning_curve, plots.allele_freq_histogram, plots.distance_to_fixation):
        draw(rows).savefig(folder.figures / f"{draw.__name__}.png", dpi=120)
