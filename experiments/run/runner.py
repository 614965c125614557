"""A run from its config to its summary and figures."""

import functools
from typing import Any

import numpy as np

from experiments.run import report
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from experiments.run.summary import accuracy, summarise
from nne_jax import runs
from nne_jax.errors import InputError
from nne_jax.runs.folder import fingerprint

HISTOGRAM_BINS = 100


def run(config: Config, folder: RunDirectory, test: bool = True) -> dict[str, Any]:
    """Runs a config in its folder, from the last checkpoint there if there is one.

    Args:
      config: the options.
      folder: where its files are, or are to be.
      test: whether to report on the test set in the end; not where a choice is to be made.

    Returns:
      The summary, as written to ``summary.json``; ``complete`` says whether it reached the end.

    Raises:
      InputError: anything wrong with the config, before work starts; a generation in which nobody
        has a finite fitness.
    """
    folder.refuse_fewer(config.num_generations, "--num_generations")
    parts = assemble(config)
    folder.refuse_other(fingerprint((parts.state, parts.batches)))  # config.json is as it was
    folder.create(config)
    print(report.header(parts, folder.path), flush=True)
    state, rows = runs.run(
        parts.step,
        parts.state,
        parts.batches,
        config.num_generations,
        folder.path,
        evaluate=functools.partial(_evaluation, parts),
        eval_every=config.eval_every,
        checkpoint_every=config.checkpoint_every,
        log_every=config.log_every,
        progress=config.progress,
        on_row=functools.partial(_refuse_broken, config.population_size),
    )
    summary = summarise(parts, state, rows, test)
    folder.write_allele_freqs(state.allele_freqs)
    folder.write_summary(summary)
    _draw_figures(folder, rows)
    return summary


def _evaluation(parts: Run, state: Any) -> dict[str, Any]:
    """Validation accuracy and histogram of the frequencies that a generation leaves."""
    counts, _ = np.histogram(state.allele_freqs, bins=HISTOGRAM_BINS, range=(0, 1))
    return {
        "validation_accuracy": accuracy(parts, state, parts.dataset.validation),
        "allele_freq_counts": counts,
    }


def _refuse_broken(population_size: int, row: runs.Row) -> None:
    """Ends a run in which nothing can be selected any more, or nothing is left to select."""
    if row.get("non_finite") == population_size:
        raise InputError(
            f"generation {row['generation']}: no genotype has a finite fitness; give another "
            "--temperature, or data of ordinary size."
        )
    if row.get("heterozygosity", 0.0) is None:
        raise InputError(
            f"generation {row['generation']}: the allele frequencies are not finite; select more "
            "weakly."
        )


def _draw_figures(folder: RunDirectory, rows: list[runs.Row]) -> None:
    try:
        from nne_jax.runs import plots
    except InputError as error:
        print(f"no figures: {error}")
        return
    folder.figures.mkdir(exist_ok=True)
    for draw in (plots.learning_curve, plots.allele_freq_histogram, plots.distance_to_fixation):
        draw(rows).savefig(folder.figures / f"{draw.__name__}.png", dpi=120)
