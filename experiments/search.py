"""Compares settings on the validation images: ``python -m experiments.search --vary=NAME=A,B``.

Takes every flag of ``experiments.evolve``; each ``--vary`` gives an option several values. Every
combination is run, or ``--num_settings`` of them drawn at random, or with ``--one_at_a_time`` (an
ablation) the flags as they are, and then with one value of one option changed. They are ranked by
accuracy, or with ``--target`` by the seconds that it took to reach one, those of compilation among
them, which every setting pays. The test set is never looked at. A stopped search goes on with the
same command.
"""

import dataclasses
import math
from pathlib import Path
from typing import Any

import jax

from experiments import launch
from experiments.evolved.evaluations import evaluations
from experiments.evolved.time_to_accuracy import time_to_accuracy
from experiments.launch.countdown import counted
from experiments.launch.results import Output, over_seeds
from experiments.run import repeated
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.config import Config
from experiments.run.flags import Given, Options, flags_with
from experiments.run.presets import new_config, without_idle
from experiments.run.run_directory import RunDirectory
from experiments.run.stages import effort
from experiments.run.variations import (
    MOST_SETTINGS,
    combinations,
    folder_of,
    name_of,
    parse_varied,
)
from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS


@dataclasses.dataclass(frozen=True)
class SearchOptions(repeated.RepeatedOptions):
    """Options beside those of the runs."""

    vary: tuple[str, ...] = launch.option(
        (), "an option and its values", unit="temperature=3,10 say", repeated=True
    )
    one_at_a_time: bool = launch.option(False, "change one option at a time")
    num_settings: int | None = launch.option(
        None,
        "so many of all combinations, drawn at random",
        unit="settings",
        low=1,
        high=MOST_SETTINGS,
    )
    target: float | None = launch.option(
        None,
        "rank by the seconds until sampled genotypes have this accuracy",
        unit="0 to 1",
        above=0,
        high=1,
    )
    seeds: tuple[int, ...] = launch.seeds_option((0, 1))


_OF_THE_TEST_SET = tuple(
    field.name for field in dataclasses.fields(Config) if field.name.startswith("lifetime")
)
define, read = flags_with(SearchOptions, but=("seed", "num_seeds", *_OF_THE_TEST_SET))


def main(options: Options[SearchOptions]) -> None:
    """Runs every setting, then ranks them."""
    given, own = options
    workdir = own.check_paths(given)
    output = own.output and Output(own.output, own.overwrite, workdir=workdir)
    configs = _configs(given, own)
    for name, config in configs.items():
        check_folders(config, own.seeds, workdir / folder_of(name))
    check_runs(configs.values(), own.seeds)
    work = counted(list(configs.items()), "runs", each=len(own.seeds))
    rows = [_row(name, config, own, workdir) for name, config in work]
    rows.sort(key=_rank)
    if output:
        output.write("experiments.search", rows=rows)
    for row in rows:
        accuracy = "  ".join(
            f"{network} {row['validation_accuracy'][network]['mean']:.3f}" for network in NETWORKS
        )
        seconds = "–" if row["seconds"] is None else f"{row['seconds']:.0f}"
        print(f"{accuracy}  {seconds:>6} s{_took(row, own.target)}  {row['setting']}")


def _took(row: dict[str, Any], target: float | None) -> str:
    if target is None:
        return ""
    seconds = row["seconds_to_target"]
    return f"  never at {target:g}" if seconds is None else f"  {seconds:.1f} s to {target:g}"


def _configs(given: Given, own: SearchOptions) -> dict[str, Config]:
    """The config of every setting, by its name; no two are the same."""
    names: dict[Config, str] = {}
    varied = parse_varied(own.vary, ("seed", "num_seeds", "workdir", *_OF_THE_TEST_SET))
    if not own.one_at_a_time and (both := varied.keys() & given.options):
        raise InputError(f"--{min(both)}: has no effect beside --vary={min(both)}; drop one.")
    for changes in combinations(varied, own.one_at_a_time, own.num_settings):
        if own.num_settings is not None:  # drawn together: what has no effect is left out
            changes = without_idle(changes, new_config(given.preset, given.options))
        config, name = new_config(given.preset, given.options | changes), name_of(changes)
        if config in names and own.num_settings is not None:
            continue
        if config in names:
            raise InputError(
                f"--vary: {name} is the same run as {names[config]}; leave one of them out."
            )
        names[config] = name
    return {name: config for config, name in names.items()}


def _rank(row: dict[str, Any]) -> tuple[float, float]:
    """Those that reach the target by the time that they take, others by their accuracy."""
    took = row.get("seconds_to_target")
    return math.inf if took is None else took, -row["validation_accuracy"]["modal"]["mean"]


def _row(name: str, config: Config, own: SearchOptions, workdir: Path) -> dict[str, Any]:
    if own.target is not None:
        jax.clear_caches()  # every setting compiles its own, whichever came before
    folders = repeated.run_seeds(config, own.seeds, workdir / folder_of(name), test=False)
    summaries = [folder.summary() for folder in folders]
    seconds = [summary["seconds"] for summary in summaries]  # None where metrics.jsonl was lost
    row = {
        "setting": name,
        "validation_accuracy": over_seeds(
            [summary["validation_accuracy"] for summary in summaries]
        ),
        "seeds": own.seeds,
        "generations": config.num_generations,
        **effort(config, config.num_generations, summaries[0]["batch_size"]),
        "seconds": None if None in seconds else sum(seconds) / len(seconds),
    }
    return row if own.target is None else row | _time_to_target(config, own.target, folders)


def _time_to_target(config: Config, target: float, folders: list[RunDirectory]) -> dict[str, Any]:
    """Means over the seeds; None where one never got there."""
    took = []
    for folder in folders:
        rows = evaluations(folder, Config(**folder.stored_config()))
        by = time_to_accuracy(rows, "sampled_mean", accuracies=(target,))
        took.append(by[f"{target:g}"])
    if None in took:
        return {"seconds_to_target": None, "generations_to_target": None}
    return {
        f"{what}_to_target": sum(one[what] for one in took) / len(took)
        for what in ("seconds", "generations")
    }


if __name__ == "__main__":
    launch.run(define, read, main)
