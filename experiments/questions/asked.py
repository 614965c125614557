"""What all questions share: the run that they change, their seeds, and how long they are."""

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

from experiments.run.config import Config
from experiments.run.presets import fitting_chromosomes

NUM_LOOKS = 20  # at the validation images, in a run

# 784-200-10, seconds a run: what is asked is what a change does, not how far one can get.
_BASE = Config(
    hidden=(200,),
    edge_prob=0.1,
    num_genes=8000,
    population_size=256,
    antithetic=True,
    num_generations=600,
    batch_size=100,
    selection_intensity=1.0,
    intensity_decay=0.0005,
)
# As fast with four times as many individuals as with haplotypes of everybody's own.
SHARED = {"num_chromosomes": 50, "num_haplotypes": 32, "population_size": 1024}
_SHRUNK = ("num_generations", "population_size", "num_genes")
_FEWEST = 4  # of each: a generation of pairs of diploid genotypes


class Asked(NamedTuple):
    """How a question is asked."""

    base: Config
    seeds: tuple[int, ...]  # that report
    scale: float
    folder: Path  # keeps every run

    def config(self, **changes: Any) -> Config:
        """The base with some options changed, its sizes shrunk, and what depends on them."""
        config = {**dataclasses.asdict(self.base), **changes}
        config |= {name: self.shrunk(config[name]) for name in _SHRUNK}
        config["genes_per_link"] = min(config["genes_per_link"], config["num_genes"])
        shape = (config[name] for name in ("hidden", "num_genes", "genes_per_link"))
        config["num_chromosomes"] = fitting_chromosomes(config["num_chromosomes"], *shape)
        config["num_haplotypes"] *= config["num_chromosomes"] > 1
        return Config(**config)

    def shrunk(self, count: int) -> int:
        """A count by the scale: a multiple of four, so that whatever divides it still does.

        >>> [Asked(Config(), (), scale, Path()).shrunk(8002) for scale in (0.01, 1.0)]
        [80, 8002]
        """
        if self.scale == 1:
            return count
        return max(_FEWEST, _FEWEST * round(count * self.scale / _FEWEST))


def ask(seeds: tuple[int, ...], scale: float, folder: Path, **data: Any) -> Asked:
    """The base run on some data, and how it is shrunk.

    Args:
      seeds, scale, folder: of ``Asked``.
      **data: dataset, data_dir, per_class and validation_per_class.
    """
    return Asked(dataclasses.replace(_BASE, **data), seeds, scale, folder)
