"""Repeats a run for several seeds: ``python -m experiments.seeds --seeds=0,1,2 --workdir=FOLDER``.

Takes every flag of ``experiments.evolve``; each seed has a folder of its own in ``--workdir``, in
which a stopped run goes on. ``--output`` gets mean and standard deviation over seeds.
"""

import dataclasses
import json
from pathlib import Path

from absl import flags as absl_flags

from experiments import flags, launch, results_file, sweep
from nne_jax.types import InputError

FLAGS = absl_flags.FLAGS
flags.define(but="seed")
absl_flags.adopt_module_key_flags(flags)
absl_flags.DEFINE_list("seeds", ["0", "1", "2", "3", "4"], "the seeds")
absl_flags.DEFINE_string("output", None, "the JSON file to write")
absl_flags.DEFINE_boolean("overwrite", False, "replace the output file if it is there")


def main() -> None:
    """Runs every seed, then writes the file."""
    seeds = _checked_seeds()
    folders = sweep.run_seeds(_config(seeds[0]), seeds, FLAGS.workdir)
    summaries = [folder.summary() for folder in folders]
    learnt = [summary["lifetime"] for summary in summaries if summary["lifetime"]]
    accuracy = {
        kind: results_file.over_seeds([report["test_accuracy"] for report in reports])
        for kind, reports in {"test_accuracy": summaries, "lifetime": learnt}.items()
        if reports
    }
    print(json.dumps(accuracy, indent=2))
    if FLAGS.output:
        config = dataclasses.asdict(_config(seeds[0]))
        results_file.write(
            FLAGS.output,
            "experiments.seeds",
            config=config,
            seeds=seeds,
            **accuracy,
            rows=summaries,
        )


def _checked_seeds() -> list[int]:
    if not FLAGS.workdir:
        raise InputError("--workdir: give the folder that is to hold a folder for each seed.")
    results_file.check(FLAGS.output, FLAGS.overwrite)
    try:
        seeds = [int(seed) for seed in FLAGS.seeds]
    except ValueError as error:
        raise InputError(f"--seeds={','.join(FLAGS.seeds)}: give numbers, 0,1,2 say.") from error
    for seed in seeds:
        _config(seed)
    return seeds


def _config(seed: int):
    workdir = str(Path(FLAGS.workdir, f"seed-{seed}"))
    return flags.new_config(FLAGS.preset, flags.given(FLAGS) | {"seed": seed, "workdir": workdir})


if __name__ == "__main__":
    launch.run(main)
