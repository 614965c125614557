"""Compares settings on the validation images: ``python -m experiments.search --vary=NAME=A,B``.

Takes every flag of ``experiments.evolve``; each ``--vary`` gives an option several values. Every
combination is run, or ``--num_settings`` of them drawn at random, or with ``--one_at_a_time`` (an
ablation) the flags as they are, and then with one value of one option changed. They are ranked by
accuracy, or with ``--target`` by the seconds that it took to reach one. The test set is never
looked at. A stopped search goes on with the same command.
"""

import dataclasses
import itertools
import math
import random
import urllib.parse
from pathlib import Path
from typing import Any

from experiments import launch
from experiments.evolved.evaluations import evaluations
from experiments.evolved.time_to_accuracy import time_to_accuracy
from experiments.launch.options import as_text, option_types, parse_text
from experiments.launch.results import Output, over_seeds
from experiments.run import sweep
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.config import Config
from experiments.run.flags import Given, Options, flags_with
from experiments.run.presets import new_config, without_idle
from experiments.run.run_directory import RunDirectory
from nne_jax._files import digest
from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS

_MOST = 10_000  # settings


@dataclasses.dataclass(frozen=True)
class SearchOptions(sweep.SweepOptions):
    """Options beside those of the runs."""

    vary: tuple[str, ...] = launch.option(
        (), "an option and its values, temperature=3,10 say", repeated=True
    )
    one_at_a_time: bool = launch.option(False, "change one option at a time")
    num_settings: int | None = launch.option(
        None, "settings to draw at random of all combinations", low=1, high=_MOST
    )
    target: float | None = launch.option(
        None, "rank by the seconds until sampled genotypes have this accuracy", above=0, high=1
    )
    seeds: tuple[int, ...] = launch.seeds_option((0, 1))


_OF_THE_TEST_SET = tuple(
    field.name for field in dataclasses.fields(Config) if field.name.startswith("lifetime")
)
_LONGEST = 120  # characters of a setting's folder
define, read = flags_with(SearchOptions, but=("seed", *_OF_THE_TEST_SET))


def main(options: Options[SearchOptions]) -> None:
    """Runs every setting, then ranks them."""
    given, own = options
    workdir = own.check_paths(given)
    output = own.output and Output(own.output, own.overwrite, workdir=workdir)
    configs = _configs(given, own)
    for name, config in configs.items():
        check_folders(config, own.seeds, workdir / _folder(name))
    check_runs(configs.values(), own.seeds)
    rows = [_row(name, config, own, workdir) for name, config in configs.items()]
    rows.sort(key=_rank)
    if output:
        output.write("experiments.search", rows=rows)
    for row in rows:
        accuracy = "  ".join(
            f"{network} {row['validation_accuracy'][network]['mean']:.3f}" for network in NETWORKS
        )
        seconds = "–" if row["seconds"] is None else f"{row['seconds']:.0f}"
        took = row.get("seconds_to_target", "")
        took = took and ("  never " if took is None else f"  {took:5.1f} s to {own.target:g}")
        print(f"{accuracy}  {seconds:>6} s{took}  {row['setting']}")


def _configs(given: Given, own: SearchOptions) -> dict[str, Config]:
    """The config of every setting, by its name; no two are the same."""
    names: dict[Config, str] = {}
    varied = _varied(own.vary)
    if not own.one_at_a_time and (both := varied.keys() & given.options):
        raise InputError(f"--{min(both)}: has no effect beside --vary={min(both)}; drop one.")
    for changes in _settings(varied, own):
        if own.num_settings is not None:  # drawn together: what has no effect is left out
            changes = without_idle(changes, new_config(given.preset, given.options))
        config, name = new_config(given.preset, given.options | changes), _name(changes)
        if config in names and own.num_settings is not None:
            continue
        if config in names:
            raise InputError(
                f"--vary: {name} is the same run as {names[config]}; leave one of them out."
            )
        names[config] = name
    return {name: config for config, name in names.items()}


def _varied(vary: tuple[str, ...]) -> dict[str, list[Any]]:
    """By option, the values that it is to have."""
    fields = {field.name: field for field in dataclasses.fields(Config)}
    kinds = option_types(Config)
    varied: dict[str, list[Any]] = {}
    for text in vary:
        name, _, values = text.partition("=")
        if name not in fields or name in ("seed", "workdir", *_OF_THE_TEST_SET) or not values:
            raise InputError(f"--vary={text}: give an option and its values, temperature=3,10 say.")
        if name in varied:
            raise InputError(f"--vary={text}: give all the values of {name} in one --vary.")
        try:
            parsed = [
                parse_text(value, kinds[name], fields[name].metadata) for value in values.split(",")
            ]
        except ValueError as error:
            raise InputError(f"--vary={text}: is of the wrong type; {error}.") from error
        if len(set(parsed)) < len(parsed):
            raise InputError(f"--vary={text}: give each value once.")
        varied[name] = parsed
    return varied


def _settings(varied: dict[str, list[Any]], own: SearchOptions) -> list[dict[str, Any]]:
    """The changes that make each setting."""
    if own.one_at_a_time:
        if not varied:
            raise InputError("--one_at_a_time: has no effect without --vary.")
        if own.num_settings is not None:
            raise InputError(
                f"--num_settings={own.num_settings}: has no effect beside --one_at_a_time; drop "
                "one."
            )
        return [{}, *({name: value} for name, values in varied.items() for value in values)]
    number = math.prod(map(len, varied.values()))
    if own.num_settings is not None:
        if own.num_settings > number:
            raise InputError(
                f"--num_settings={own.num_settings}: --vary has {number} combinations; give at "
                "most as many, or leave it out."
            )
        chosen = random.Random(number).sample(range(number), own.num_settings)
        return [_combination(varied, index) for index in chosen]
    if number > _MOST:
        raise InputError(
            f"--vary: these are {number} settings; give fewer values, at most {_MOST} settings, or "
            "--num_settings of them."
        )
    return [
        dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())
    ]


def _combination(varied: dict[str, list[Any]], index: int) -> dict[str, Any]:
    """One of all combinations, by its number."""
    changes = {}
    for name, values in varied.items():
        index, place = divmod(index, len(values))
        changes[name] = values[place]
    return changes


def _name(changes: dict[str, Any]) -> str:
    """Such as ``temperature=3-num_genes=500``."""
    texts = (f"{name}={as_text(value).removesuffix('.0')}" for name, value in changes.items())
    return "-".join(texts) or "as-given"


def _folder(name: str) -> str:
    """A name as that of one folder, whatever is in it; a long one ends in a checksum."""
    quoted = urllib.parse.quote(name, safe="=,.+")
    return quoted if len(quoted) <= _LONGEST else f"{quoted[:_LONGEST]}-{digest(name)[:12]}"


def _rank(row: dict[str, Any]) -> tuple[float, float]:
    """Those that reach the target by the time that they take, others by their accuracy."""
    took = row.get("seconds_to_target")
    return math.inf if took is None else took, -row["validation_accuracy"]["modal"]["mean"]


def _row(name: str, config: Config, own: SearchOptions, workdir: Path) -> dict[str, Any]:
    folders = sweep.run_seeds(config, own.seeds, workdir / _folder(name), test=False)
    summaries = [folder.summary() for folder in folders]
    seconds = [summary["seconds"] for summary in summaries]  # None where metrics.jsonl was lost
    individuals = config.num_generations * config.population_size
    row = {
        "setting": name,
        "validation_accuracy": over_seeds(
            [summary["validation_accuracy"] for summary in summaries]
        ),
        "seeds": own.seeds,
        "generations": config.num_generations,
        "image_evaluations": individuals * summaries[0]["batch_size"],
        "seconds": None if None in seconds else sum(seconds) / len(seconds),
    }
    return row if own.target is None else row | _time_to_target(config, own.target, folders)


def _time_to_target(config: Config, target: float, folders: list[RunDirectory]) -> dict[str, Any]:
    """Means over the seeds; None where one never got there."""
    took = []
    for folder in folders:
        rows = evaluations(folder, config)
        by = time_to_accuracy(rows, "sampled_mean", 1, 1, (target,))
        took.append(by[f"{target:g}"])
    if None in took:
        return {"seconds_to_target": None, "generations_to_target": None}
    return {
        f"{what}_to_target": sum(one[what] for one in took) / len(took)
        for what in ("seconds", "generations")
    }


if __name__ == "__main__":
    launch.run(define, read, main)
