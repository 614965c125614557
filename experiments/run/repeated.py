"""Runs that belong to one experiment: each config for every seed, one after the other."""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.launch import results
from experiments.launch.countdown import counted
from experiments.launch.fields import output_option, overwrite_option
from experiments.launch.options import check_options, seeds_option
from experiments.run import runner
from experiments.run.config import Config
from experiments.run.flags import Given
from experiments.run.run_directory import RunDirectory
from nne_jax.errors import InputError


@dataclasses.dataclass(frozen=True)
class RepeatedOptions:
    """Options of a command that repeats runs, beside those of the runs."""

    seeds: tuple[int, ...] = seeds_option()
    output: str | None = output_option(None, "the result")
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        check_options(self)

    def check_paths(self, given: Given) -> Path:
        """The folder of the runs, once it is given and the output file would not be lost."""
        if not given.options.get("workdir"):
            raise InputError("--workdir: give the folder that is to hold the runs.")
        if self.output is not None:
            results.check(self.output, self.overwrite)
        return Path(given.options["workdir"])


def run_seeds(
    config: Config,
    seeds: Sequence[int],
    workdir: str | Path,
    test: bool = True,
    are_all: bool = False,
) -> list[RunDirectory]:
    """Runs a config for every seed, each in a folder of its own, or goes on with what is there.

    Args:
      config: the run; its seed and folder are replaced.
      seeds: the seeds.
      workdir: gets a folder ``seed-<seed>`` for each.
      test: whether to report on the test set; not where a choice is to be made.
      are_all: whether these are all runs of the command, which then says how long they take.

    Returns:
      The folders, of complete runs. A run that was stopped ends the program.

    Raises:
      InputError: a folder holds a run of another configuration.
    """
    goes_on = "the same command goes on"
    folders = [RunDirectory(Path(workdir, f"seed-{seed}"), goes_on=goes_on) for seed in seeds]
    work = list(zip(seeds, folders, strict=True))
    for seed, folder in counted(work, "runs") if are_all else work:
        _run(dataclasses.replace(config, seed=seed, workdir=str(folder.path)), folder, test)
    return folders


def _run(config: Config, folder: RunDirectory, test: bool) -> None:
    if folder.holds_a_run():
        config = folder.resumed_config(dataclasses.asdict(config))
        if folder.is_complete(config, test):
            return
    ended = runner.run(config, folder, resume=True, test=test)
    if ended.signal is not None:
        print(f"stopped in {folder.path}; the same command goes on.", file=sys.stderr)
        sys.exit(128 + ended.signal)
