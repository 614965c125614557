"""Compares settings on the validation images: ``python -m experiments.search --vary=NAME=A,B``.

Takes every flag of ``experiments.evolve``; each ``--vary`` gives an option several values. Every
combination is run, or with ``--one_at_a_time`` (an ablation) the flags as they are, and then with
one value of one option changed. The test set is never looked at. A stopped search goes on with the
same command.
"""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

from experiments import launch
from experiments.launch import results
from experiments.launch.options import option_types, parse_text
from experiments.run import sweep
from experiments.run.config import Config
from experiments.run.flags import Given, Options, flags_with
from experiments.run.presets import new_config
from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS


@dataclasses.dataclass(frozen=True)
class SearchOptions(sweep.SweepOptions):
    """Options beside those of the runs."""

    vary: tuple[str, ...] = launch.option(
        (), "an option and its values, temperature=3,10 say", repeated=True
    )
    one_at_a_time: bool = launch.option(False, "change one option at a time")
    seeds: tuple[int, ...] = launch.seeds_option((0, 1))


define, read = flags_with(SearchOptions, but="seed")


def main(options: Options[SearchOptions]) -> None:
    """Runs every setting, then ranks them."""
    given, own = options
    workdir = own.check_paths(given)
    settings = _settings(own.vary, own.one_at_a_time)
    configs = {_name(changes): _config(given, changes) for changes in settings}
    rows = [_row(name, config, own.seeds, workdir) for name, config in configs.items()]
    rows.sort(key=lambda row: -row["validation_accuracy"]["modal"]["mean"])
    for row in rows:
        accuracy = "  ".join(
            f"{network} {row['validation_accuracy'][network]['mean']:.3f}" for network in NETWORKS
        )
        print(f"{accuracy}  {row['seconds']:6.0f} s  {row['setting']}")
    if own.output:
        results.write(own.output, "experiments.search", rows=rows)


def _settings(vary: tuple[str, ...], one_at_a_time: bool) -> list[dict[str, str]]:
    """The changes that make each setting, as texts."""
    known = {field.name for field in dataclasses.fields(Config)} - {"seed", "workdir"}
    varied: dict[str, list[str]] = {}
    for text in vary:
        name, _, values = text.partition("=")
        if name not in known or not values:
            raise InputError(f"--vary={text}: give an option and its values, temperature=3,10 say.")
        if name in varied:
            raise InputError(f"--vary={text}: give all the values of {name} in one --vary.")
        varied[name] = values.split(",")
        if len(set(varied[name])) < len(varied[name]):
            raise InputError(f"--vary={text}: give each value once.")
    if one_at_a_time:
        return [{}, *({name: value} for name, values in varied.items() for value in values)]
    return [
        dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())
    ]


def _name(changes: dict[str, str]) -> str:
    return "-".join(f"{name}={value}" for name, value in changes.items()) or "as-given"


def _config(given: Given, changes: dict[str, str]) -> Config:
    kinds = option_types(Config)
    metadata = {field.name: field.metadata for field in dataclasses.fields(Config)}
    changed: dict[str, Any] = {}
    for name, text in changes.items():
        try:
            changed[name] = parse_text(text, kinds[name], metadata[name])
        except ValueError as error:
            raise InputError(f"--vary={name}={text}: is of the wrong type; {error}.") from error
    return new_config(given.preset, given.options | changed)


def _row(name: str, config: Config, seeds: tuple[int, ...], workdir: Path) -> dict[str, Any]:
    folders = sweep.run_seeds(config, seeds, workdir / name, test=False)
    summaries = [folder.summary() for folder in folders]
    individuals = config.num_generations * config.population_size
    return {
        "setting": name,
        "validation_accuracy": results.over_seeds(
            [summary["validation_accuracy"] for summary in summaries]
        ),
        "seeds": seeds,
        "generations": config.num_generations,
        "image_evaluations": individuals * summaries[0]["batch_size"],
        "seconds": sum(summary["seconds"] for summary in summaries) / len(summaries),
    }


if __name__ == "__main__":
    launch.run(define, read, main)
