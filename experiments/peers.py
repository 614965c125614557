"""Time to an accuracy, beside evosax: ``python -m experiments.peers``.

NNE against evosax's Open_ES, SNES and PGPE on the same network, images, cores and engine, from
200 images a digit. NNE has the settings of ``--preset``, found on the validation images; so are a
strategy's N and S, and its learning rate, the one of three that is best after
``--search_generations``. Then it runs until its mean, and NNE until the mean over its
genotypes, classifies ``--target`` of them. Seconds are without compilation and without looking at
the validation images. ``plain_seconds`` is for the same generations with a vmapped forward pass in
place of this package's engine. Writes ``experiments/results/peers.json``.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from experiments import launch
from experiments.launch import option
from experiments.launch.kept import kept
from experiments.launch.options import as_text, refuse_idle
from experiments.launch.paper_flags import ResultOptions, output_option, workdir_option
from experiments.run.assemble import check_runs
from experiments.run.config import Config
from experiments.run.plan import load
from experiments.run.presets import PRESETS
from experiments.speed import strategies
from experiments.speed.jobs import Job, evolve, seconds_a_generation
from nne_jax.engines import PRECISIONS
from nne_jax.errors import InputError
from nne_jax.runs.identity import fingerprint

_OF_STRATEGIES = ("population_size", "batch_size", "temperature", "search_generations")


@dataclasses.dataclass(frozen=True)
class Options(ResultOptions):
    """What to run, and where the results go."""

    has_picture: ClassVar[bool] = False

    workdir: str = workdir_option("runs/peers")
    output: str = output_option("experiments/results/peers.json", "the JSON file")
    preset: str = option(
        "mnist_fast", "preset of NNE, which gives the network to all", choices=PRESETS
    )
    population_size: int = option(1000, "N of the strategies", low=2)
    batch_size: int = option(100, "S of the strategies", low=1)
    strategies: tuple[str, ...] = option(
        tuple(strategies.RATES),
        "evosax's to run; none: NNE alone",
        choices=(*strategies.RATES, "none"),
        distinct=True,
    )
    precision: str = option("float32", "of everybody's products", choices=PRECISIONS)
    temperature: float = option(
        1.0, "divides the logits in the strategies' fitness", above=0, size=1e6
    )
    search_generations: int = option(10, "to choose a rate by", low=1)
    num_generations: int = option(600, "at most as many", low=1)
    eval_every: int = option(10, "generations between validations", low=1)
    target: float = option(0.788, "validation accuracy to reach", low=0, high=1)

    def __post_init__(self):
        super().__post_init__()
        if "none" not in self.strategies:
            return
        if len(self.strategies) > 1:
            raise InputError(
                f"--strategies={as_text(self.strategies)}: give none alone, or leave it out."
            )
        refuse_idle(self, _OF_STRATEGIES, "a strategy")

    @property
    def models(self) -> tuple[str, ...]:
        """NNE and the strategies."""
        return ("nne", *(name for name in self.strategies if name != "none"))

    def config(self, model: str, seed: int) -> Config:
        """The run of a model."""
        config = dataclasses.replace(
            PRESETS[self.preset],
            dataset=self.dataset,
            data_dir=self.data_dir,
            precision=self.precision,
            num_generations=self.num_generations,
            eval_every=self.eval_every,
            seed=seed,
        )
        if model == "nne":
            return config
        return dataclasses.replace(
            config,
            population_size=self.population_size,
            batch_size=self.batch_size,
            temperature=self.temperature,
        )


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Searches, runs, prints and writes."""
    output = options.check_paths()
    if options.models[1:]:
        strategies.need_evosax("--strategies", "--strategies=none for NNE alone")
    configs = [options.config(model, options.seeds[0]) for model in options.models[:2]]
    check_runs([*configs, *map(_dense, configs)], options.seeds)  # every strategy has the same
    with options.held():
        rows = _rows(options)
        output.write("experiments.peers", target=options.target, rows=rows)


def _rows(options: Options) -> list[dict]:
    """A row for every model and seed."""
    rows = []
    data = fingerprint(load(options.config("nne", options.seeds[0])))
    for model in options.models:
        jobs = [Job(model, options.config(model, seed), data) for seed in options.seeds]
        rate = None if model == "nne" else _best_rate(jobs[0], options)
        plain = _plain(dataclasses.replace(jobs[0], rate=rate), options.workdir)["seconds"]
        for job in jobs:
            whole = dataclasses.replace(job, rate=rate, target=options.target)
            row = _kept(whole, str(options.num_generations), options.workdir, evolve)
            row["plain_seconds"] = round(plain * row["generations"], 1)
            rows.append(row)
            print(f"{_line(row)}; {row['plain_seconds']:.0f} s with a vmapped forward", flush=True)
    return rows


def _best_rate(job: Job, options: Options) -> float:
    """The rate with the best validation accuracy after a short run."""
    short = dataclasses.replace(job.config, num_generations=options.search_generations)
    tried = []
    for rate in strategies.RATES[job.model]:
        shorter = dataclasses.replace(job, config=short, rate=rate)
        part = f"search-{options.search_generations}"
        row = _kept(shorter, part, options.workdir, evolve)
        tried.append(row)
        print("  " + _line(row), flush=True)
    return max(tried, key=lambda row: row["curve"][-1][1])["rate"]


def _plain(job: Job, workdir: str) -> dict:
    """Seconds of a generation with a vmapped forward pass."""
    short = dataclasses.replace(_dense(job.config), num_generations=1, eval_every=1)
    return _kept(dataclasses.replace(job, config=short), "plain", workdir, seconds_a_generation)


def _dense(config: Config) -> Config:
    return dataclasses.replace(config, engine="dense")


def _kept(job: Job, part: str, workdir: str, make: Callable[[Job], dict]) -> dict:
    """A run or a measurement, from the work folder if it was made before."""
    path = Path(workdir, f"{job.name}-{part}.json")
    return kept(path, job.settings, lambda: make(job))


def _line(row: dict) -> str:
    rate = f" at rate {row['rate']:g}" if "rate" in row else ""
    return (
        f"{row['model']}{rate}, seed {row['seed']}: {row['curve'][-1][1]:.3f} after "
        f"{row['generations']} generations, {row['seconds']:.0f} s"
    )


if __name__ == "__main__":
    launch.run(define, read, main)
