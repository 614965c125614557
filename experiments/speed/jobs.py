"""What ``peers`` runs: a model in a setting, until it is as accurate as asked for."""

import dataclasses
import math
import time
from collections.abc import Mapping

import jax

from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.speed import strategies
from experiments.speed.rank_one import rank_one
from experiments.speed.search import Search
from experiments.speed.settings import Setting, config_of, name_of
from nne_jax import selection
from nne_jax._files import digest
from nne_jax.data import Batch

_APART = 1.05  # times the seconds of the last look at the validation images is the next one due
_STALLED = 3.0  # times the seconds of its best look: a run without a better one ends then
_EARLY = 2.0  # seconds: no run has stalled before
NETWORKS = {"nne": ("sampled", "modal", "mean")}  # other: its mean alone


def networks_of(model: str) -> tuple[str, ...]:
    """Names of a model's networks whose accuracies count."""
    return NETWORKS.get(model, ("mean",))


@dataclasses.dataclass(frozen=True)
class Job:
    """All that a run depends on, and so what a stored one is known by."""

    model: str  # nne, rank_one, or one of evosax's strategies
    setting: Setting
    base: Config  # what is the same for all: the data, the seed
    data: str  # fingerprint of the whole data set
    goals: Mapping[str, float]  # by network: at these accuracies it ends
    seconds: float  # of generations, at most
    test: bool = False  # whether to report on the test set in the end

    @property
    def config(self) -> Config:
        """The run's."""
        return config_of(self.setting, self.base)

    @property
    def name(self) -> str:
        """For a file."""
        kind = "search"
        if self.test:  # a wider search may choose the same setting for other accuracies
            kind = f"report-{digest(self.goals)[:6]}"
        return f"{kind}-{self.model}-{name_of(self.setting)}-seed{self.base.seed}"

    @property
    def settings(self) -> dict:
        """As one dictionary of JSON's types."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**own, "goals": dict(self.goals), "base": self.base.deciding}

    def search(self) -> tuple[Search, Batch, Batch]:
        """What runs, the validation images and the test images."""
        run = assemble(self.config)
        images = run.dataset.validation, run.dataset.test
        if self.model == "nne":
            return strategies.neural_net_evolution(run), *images
        rate = selection.hyperbolic(self.setting["rate"], self.setting["rate_decay"])
        own = self.setting["deviation"], rate
        if self.model == "rank_one":
            return rank_one(run, *own), *images
        return strategies.strategy(self.model, run, *own), *images


def evolve(job: Job) -> dict:
    """Validation accuracy by seconds, neither compilation nor looking at it among them.

    Returns:
      The curve, a row a look: the generation, the seconds until then, and each network's accuracy;
      and with ``test`` the test accuracies in the end.
    """
    search, validation, test = job.search()
    names = networks_of(job.model)
    state = search.generation(search.state, 0)
    jax.block_until_ready(search.generation(state, 0))  # compiled, for the later states as well
    state, generation, seconds, due, curve = search.state, 0, 0.0, 0.0, []
    while True:
        generation += 1
        start = time.perf_counter()
        state = jax.block_until_ready(search.generation(state, generation))
        seconds += time.perf_counter() - start
        if seconds < min(due, job.seconds):
            continue
        due = _APART * seconds
        found = search.accuracy(state, validation)
        is_lost = not all(map(math.isfinite, found.values()))  # weights that are no numbers
        accuracies = [0.0] * len(names) if is_lost else [round(found[name], 4) for name in names]
        curve.append([generation, round(seconds, 4), *accuracies])
        if is_lost or seconds >= job.seconds or _has_stalled(curve):
            break
        if job.goals and all(_best(curve, names, name) >= job.goals[name] for name in job.goals):
            break
    made = {"generations": generation, "seconds": round(seconds, 4), "curve": curve}
    return made | ({"test": search.accuracy(state, test)} if job.test else {})


def _has_stalled(curve: list[list]) -> bool:
    """Whether no network has been more accurate than long ago."""
    accuracies = range(2, len(curve[0]))
    latest = max(max(curve, key=lambda row: row[column])[1] for column in accuracies)
    return curve[-1][1] > _STALLED * max(latest, _EARLY)


def _best(curve: list[list], names: tuple[str, ...], name: str) -> float:
    column = 2 + names.index(name)
    return max(row[column] for row in curve)
