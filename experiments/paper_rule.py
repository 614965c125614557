"""Does the paper's rule reach the paper's 78.8%? ``python -m experiments.paper_rule``.

The preset ``paper`` for ever smaller ε and ever more generations T, εT constant: if sampling noise
holds the rule back, a smaller ε averages it out. Generations look at --batch_size fresh images
instead of all, which changes noise alone: one ε, --check_epsilon, is run with all images too, and
with a larger population, and to the end, for --longest generations and all seeds. From the run that
goes farthest is read what 200,000 generations come to, by ε, which the paper does not give.
Shortest first; any other run that would evaluate more images than --repeat_below is made for the
first seed alone. A stopped series goes on with ``--resume``, which with fewer ``--epsilons`` makes
a result of what is there, and with more ``--epsilon_generations`` goes farther. Writes
``experiments/results/paper_rule.json`` and ``.png``.
"""

import dataclasses
from pathlib import Path

from experiments import launch
from experiments.evolved import rule_figure, rule_forecast, rule_report, rule_series
from experiments.evolved.rule_series import Setting
from experiments.launch import option
from experiments.launch.countdown import Countdown
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.options import as_text, refuse_idle
from experiments.launch.paper_flags import PresetOptions
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.config import Config
from experiments.run.plan import load, plan
from experiments.run.presets import PRESETS
from nne_jax.errors import InputError

_MOST_GENERATIONS = 2**31 - 1
_CHECKED = 5.0  # a small ε would take all images for hours


@dataclasses.dataclass(frozen=True)
class Options(PresetOptions):
    """Which runs the series has, and where the results go."""

    workdir: str = workdir_option("runs/paper_rule")
    output: str = output_option("experiments/results/paper_rule.json")
    epsilons: tuple[float, ...] = option(
        (5.0, 2.0, 1.0, 0.5, 0.2),
        "strengths of selection ε, a run each",
        above=0,
        distinct=True,
        size=1e6,
    )
    epsilon_generations: float = option(
        2000.0,
        "εT, the same for all: T is this divided by ε",
        unit="generations",
        above=0,
        size=1e12,
    )
    population_size: int = option(
        1000, "number N of genotypes tested a generation", unit="genotypes", low=1
    )
    batch_size: int = option(
        100, "fresh images a generation; 0: all training images", unit="images", low=0
    )
    check_epsilon: float = option(
        _CHECKED, "the ε of the checks, which need its run beside them", above=0, size=1e6
    )
    check_images: bool = option(True, "check: all training images a generation")
    check_population: int = option(
        4000, "check: so many; 0: no such check", unit="genotypes", low=0
    )
    longest: int = option(
        12_000,
        "check: so many generations, for all seeds; 0: no such check",
        unit="generations",
        low=0,
        high=_MOST_GENERATIONS,
    )
    repeat_below: float = option(
        3e8,
        "T x N x S up to which a run is made for all seeds",
        unit="image evaluations",
        low=0,
        size=1e18,
    )
    per_class: int = option(200, "training images a class", unit="images", low=1)
    validation_per_class: int = option(100, "images a class for the curves", unit="images", low=1)

    def __post_init__(self):
        super().__post_init__()
        if not (self.check_images or self.check_population or self.longest):
            refuse_idle(self, ("check_epsilon",), "--check_images, --check_population or --longest")
        if self.check_epsilon not in (_CHECKED, *self.epsilons):
            raise InputError(
                f"--check_epsilon={self.check_epsilon}: there is no run beside it to compare it "
                f"with; give one of --epsilons={as_text(self.epsilons)}."
            )
        if self.check_population == self.population_size:
            raise InputError(
                f"--check_population={self.check_population}: is the --population_size of the "
                "series itself; give another, or 0 for no such check."
            )

    def config(
        self, epsilon: float, every: float = rule_series.EVALUATED_EVERY, **others: int
    ) -> Config:
        """The run of an ε, evaluated ``every`` so much εt, whatever its length: it may get longer.

        Raises:
          InputError: no generation, or more than can be counted.
        """
        generations = round(self.epsilon_generations / epsilon)
        given = f"--epsilon_generations={self.epsilon_generations}"
        if generations < 1:
            raise InputError(
                f"{given}: leaves no generation with epsilon {epsilon}; give at least {epsilon}, "
                "or smaller --epsilons."
            )
        if generations > _MOST_GENERATIONS:
            raise InputError(
                f"{given}: these are {generations:.3g} generations with epsilon {epsilon}; give "
                "less, or larger --epsilons."
            )
        sizes = {name: getattr(self, name) for name in rule_series.SIZES}
        sizes = {"num_generations": generations, **sizes, **self.computed(), **others}
        every = min(sizes["num_generations"], max(1, round(every / epsilon)))
        return dataclasses.replace(PRESETS["paper"], epsilon=epsilon, eval_every=every, **sizes)

    def settings(self) -> list[Setting]:
        """The runs, shortest first.

        Raises:
          InputError: see ``config`` and ``plan``.
        """
        configs = [("series", self.config(epsilon)) for epsilon in self.epsilons]
        configs += self._checks() if self.check_epsilon in self.epsilons else []
        (_, first), settings = configs[0], []
        num_images = plan(first, load(first)).dataset.train.labels.shape[0]
        for kind, config in configs:
            cost = rule_series.image_evaluations(config, num_images)
            repeated = kind == "longest" or cost <= self.repeat_below
            seeds = self.seeds if repeated else self.seeds[:1]
            settings.append(Setting(kind, config, seeds, cost))
        return sorted(settings, key=lambda setting: setting.image_evaluations)

    def _checks(self) -> list[tuple[str, Config]]:
        checks, epsilon = [], self.check_epsilon
        if self.check_images and self.batch_size:
            checks.append(("all images", self.config(epsilon, batch_size=0)))
        if size := self.check_population:
            checks.append(("population", self.config(epsilon, population_size=size)))
        if longest := self.longest:
            every = rule_series.LONGEST_EVERY
            checks.append(("longest", self.config(epsilon, every, num_generations=longest)))
        return checks


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs the series and the checks, then writes the files."""
    output = options.check_paths()
    settings, workdir = options.settings(), Path(options.workdir)
    for setting in settings:
        check_folders(setting.config, setting.seeds, workdir / setting.folder)
    check_runs([setting.config for setting in settings], options.seeds)
    with options.held():
        rows = []
        countdown = Countdown(sum(len(setting.seeds) for setting in settings), "runs")
        for setting in settings:
            rows.append(rule_series.row(setting, workdir))
            print(rule_report.line(rows[-1]), flush=True)
            countdown.done(len(setting.seeds))
        forecast = rule_forecast.forecast(rows, PRESETS["paper"].num_generations)
        output.write(
            "experiments.paper_rule",
            epsilon_generations=options.epsilon_generations,
            rows=rows,
            forecast=forecast,
        )
        output.draw(rule_figure.figure(rows, forecast, options.dataset))
    print(rule_report.table(rows))
    print(rule_forecast.text(forecast))


if __name__ == "__main__":
    launch.run(define, read, main)
