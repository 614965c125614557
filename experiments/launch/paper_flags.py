"""Flags that the launchers of the paper's tables and figures share, and what they all do first."""

from pathlib import Path

from absl import flags

from experiments import results_file
from nne_jax.types import InputError

FLAGS = flags.FLAGS


def define(name: str, evolves: bool = True) -> None:
    """Defines the flags of an experiment whose result is ``experiments/results/<name>.json``."""
    if evolves:
        flags.DEFINE_float(
            "scale",
            None,
            "how far T, N and S are shrunk: 1 is the full experiment (default: 1 on an "
            "accelerator, what ends in minutes on a CPU)",
        )
    flags.DEFINE_list("seeds", ["0", "1", "2"], "the seeds")
    flags.DEFINE_string("dataset", "mnist", "data set")
    flags.DEFINE_string(
        "data_dir", "", "folder that holds <dataset>/*.gz; $NNE_JAX_DATA_DIR if empty"
    )
    flags.DEFINE_string("workdir", f"runs/{name}", "folder of the runs")
    flags.DEFINE_boolean("resume", False, "go on with the runs in --workdir")
    flags.DEFINE_string(
        "output", f"experiments/results/{name}.json", "the JSON file; .png beside it"
    )
    flags.DEFINE_boolean("overwrite", False, "replace the output files if they are there")


def seeds() -> list[int]:
    """The seeds, once nothing on disk is in the way.

    Raises:
      InputError: an output file or runs that would be lost, or seeds that are not numbers.
    """
    results_file.check(FLAGS.output, FLAGS.overwrite)
    folder = Path(FLAGS.workdir)
    if folder.exists() and any(folder.iterdir()) and not FLAGS.resume:
        raise InputError(
            f"--workdir={folder}: holds runs; add --resume to go on with them, or give another "
            "folder."
        )
    return [number("seeds", seed, int) for seed in FLAGS.seeds]


def number(name: str, text: str, kind: type[int] | type[float]) -> float:
    """One value of a flag that lists numbers.

    Raises:
      InputError: it is none.

    >>> number("k_cap", "many", int)
    Traceback (most recent call last):
    nne_jax.types.InputError: --k_cap=many: give whole numbers.
    """
    try:
        return kind(text)
    except ValueError as error:
        numbers = "whole numbers" if kind is int else "numbers"
        raise InputError(f"--{name}={text}: give {numbers}.") from error


def data_options() -> dict:
    """Options of the data, for a config."""
    return {"dataset": FLAGS.dataset, "data_dir": FLAGS.data_dir}
