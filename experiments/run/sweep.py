"""Runs that belong to one experiment: each config for every seed, one after the other."""

import dataclasses
import sys
from pathlib import Path

from experiments import flags, runner
from experiments.config import Config
from experiments.run_directory import RunDirectory


def run_seeds(
    config: Config, seeds: list[int], workdir: str | Path, test: bool = True
) -> list[RunDirectory]:
    """Runs a config for every seed, each in a folder of its own, or goes on with what is there.

    Args:
      config: the run; its seed and folder are replaced.
      seeds: the seeds.
      workdir: gets a folder ``seed-<seed>`` for each.
      test: whether to report on the test set; not where a choice is to be made.

    Returns:
      The folders, of complete runs. A run that was stopped ends the program.

    Raises:
      InputError: a folder holds a run of another configuration.
    """
    folders = [Path(workdir, f"seed-{seed}") for seed in seeds]
    return [
        _run(dataclasses.replace(config, seed=seed, workdir=str(folder)), test)
        for seed, folder in zip(seeds, folders, strict=True)
    ]


def _run(config: Config, test: bool) -> RunDirectory:
    folder = RunDirectory(config.workdir)
    if folder.holds_a_run():
        options = dataclasses.asdict(config)
        config = flags.resumed_config(folder.stored_config(), options, config.workdir)
        if folder.is_complete(config, test):
            return folder
    if not runner.run(config, folder, test)["complete"]:
        sys.exit(f"stopped in {folder.path}; the same command goes on.")
    return folder
