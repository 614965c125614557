"""The paper's table 1: ``python -m experiments.table1``.

NNE alone, NNE + learning in the lifetime (SignSGD, and a dopamine rule beside it), and the same
network trained by gradients (Adam, plain SGD), on digits 0-4 and 0-9: 200 training images a digit,
the whole test set, several seeds. Writes
``experiments/results/table1.json`` and ``.png``. A stopped experiment goes on with ``--resume``.
"""

import dataclasses
from pathlib import Path

from absl import flags as absl_flags

from experiments import gradient_rows, launch, paper_flags, results_file, sweep, table1_report
from experiments.config import PRESETS
from experiments.scale import scaled
from experiments.time_to_accuracy import time_to_accuracy
from nne_jax.lifetime import LIFETIMES
from nne_jax.plots import NETWORKS
from nne_jax.types import InputError

FLAGS = absl_flags.FLAGS
paper_flags.define("table1")
absl_flags.adopt_module_key_flags(paper_flags)
absl_flags.DEFINE_list("presets", ["mnist", "paper"], "presets of NNE to run")
absl_flags.DEFINE_list("classes", ["0-4", "0-9"], "sets of classes to tell apart")
absl_flags.DEFINE_list("lifetimes", ["signsgd", "dopamine"], "learning within a lifetime")


def main() -> None:
    """Runs every row, then writes the files."""
    rows = _rows(paper_flags.seeds())
    print(table1_report.table(rows))
    print("\nto reach a validation accuracy, mean over genotypes:")
    print(table1_report.time_table(rows, "sampled_mean"))
    results_file.write(FLAGS.output, "experiments.table1", rows=rows)
    table1_report.figure(rows).savefig(Path(FLAGS.output).with_suffix(".png"), dpi=120)


def _rows(seeds: list[int]) -> list[dict]:
    if unknown := set(FLAGS.presets) - set(PRESETS):
        raise InputError(
            f"--presets={','.join(FLAGS.presets)}: no preset {', '.join(unknown)}; known: "
            f"{', '.join(PRESETS)}."
        )
    if not FLAGS.lifetimes or set(FLAGS.lifetimes) - set(LIFETIMES):
        raise InputError(
            f"--lifetimes={','.join(FLAGS.lifetimes)}: give one or more of {', '.join(LIFETIMES)}."
        )
    configs = {
        (preset, classes): scaled(
            preset,
            FLAGS.scale,
            classes=classes,
            **paper_flags.data_options(),
        )
        for preset in FLAGS.presets
        for classes in FLAGS.classes
    }
    rows = []
    for (preset, classes), config in configs.items():
        if preset == FLAGS.presets[0]:
            name = "-".join(["gradient", classes, "seeds", *map(str, seeds)])
            rows += gradient_rows.rows(config, seeds, Path(FLAGS.workdir, f"{name}.json"))
        rows += _evolved(preset, config, seeds)
    return rows


def _evolved(preset, config, seeds) -> list[dict]:
    """Rows of NNE and of NNE with learning in the lifetime, from the same runs."""
    summaries = {}
    for lifetime in FLAGS.lifetimes:  # the evolution is that of the first
        learning = dataclasses.replace(config, lifetime=lifetime)
        folder = Path(FLAGS.workdir, f"{preset}-{config.classes}")
        folders = sweep.run_seeds(learning, seeds, folder)
        summaries[lifetime] = [folder.summary() for folder in folders]
    evolved = summaries[lifetime]
    run = {
        "preset": preset,
        "classes": config.classes,
        "seeds": seeds,
        "generations": config.num_generations,
        "population_size": config.population_size,
        "batch_size": evolved[0]["batch_size"],
        "seconds": [summary["seconds"] for summary in evolved],
    }
    reached = {
        network: [
            time_to_accuracy(folder.rows(), config, run["batch_size"], network)
            for folder in folders
        ]
        for network in ("sampled_mean", "modal")
    }
    return [
        {"model": "nne", **run, **_accuracy(evolved), "time_to": reached},
        *(
            {"model": f"nne+{lifetime}", **run, **_accuracy([s["lifetime"] for s in learnt])}
            for lifetime, learnt in summaries.items()
        ),
    ]


def _accuracy(reports: list[dict]) -> dict:
    over = results_file.over_seeds([report["test_accuracy"] for report in reports])
    return {
        "test_accuracy": {
            network: over[network]["mean"] for network in NETWORKS if network in over
        },
        "sd": {network: over[network]["sd"] for network in NETWORKS if network in over},
    }


if __name__ == "__main__":
    launch.run(main)
