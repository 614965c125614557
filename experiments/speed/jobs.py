"""What ``peers`` runs: NNE or a strategy of evosax, until it is as accurate as asked for."""

import dataclasses
import time

import jax
import numpy as np

from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.speed import strategies

_ELSEWHERE = ("data_dir", "workdir", "progress")  # options of which a job's result knows nothing


@dataclasses.dataclass(frozen=True)
class Job:
    """All that a run depends on, and so what a stored one is known by."""

    model: str  # nne, or one of evosax's strategies
    config: Config
    data: str  # fingerprint of the whole data set
    rate: float | None = None  # of a strategy's mean; NNE has none
    target: float = 1.0

    @property
    def name(self) -> str:
        """In words, for a file."""
        rate = [] if self.rate is None else [f"rate{self.rate:g}"]
        return "-".join([self.model, *rate, f"seed{self.config.seed}"])

    @property
    def settings(self) -> dict:
        """As one dictionary of JSON's types."""
        config = dataclasses.asdict(self.config)
        own = {name: value for name, value in dataclasses.asdict(self).items() if name != "config"}
        return {name: config[name] for name in config if name not in _ELSEWHERE} | own

    def search(self) -> strategies.Search:
        """What runs."""
        run = assemble(self.config)
        if self.rate is None:
            return strategies.neural_net_evolution(run)
        return strategies.strategy(self.model, self.rate, run)


def evolve(job: Job) -> dict:
    """Validation accuracy by generation, until it is as high as the target."""
    config, search = job.config, job.search()
    state = search.generation(search.state, 0)
    jax.block_until_ready(search.generation(state, 0))  # compiled, for the later states as well
    state, seconds, curve = search.state, 0.0, []
    for generation in range(1, config.num_generations + 1):
        start = time.perf_counter()
        state = jax.block_until_ready(search.generation(state, generation))
        seconds += time.perf_counter() - start
        if generation % config.eval_every == 0 or generation == config.num_generations:
            curve.append([generation, round(search.accuracy(state), 4), round(seconds, 2)])
            if curve[-1][1] >= job.target:
                break
    return {
        "model": job.model,
        **({} if job.rate is None else {"rate": job.rate}),
        "seed": config.seed,
        "population_size": config.population_size,
        "batch_size": config.batch_size,
        "reached": curve[-1][1] >= job.target,
        "generations": curve[-1][0],
        "seconds": curve[-1][2],
        "curve": curve,  # generation, validation accuracy, seconds
    }


def seconds_a_generation(job: Job) -> dict:
    """Seconds of a generation, the median of three."""
    search, seconds = job.search(), []
    for generation in range(4):  # the first one compiles
        start = time.perf_counter()
        jax.block_until_ready(search.generation(search.state, generation))
        seconds.append(time.perf_counter() - start)
    return {"seconds": float(np.median(seconds[1:]))}
