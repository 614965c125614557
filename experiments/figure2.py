"""The paper's figure 2: ``python -m experiments.figure2``.

How far the allele frequencies are from {0, 1} at three times of a run: after a twentieth, a half
and all of its generations (the paper: 10K, 100K, 200K). Writes ``experiments/results/figure2.json``
and ``.png``. A stopped experiment goes on with ``--resume``.
"""

from pathlib import Path

import numpy as np
from absl import flags as absl_flags

from experiments import launch, paper_flags, results_file, sweep
from experiments.config import PRESETS
from experiments.scale import scaled
from nne_jax import plots

FLAGS = absl_flags.FLAGS
paper_flags.define("figure2")
absl_flags.adopt_module_key_flags(paper_flags)
absl_flags.DEFINE_enum("preset", "paper", list(PRESETS), "preset of NNE to run")
absl_flags.DEFINE_string("classes", "0-9", "classes to tell apart")
TIMES = (1 / 20, 1 / 2, 1)  # of the generations


def main() -> None:
    """Runs every seed, then writes the files."""
    seeds = paper_flags.seeds()
    config = scaled(FLAGS.preset, FLAGS.scale, classes=FLAGS.classes, **paper_flags.data_options())
    folders = sweep.run_seeds(config, seeds, Path(FLAGS.workdir, f"{FLAGS.preset}-{FLAGS.classes}"))
    curves = _curves([folder.rows() for folder in folders], config.num_generations)
    results_file.write(
        FLAGS.output,
        "experiments.figure2",
        preset=FLAGS.preset,
        classes=FLAGS.classes,
        seeds=seeds,
        generations=config.num_generations,
        population_size=config.population_size,
        batch_size=folders[0].summary()["batch_size"],
        curves={t: [np.round(y, 6).tolist() for y in ys] for t, ys in curves.items()},
    )
    plots.distance_curves(curves).savefig(Path(FLAGS.output).with_suffix(".png"), dpi=120)
    print("genes within 0.1 of {0, 1}, mean over seeds:")
    for generation, seeds_of in curves.items():
        tenth = len(seeds_of[0]) // 5  # the edge at 0.1 of those from 0 to 0.5
        print(f"  generation {generation:6}  {1 - np.mean(seeds_of, axis=0)[tenth]:.3f}")


def _curves(runs: list[list[dict]], num_generations: int) -> dict[int, list[np.ndarray]]:
    """By generation, ``plots.fraction_farther`` of every run: at the evaluations next to TIMES."""
    counts = [
        {r["generation"]: r["allele_freq_counts"] for r in rows if "allele_freq_counts" in r}
        for rows in runs
    ]
    times = [min(counts[0], key=lambda g: abs(g - part * num_generations)) for part in TIMES]
    return {t: [plots.fraction_farther(run[t]) for run in counts] for t in dict.fromkeys(times)}


if __name__ == "__main__":
    launch.run(main)
