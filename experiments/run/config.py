"""Every option of a run: its default, its meaning, its bounds. The presets are beside it."""

import dataclasses
from typing import Any, NamedTuple

from experiments.launch.options import check_options
from experiments.run import combinations
from experiments.run.options.generations import (
    EVOLUTIONS,
    SELECTIONS,
    Evolution,
    Population,
    Selection,
)
from experiments.run.options.individuals import Data, Genome, Network
from experiments.run.options.running import Devices, Lifetime, Looking, Run
from nne_jax import lifetime

__all__ = ["EVOLUTIONS", "OF_A_MACHINE", "SELECTIONS", "Config", "Learning"]

OF_A_MACHINE = ("data_dir", "workdir", "progress")  # options that processes may differ in


class Learning(NamedTuple):
    """Learning within a lifetime, before the final report."""

    rule: str
    rate: float
    iterations: int
    batch_size: int


@dataclasses.dataclass(frozen=True)
class Config(  # the last one's options come first
    Looking, Devices, Run, Lifetime, Evolution, Selection, Population, Genome, Network, Data
):
    """Options of one run. The defaults are the preset ``digits``.

    >>> Config(population_size=0)
    Traceback (most recent call last):
    nne_jax.errors.InputError: --population_size=0: must be at least 1.
    """

    def __post_init__(self):
        check_options(self)
        combinations.check(self)

    @property
    def deciding(self) -> dict[str, Any]:
        """The options that results depend on, by name."""
        others = (*OF_A_MACHINE, "tensorboard")
        return {name: v for name, v in dataclasses.asdict(self).items() if name not in others}

    def deciding_of(self, *parts: type) -> dict[str, Any]:
        """Those of some groups of options.

        >>> sorted(Config().deciding_of(Network))
        ['activation', 'biases', 'edge_prob', 'hidden', 'k_cap']
        """
        names = {field.name for part in parts for field in dataclasses.fields(part)}
        return {name: value for name, value in self.deciding.items() if name in names}

    @property
    def last_temperature(self) -> float:
        """That of the last generation, and so of what the evolved learn in their lifetimes."""
        return self.temperature / (1 + self.temperature_decay * self.num_generations)

    @property
    def learning(self) -> Learning | None:
        """Learning in the lifetime, with the learner's own step where none is given."""
        if self.lifetime == "none":
            return None
        rate = self.lifetime_rate or lifetime.RATES[self.lifetime]
        return Learning(self.lifetime, rate, self.lifetime_iterations, self.lifetime_batch_size)
