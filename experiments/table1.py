"""The paper's table 1: ``python -m experiments.table1``.

NNE alone, NNE + learning in the lifetime (SignSGD, and a dopamine rule beside it), and the same
network trained by gradients (Adam, plain SGD), on digits 0-4 and 0-9: 200 training images a digit,
the whole test set, several seeds. Writes
``experiments/results/table1.json`` and ``.png``. A stopped experiment goes on with ``--resume``.
"""

import dataclasses
from pathlib import Path

from experiments import launch
from experiments.evolved import configs, gradient_rows, lifetimes, report
from experiments.evolved.evaluations import evaluations
from experiments.evolved.time_to_accuracy import time_to_accuracy
from experiments.launch import option
from experiments.launch.countdown import counted
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.paper_flags import PaperOptions
from experiments.launch.results import over_seeds
from experiments.run import repeated
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.classes import parse_class_sets
from experiments.run.config import Config
from experiments.run.moves import moves_of
from experiments.run.presets import PRESETS
from experiments.run.stages import effort
from nne_jax._files import digest
from nne_jax.evaluation import NETWORKS
from nne_jax.lifetime import LIFETIMES

_LONGEST = 100  # characters of a file's name that are seeds


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """Which rows the table has, and where it goes."""

    presets: tuple[str, ...] = option(
        ("mnist", "paper"), "presets of NNE to run", choices=PRESETS, distinct=True
    )
    classes: tuple[str, ...] = option(
        ("0-4", "0-9"),
        "sets of classes to tell apart",
        distinct=True,
        parse=parse_class_sets,
    )
    lifetimes: tuple[str, ...] = option(
        ("signsgd", "dopamine"), "learning within a lifetime", choices=LIFETIMES, distinct=True
    )
    workdir: str = workdir_option("runs/table1")
    output: str = output_option("experiments/results/table1.json")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs every row, then writes the files."""
    output = options.check_paths()
    runs = {
        (preset, classes): configs.scaled_config(options, preset, classes)
        for preset in options.presets
        for classes in options.classes
    }
    learning = [
        lifetimes.learning_config(config, rule)
        for config in runs.values()
        for rule in options.lifetimes
    ]
    for (preset, classes), config in runs.items():
        check_folders(config, options.seeds, Path(options.workdir, f"{preset}-{classes}"))
        if preset in _with_gradients(options):
            gradient_rows.check(config, options.seeds, _gradients(options, config, classes))
    check_runs(learning, options.seeds)
    with options.held():
        rows = _rows(options, runs)
        output.write("experiments.table1", rows=rows)
        output.draw(report.figure(rows))
    print(report.table(rows))
    print("\nto reach a validation accuracy, mean over genotypes:")
    print(report.time_table(rows, "sampled_mean"))


def _rows(options: Options, runs: dict[tuple[str, str], Config]) -> list[dict]:
    """Rows of each run, and before those of a set of images the rows of gradients."""
    rows = []
    for (preset, classes), config in counted(list(runs.items()), "runs", each=len(options.seeds)):
        if preset in _with_gradients(options):
            kept = _gradients(options, config, classes)
            rows += gradient_rows.rows(config, options.seeds, kept)
        rows += _evolved_rows(options, preset, classes, config)
    return rows


def _with_gradients(options: Options) -> list[str]:
    """The first preset of those whose images move alike: its network is the control's too."""
    first: dict[tuple, str] = {}
    for preset in options.presets:
        first.setdefault(tuple(moves_of(PRESETS[preset]).items()), preset)
    return list(first.values())


def _gradients(options: Options, config: Config, classes: str) -> Path:
    """The file that keeps the rows of gradients."""
    seeds = "-".join(map(str, options.seeds))
    if len(seeds) > _LONGEST:
        seeds = digest(list(options.seeds))[:12]
    moved = "".join(f"-{name}-{value:g}" for name, value in moves_of(config).items())
    return Path(options.workdir, f"gradient-{classes}{moved}-seeds-{seeds}.json")


def _evolved_rows(options: Options, preset: str, classes: str, config: Config) -> list[dict]:
    """Rows of NNE and of NNE with learning in the lifetime, from the same runs."""
    folders = repeated.run_seeds(
        config, options.seeds, Path(options.workdir, f"{preset}-{classes}")
    )
    summaries = [folder.summary() for folder in folders]
    batch_size = summaries[0]["batch_size"]
    run = {
        "preset": preset,
        "classes": classes,
        "seeds": options.seeds,
        "generations": config.num_generations,
        "population_size": config.population_size,
        "batch_size": batch_size,
        "seconds": [summary["seconds"] for summary in summaries],
    }
    evaluated = [evaluations(folder, config) for folder in folders]
    reached = {
        network: [
            time_to_accuracy(rows, network, lambda g: effort(config, g, batch_size))
            for rows in evaluated
        ]
        for network in ("sampled_mean", "modal")
    }
    rows = [{"model": "nne", **run, **_accuracy(summaries), "time_to": reached}]
    learnt = lifetimes.reports(config, options.lifetimes, options.seeds, folders)
    rows += [
        {"model": f"nne+{rule}", **run, **_accuracy(reports)} for rule, reports in learnt.items()
    ]
    return rows


def _accuracy(reports: list[dict]) -> dict:
    over = over_seeds([report["test_accuracy"] for report in reports])
    measured = [network for network in NETWORKS if network in over]
    return {
        "test_accuracy": {network: over[network]["mean"] for network in measured},
        "sd": {network: over[network]["sd"] for network in measured},
    }


if __name__ == "__main__":
    launch.run(define, read, main)
