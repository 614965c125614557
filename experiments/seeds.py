"""Repeats a run for several seeds: ``python -m experiments.seeds --seeds=0,1,2 --workdir=FOLDER``.

Takes every flag of ``experiments.evolve``; each seed has a folder of its own in ``--workdir``, in
which a stopped run goes on. ``--output`` gets mean and standard deviation over seeds.
"""

import dataclasses
import json

from experiments import launch
from experiments.evolved import curves
from experiments.evolved.time_to_accuracy import ACCURACIES, time_to_accuracy
from experiments.launch.results import Output, over_seeds
from experiments.run import repeated
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.config import Config
from experiments.run.flags import Options, flags_with
from experiments.run.presets import new_config
from nne_jax.evaluation import NETWORKS
from nne_jax.runs import Row


@dataclasses.dataclass(frozen=True)
class SeedsOptions(repeated.RepeatedOptions):
    """Options beside those of the runs."""

    seeds: tuple[int, ...] = launch.seeds_option((0, 1, 2, 3, 4))


GOALS = (*ACCURACIES, 0.9, 0.91, 0.92, 0.935, 0.945, 0.95, 0.96, 0.97)
define, read = flags_with(SeedsOptions, but=("seed", "num_seeds"))


def main(options: Options[SeedsOptions]) -> None:
    """Runs every seed, then writes the file."""
    given, own = options
    workdir = own.check_paths(given)
    output = own.output and Output(own.output, own.overwrite, picture=True, workdir=workdir)
    config = new_config(given.preset, given.options)
    check_folders(config, own.seeds, workdir)
    check_runs([config], own.seeds)
    folders = repeated.run_seeds(config, own.seeds, workdir, are_all=True)
    summaries = [folder.summary() for folder in folders]
    learnt = [summary["lifetime"] for summary in summaries] if config.learning else []
    accuracy = {
        kind: over_seeds([report["test_accuracy"] for report in reports])
        for kind, reports in {"test_accuracy": summaries, "lifetime": learnt}.items()
        if reports
    }
    if output:
        evaluated = [curves.readable(folder) for folder in folders]
        drawn = [curves.curve(rows) for rows in evaluated]
        output.write(
            "experiments.seeds",
            config=dataclasses.asdict(config),
            seeds=own.seeds,
            **accuracy,
            seconds_to=_seconds_to(evaluated),
            rows=summaries,
            curves=drawn,
        )
        output.draw(curves.figure(drawn, _title(config)))
    print(json.dumps(accuracy, indent=2))


def _seconds_to(evaluated: list[list[Row]]) -> dict[str, dict[str, list[float | None]]]:
    """By network and validation accuracy the seconds of each seed; None: not in that run."""
    found = {}
    for network in NETWORKS:
        seeds = [time_to_accuracy(rows, network, accuracies=GOALS) for rows in evaluated]
        found[network] = {
            goal: [took[goal] and took[goal]["seconds"] for took in seeds] for goal in seeds[0]
        }
    return found


def _title(config: Config) -> str:
    hidden = "-".join(map(str, config.hidden))
    return f"{config.dataset}, {hidden} hidden units, {config.num_genes} genes"


if __name__ == "__main__":
    launch.run(define, read, main)
