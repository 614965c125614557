"""The rows of table 2: what there is to be done, each done once and kept on disk."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from experiments.dopamine import controls, rows
from experiments.dopamine.layers import Layer, Problem
from experiments.dopamine.rows import Schedule
from experiments.dopamine.variants import Variant
from experiments.launch.kept import find, kept
from experiments.launch.results import over_seeds
from nne_jax.data import Dataset

WIDE = 10_000  # beyond so many units a step of a control by gradients moves a million weights


class Job(NamedTuple):
    """A row: its name in the work folder, what it depends on beside the data, what makes it."""

    name: str
    settings: dict
    make: Callable[[], dict]


def jobs(
    layer: Layer,
    control_names: list[str],
    variants: list[Variant],
    problems: Callable[[Layer], dict[int, Problem]],
    datasets: dict[int, Dataset],
    schedule: Schedule,
    wide_gradient_epochs: int,
) -> Iterator[Job]:
    """The rows of one hidden layer.

    Args:
      layer: the layer.
      control_names: of ``controls.CONTROLS``, those that the layer can have.
      variants: readings of the rules.
      problems: of a layer those of each seed; asked for when a row is made.
      datasets: of each seed.
      schedule: of the learning.
      wide_gradient_epochs: the most epochs of a control by gradients on a wide layer.
    """
    settings = schedule._asdict()
    for control in control_names:
        if control == "ridge":
            yield Job(control, settings, lambda: controls.ridge_row(problems(layer), schedule.test))
            continue
        epochs = schedule.epochs
        if layer.width > WIDE:
            epochs = min(epochs, wide_gradient_epochs)
        shorter = schedule._replace(epochs=epochs)
        make = partial(controls.gradient_row, control, layer, datasets, shorter)
        yield Job(control, shorter._asdict(), make)
    for variant in variants:
        own = settings | dataclasses.asdict(variant)
        yield Job(variant.name, own, partial(_variant_row, variant, layer, problems, schedule))


def _variant_row(
    variant: Variant,
    layer: Layer,
    problems: Callable[[Layer], dict[int, Problem]],
    schedule: Schedule,
) -> dict:
    return rows.row(variant, problems(layer), schedule)


def check(job: Job, layer: Layer, seeds: tuple[int, ...], folder: Path) -> None:
    """Refuses a row that the work folder holds of other settings: before the first is made."""
    find(_path(job, layer, folder), _settings(job, seeds))


def row(job: Job, layer: Layer, seeds: tuple[int, ...], folder: Path) -> dict:
    """A job's row, from the work folder if it was made before; accuracies are over seeds."""

    def timed():
        start = time.perf_counter()
        made = job.make()
        return made | {"seconds": round(time.perf_counter() - start, 1)}

    made = kept(_path(job, layer, folder), _settings(job, seeds), timed)
    width = "inf" if layer.is_limit else layer.width
    place = {"model": made["model"], "hidden": width, "k_cap": layer.k_cap, "seeds": list(seeds)}
    finished = place | _over_seeds(made)
    if "at_the_papers" in made:
        finished["at_the_papers"] = _over_seeds(made["at_the_papers"])
    return finished


def _path(job: Job, layer: Layer, folder: Path) -> Path:
    return folder / f"{layer.name}-{job.name}.json"


def _settings(job: Job, seeds: tuple[int, ...]) -> dict:
    return {"seeds": seeds, **job.settings}


def _over_seeds(made: dict) -> dict:
    """Mean and standard deviation in place of each seed's test accuracy, if there are any."""
    over = {"mean": None, "sd": None}
    if "test" in made:
        over = over_seeds([{"test": test} for test in made["test"]])["test"]
    rest = {name: value for name, value in made.items() if name != "test"}
    return {"test_accuracy": over["mean"], "sd": over["sd"], **rest}
