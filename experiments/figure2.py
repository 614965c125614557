"""The paper's figure 2: ``python -m experiments.figure2``.

How far the allele frequencies are from {0, 1} at three times of a run: after a twentieth, a half
and all of its generations (the paper: 10K, 100K, 200K). Writes ``experiments/results/figure2.json``
and ``.png``. A stopped experiment goes on with ``--resume``.
"""

import dataclasses
from pathlib import Path

import numpy as np

from experiments import launch
from experiments.evolved import configs
from experiments.evolved.evaluations import evaluations
from experiments.launch import option
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.paper_flags import PaperOptions
from experiments.run import repeated
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.classes import shortest
from experiments.run.presets import PRESETS
from nne_jax.runs import Row

TIMES = (1 / 20, 1 / 2, 1)  # of the generations


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """Which run to look at, and where the results go."""

    preset: str = option("paper", "preset of NNE to run", choices=PRESETS)
    classes: str = option("0-9", "classes to tell apart", parse=shortest)
    workdir: str = workdir_option("runs/figure2")
    output: str = output_option("experiments/results/figure2.json")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs every seed, then writes the files."""
    output = options.check_paths()
    from nne_jax.runs import plots  # needs matplotlib, which is there: that was checked

    config = configs.scaled_config(options, options.preset, options.classes)
    workdir = Path(options.workdir, f"{options.preset}-{options.classes}")
    check_folders(config, options.seeds, workdir)
    check_runs([config], options.seeds)
    with options.held():
        folders = repeated.run_seeds(config, options.seeds, workdir, are_all=True)
        curves = _curves([evaluations(folder, config) for folder in folders])
        output.write(
            "experiments.figure2",
            preset=options.preset,
            classes=options.classes,
            seeds=options.seeds,
            generations=config.num_generations,
            population_size=config.population_size,
            batch_size=folders[0].summary()["batch_size"],
            curves={t: [np.round(y, 6).tolist() for y in ys] for t, ys in curves.items()},
        )
        output.draw(plots.distance_curves(curves))
    print("genes within 0.1 of {0, 1}, mean over seeds:")
    for generation, seeds_of in curves.items():
        tenth = len(seeds_of[0]) // 5  # the edge at 0.1 of those from 0 to 0.5
        print(f"  generation {generation:6}  {1 - np.mean(seeds_of, axis=0)[tenth]:.3f}")


def _curves(runs: list[list[Row]]) -> dict[int, list[np.ndarray]]:
    """By generation, ``plots.fraction_farther`` of every run: at the evaluations next to TIMES."""
    from nne_jax.runs.plots import fraction_farther

    counts = [{row["generation"]: row["allele_freq_counts"] for row in rows} for rows in runs]
    last = max(counts[0])
    times = [min(counts[0], key=lambda g: abs(g - part * last)) for part in TIMES]
    return {t: [fraction_farther(run[t]) for run in counts] for t in dict.fromkeys(times)}


if __name__ == "__main__":
    launch.run(define, read, main)
