"""Compares settings on the validation images: ``python -m experiments.search --vary=NAME=A,B``.

Takes every flag of ``experiments.evolve``; each ``--vary`` gives an option several values. Every
combination is run, or with ``--one_at_a_time`` (an ablation) the flags as they are, and then with
one value of one option changed. The test set is never looked at. A stopped search goes on with the
same command.
"""

import dataclasses
import itertools
from pathlib import Path

from absl import flags as absl_flags

from experiments import flags, launch, results_file, sweep
from experiments.config import Config
from nne_jax.types import InputError

FLAGS = absl_flags.FLAGS
flags.define(but="seed")
absl_flags.adopt_module_key_flags(flags)
absl_flags.DEFINE_multi_string("vary", [], "an option and its values, temperature=3,10 say")
absl_flags.DEFINE_boolean("one_at_a_time", False, "change one option at a time")
absl_flags.DEFINE_list("seeds", ["0", "1"], "the seeds")
absl_flags.DEFINE_string("output", None, "the JSON file to write")
absl_flags.DEFINE_boolean("overwrite", False, "replace the output file if it is there")
_PARSE_BOOL = {"true": True, "false": False}


def main() -> None:
    """Runs every setting, then ranks them."""
    if not FLAGS.workdir:
        raise InputError("--workdir: give the folder that is to hold the runs.")
    results_file.check(FLAGS.output, FLAGS.overwrite)
    configs = {_name(changes): _config(changes) for changes in _settings()}
    rows = [_row(name, config) for name, config in configs.items()]
    rows.sort(key=lambda row: -row["validation_accuracy"]["modal"]["mean"])
    for row in rows:
        accuracy = "  ".join(
            f"{network} {row['validation_accuracy'][network]['mean']:.3f}"
            for network in ("sampled_mean", "modal", "mean")
        )
        print(f"{accuracy}  {row['seconds']:6.0f} s  {row['setting']}")
    if FLAGS.output:
        results_file.write(FLAGS.output, "experiments.search", rows=rows)


def _settings() -> list[dict[str, str]]:
    """The changes that make each setting."""
    varied = {}
    for text in FLAGS.vary:
        name, _, values = text.partition("=")
        if name not in {field.name for field in dataclasses.fields(Config)} or not values:
            raise InputError(f"--vary={text}: give an option and its values, temperature=3,10 say.")
        varied[name] = values.split(",")
    if FLAGS.one_at_a_time:
        return [{}, *({name: value} for name, values in varied.items() for value in values)]
    return [
        dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())
    ]


def _name(changes: dict[str, str]) -> str:
    return "-".join(f"{name}={value}" for name, value in changes.items()) or "as-given"


def _config(changes: dict[str, str]) -> Config:
    types = {field.name: field.type for field in dataclasses.fields(Config)}
    types = {name: _PARSE_BOOL.__getitem__ if t is bool else t for name, t in types.items()}
    try:
        changed = {name: types[name](value) for name, value in changes.items()}
    except (ValueError, KeyError) as error:
        raise InputError(f"--vary: {_name(changes)} holds a value of the wrong type.") from error
    return flags.new_config(FLAGS.preset, flags.given(FLAGS) | changed)


def _row(name: str, config: Config) -> dict:
    folders = sweep.run_seeds(
        config, [int(seed) for seed in FLAGS.seeds], Path(FLAGS.workdir, name), test=False
    )
    summaries = [folder.summary() for folder in folders]
    individuals = config.num_generations * config.population_size
    return {
        "setting": name,
        "validation_accuracy": results_file.over_seeds(
            [summary["validation_accuracy"] for summary in summaries]
        ),
        "seeds": FLAGS.seeds,
        "generations": config.num_generations,
        "image_evaluations": individuals * summaries[0]["batch_size"],
        "seconds": sum(summary["seconds"] for summary in summaries) / len(summaries),
    }


if __name__ == "__main__":
    launch.run(main)
