"""The images of a data set, a size and a seed, which are the same for every method."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.plan import Plan, load, plan
from experiments.sample_sizes.effort import EVOLUTION_BATCH_SIZE, VALIDATION_PER_CLASS, Effort
from experiments.sample_sizes.random_layer import RandomLayer
from nne_jax.data import Dataset
from nne_jax.errors import InputError


class Source(NamedTuple):
    """A data set, and where it is."""

    dataset: str
    data_dir: str
    fingerprint: str  # of all of it

    @property
    def name(self) -> str:
        """In a file's name."""
        return Path(self.dataset).stem


class Size(NamedTuple):
    """How many images there are to learn from."""

    per_class: int  # as it was asked for
    train: int  # a class; 0: all that are not for validation
    validation: int  # a class, beside those
    num_images: int  # of all classes, without those for validation


def size(whole: Dataset, asked: int) -> Size:
    """How many images a class are learned from, and how many of the others are kept for choices.

    As many for choices as are learned from, at most 100. The mean number of images a class of the
    data set stands for all of them, of which those for choices are then taken.

    Args:
      whole: the data set.
      asked: training images a class.

    Raises:
      InputError: there are not so many.

    >>> from nne_jax.data import load
    >>> digits = load("digits")
    >>> size(digits, 10)
    Size(per_class=10, train=10, validation=10, num_images=100)
    >>> size(digits, 135)  # 1347 in all
    Size(per_class=135, train=0, validation=65, num_images=697)
    """
    counts = np.bincount(whole.train.labels, minlength=len(whole.classes))
    fewest, mean = int(counts.min()), round(float(counts.mean()))
    validation = min(asked, VALIDATION_PER_CLASS, fewest // 2)
    if asked + validation <= fewest:
        return Size(asked, asked, validation, asked * len(counts))
    if asked == mean:
        return Size(asked, 0, validation, int(counts.sum()) - validation * len(counts))
    most = max(fewest // 2, fewest - VALIDATION_PER_CLASS)
    raise InputError(
        f"--per_class={asked}: class {whole.classes[int(counts.argmin())]} of {whole.name} has "
        f"{fewest} training images, of which {validation} are for choices; give at most {most}, or "
        f"{mean}, the mean number, for all that are there."
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """One sample of images, and what methods share that is made of it."""

    source: Source
    size: Size
    seed: int
    effort: Effort
    folder: Path  # keeps what takes long
    choices: dict[str, dict[str, Any]]  # by method the setting that was chosen for this size

    @property
    def name(self) -> str:
        """In the names of files."""
        return f"{self.source.name}-{self.size.per_class}-seed{self.seed}"

    @property
    def settings(self) -> dict[str, Any]:
        """All that what is learned on it depends on, beside a method's setting."""
        return {
            "data": self.source.fingerprint,
            **self.size._asdict(),
            "seed": self.seed,
            **self.effort._asdict(),
        }

    @property
    def config(self) -> Config:
        """The run of NNE."""
        sample = {
            "dataset": self.source.dataset,
            "data_dir": self.source.data_dir,
            "per_class": self.size.train,
            "validation_per_class": self.size.validation,
            "seed": self.seed,
        }
        batch_size = min(EVOLUTION_BATCH_SIZE, self.size.num_images)
        return self.effort.config(**sample, batch_size=batch_size)

    @functools.cached_property
    def planned(self) -> Plan:
        """The images, and the keys of what is random, for those who need no more than these."""
        return plan(self.config, load(self.config))

    @functools.cached_property
    def run(self) -> Run:
        """The same with the sparse network, its genome and its engine."""
        return assemble(self.config)

    @functools.cached_property
    def layer(self) -> tuple[RandomLayer, float]:
        """The random layer and what it fires for the training images; seconds that it took."""
        start = time.perf_counter()
        layer = RandomLayer.draw(self.planned, self.effort.num_units)
        return layer, time.perf_counter() - start
