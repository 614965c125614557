"""Time to every accuracy, beside other evolution strategies: ``python -m experiments.peers``.

NNE against evosax's Open_ES, SNES and PGPE and rank-1 evolution strategies (EGGROLL), on the same
images and cores, each with its own network, N, S, σ and rates. ``--search_settings`` of each
model, those of ``speed/known.py`` first, run for ``--search_seconds`` on ``--search_seeds``; the
one that is soonest at a target there is the model's for that target, and runs on ``--seeds``. All
are judged on validation images: NNE by the mean over its genotypes, by its modal one and by its
mean one (weights W p), the others by their mean weights. Seconds are without compilation and
without looking at these images. Writes ``experiments/results/peers.json`` and ``.png``. A stopped
comparison goes on with ``--resume``.
"""

import dataclasses
from pathlib import Path
from typing import Any

from experiments import launch
from experiments.launch import option, seeds_option
from experiments.launch.countdown import Countdown
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.kept import kept
from experiments.launch.options import as_text
from experiments.launch.paper_flags import ResultOptions
from experiments.run.config import Config
from experiments.run.plan import load, plan
from experiments.speed import race, strategies, targets
from experiments.speed.jobs import Job, evolve, networks_of
from experiments.speed.settings import SPACES, Setting, config_of, in_words, name_of, settings_of
from experiments.speed.targets import Tried
from nne_jax.data import Dataset
from nne_jax.engines import PRECISIONS
from nne_jax.errors import InputError
from nne_jax.runs.identity import fingerprint

_TARGETS = (0.5, 0.6, 0.7, 0.788, 0.85, 0.882, 0.9)
_OF_ALL_IMAGES = (0.92, 0.95)
_NUM_SAMPLED = 20  # genotypes: a look at the images may not take longer than evolution


@dataclasses.dataclass(frozen=True)
class Options(ResultOptions):
    """What to run, and where the results go."""

    seeds: tuple[int, ...] = seeds_option((10, 11, 12))
    workdir: str = workdir_option("runs/peers")
    output: str = output_option("experiments/results/peers.json")
    models: tuple[str, ...] = option(
        tuple(SPACES), "NNE and its peers", choices=SPACES, distinct=True
    )
    per_class: int = option(
        200, "training images a class; 0: all that are there", unit="images", low=0
    )
    validation_per_class: int = option(100, "images a class to judge by", unit="images", low=1)
    targets: tuple[float, ...] = option(
        (),
        "validation accuracies to reach",
        unit="0 to 1",
        shown=f"{as_text(_TARGETS)}, and of all images {as_text(_OF_ALL_IMAGES)} too",
        above=0,
        high=1,
        distinct=True,
    )
    search_settings: int = option(
        12, "of each model that are tried", unit="settings", low=1, high=10_000
    )
    search_seeds: tuple[int, ...] = seeds_option((0, 1))
    search_seconds: float = option(
        60.0, "of a setting on a seed of the search", unit="seconds", above=0
    )
    seconds: float = option(300.0, "of a run that is reported, at most", unit="seconds", above=0)
    precision: str = option("float32", "of NNE's and evosax's products", choices=PRECISIONS)

    def __post_init__(self):
        super().__post_init__()
        if both := sorted({*self.seeds} & {*self.search_seeds}):
            raise InputError(
                f"--seeds={as_text(self.seeds)}: {both[0]} is among --search_seeds, on which "
                "settings are chosen; report on others."
            )

    @property
    def accuracies(self) -> tuple[float, ...]:
        """The targets."""
        return self.targets or _TARGETS + (() if self.per_class else _OF_ALL_IMAGES)

    def base(self, seed: int) -> Config:
        """What is the same for every model and setting."""
        return Config(
            dataset=self.dataset,
            data_dir=self.data_dir,
            per_class=self.per_class,
            validation_per_class=self.validation_per_class,
            precision=self.precision,
            temperature=1.0,
            num_sampled=_NUM_SAMPLED,
            seed=seed,
        )


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Searches, runs, prints and writes."""
    output = options.check_paths()
    if set(options.models) & set(strategies.RATES):
        strategies.need_evosax("--models", "--models=nne,rank_one")
    whole = load(options.base(options.seeds[0]))
    _check_settings(options, whole)
    data = fingerprint(whole)
    with options.held():
        number = sum(len(settings_of(model, options.search_settings)) for model in options.models)
        countdown = Countdown(number * len(options.search_seeds), "runs of the search")
        tried = [_tried(model, data, options, countdown) for model in options.models]
        rows = [row for one in tried for row in targets.rows(one, options.accuracies)]
        ratios = targets.ratios(rows)
        lines = {name: line for one in tried for name, line in targets.frontier(one).items()}
        runs = [row for one in tried for row in targets.endings(one)]
        output.write("experiments.peers", rows=rows, ratios=ratios, frontier=lines, runs=runs)
        output.draw(race.figure(lines, options.accuracies))
    print(race.table(rows, ratios))


def _check_settings(options: Options, whole: Dataset) -> None:
    """Refuses a setting that does not fit the data or the machine, before the first one runs."""
    base = options.base(options.seeds[0])
    for model in options.models:
        for setting in settings_of(model, options.search_settings):
            try:
                plan(config_of(setting, base), whole)
            except InputError as error:
                raise InputError(f"--models={model}, {in_words(setting)}: {error}") from error


def _tried(model: str, data: str, options: Options, countdown: Countdown) -> Tried:
    """A model's search, and the runs of what it chose."""
    settings = {name_of(own): own for own in settings_of(model, options.search_settings)}
    goals = dict.fromkeys(networks_of(model), max(options.accuracies))

    def runs(setting: Setting, seeds: tuple[int, ...], **differs: Any) -> list[dict]:
        jobs = [Job(model, setting, options.base(seed), data, **differs) for seed in seeds]
        return [_made(job, options.workdir) for job in jobs]

    searched = {}
    countdown.restart()
    for name, setting in settings.items():
        made = runs(setting, options.search_seeds, goals=goals, seconds=options.search_seconds)
        searched[name] = [run["curve"] for run in made]
        countdown.done(len(made))
    chosen = targets.goals(searched, model, options.accuracies)
    reported = {
        name: runs(settings[name], options.seeds, goals=own, seconds=options.seconds, test=True)
        for name, own in chosen.items()
    }
    return Tried(model, settings, searched, reported)


def _made(job: Job, workdir: str) -> dict:
    """A run, from the work folder if it was made before."""
    made = kept(Path(workdir, f"{job.name}.json"), job.settings, lambda: evolve(job))
    generation, seconds, *accuracies = made["curve"][-1]
    words = " ".join(f"{accuracy:.3f}" for accuracy in accuracies)
    print(f"  {job.name}: {words}, {seconds:.1f} s, {generation} generations", flush=True)
    return made


if __name__ == "__main__":
    launch.run(define, read, main)
