"""Repeats a run for several seeds: ``python -m experiments.seeds --seeds=0,1,2 --workdir=FOLDER``.

Takes every flag of ``experiments.evolve``; each seed has a folder of its own in ``--workdir``, in
which a stopped run goes on. ``--output`` gets mean and standard deviation over seeds.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

import numpy as np
from absl import app, logging
from absl import flags as absl_flags

from experiments import flags, runner
from experiments.provenance import provenance
from experiments.run_directory import RunDirectory
from nne_jax.types import InputError

FLAGS = absl_flags.FLAGS
flags.define(but="seed")
absl_flags.adopt_module_key_flags(flags)
absl_flags.DEFINE_list("seeds", ["0", "1", "2", "3", "4"], "the seeds")
absl_flags.DEFINE_string("output", None, "the JSON file to write")
absl_flags.DEFINE_boolean("overwrite", False, "replace the output file if it is there")


def main(argv: list[str]) -> None:
    """Runs every seed, then writes the file."""
    logging.set_verbosity(logging.WARNING)
    try:
        seeds = _checked_seeds()
        summaries = [_run_seed(seed) for seed in seeds]
    except InputError as error:
        sys.exit(f"seeds: {error}")
    if not all(summary["complete"] for summary in summaries):
        sys.exit("seeds: stopped; the same command goes on.")
    result = {
        "command": " ".join(["python -m experiments.seeds", *argv[1:]]),
        **provenance(),
        "config": dataclasses.asdict(_config(seeds[0])),
        "seeds": seeds,
        "test_accuracy": over_seeds([summary["test_accuracy"] for summary in summaries]),
        "lifetime": over_seeds([s["lifetime"] for s in summaries])
        if summaries[0]["lifetime"]
        else None,
        "rows": summaries,
    }
    print(json.dumps(result["test_accuracy"], indent=2))
    if FLAGS.output:
        Path(FLAGS.output).parent.mkdir(parents=True, exist_ok=True)
        Path(FLAGS.output).write_text(json.dumps(result, indent=2) + "\n")


def over_seeds(rows: list[dict]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation (n - 1) of every number in the rows.

    >>> over_seeds([{"modal": 0.5}, {"modal": 0.7}])
    {'modal': {'mean': 0.6, 'sd': 0.1414}}
    """
    columns = {k: [row[k] for row in rows] for k, v in rows[0].items() if isinstance(v, float)}
    return {
        key: {
            "mean": round(float(np.mean(column)), 6),
            "sd": round(float(np.std(column, ddof=1)), 6) if len(column) > 1 else None,
        }
        for key, column in columns.items()
    }


def _checked_seeds() -> list[int]:
    if not FLAGS.workdir:
        raise InputError("--workdir: give the folder that is to hold a folder for each seed.")
    if FLAGS.output and os.path.exists(FLAGS.output) and not FLAGS.overwrite:
        raise InputError(f"--output={FLAGS.output}: exists; add --overwrite, or give another file.")
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


def _run_seed(seed: int) -> dict:
    config = _config(seed)
    folder = RunDirectory(config.workdir)
    if folder.holds_a_run():
        config = flags.resumed_config(
            folder.stored_config(), dataclasses.asdict(config), config.workdir
        )
    return runner.run(config, folder)


if __name__ == "__main__":
    app.run(main)
