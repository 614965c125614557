"""Repeats a run for several seeds: ``python -m experiments.seeds --seeds=0,1,2 --workdir=FOLDER``.

Takes every flag of ``experiments.evolve``; each seed has a folder of its own in ``--workdir``, in
which a stopped run goes on. ``--output`` gets mean and standard deviation over seeds.
"""

import dataclasses
import json

from experiments import launch
from experiments.launch.results import Output, over_seeds
from experiments.run import sweep
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.flags import Options, flags_with
from experiments.run.presets import new_config


@dataclasses.dataclass(frozen=True)
class SeedsOptions(sweep.SweepOptions):
    """Options beside those of the runs."""

    seeds: tuple[int, ...] = launch.seeds_option((0, 1, 2, 3, 4))


define, read = flags_with(SeedsOptions, but=("seed",))


def main(options: Options[SeedsOptions]) -> None:
    """Runs every seed, then writes the file."""
    given, own = options
    workdir = own.check_paths(given)
    output = own.output and Output(own.output, own.overwrite, workdir=workdir)
    config = new_config(given.preset, given.options)
    check_folders(config, own.seeds, workdir)
    check_runs([config], own.seeds)
    folders = sweep.run_seeds(config, own.seeds, workdir)
    summaries = [folder.summary() for folder in folders]
    learnt = [summary["lifetime"] for summary in summaries if summary["lifetime"]]
    accuracy = {
        kind: over_seeds([report["test_accuracy"] for report in reports])
        for kind, reports in {"test_accuracy": summaries, "lifetime": learnt}.items()
        if reports
    }
    if output:
        output.write(
            "experiments.seeds",
            config=dataclasses.asdict(config),
            seeds=own.seeds,
            **accuracy,
            rows=summaries,
        )
    print(json.dumps(accuracy, indent=2))


if __name__ == "__main__":
    launch.run(define, read, main)
