"""Questions of the form: the same run with one thing changed. What does it do?"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from experiments.launch.kept import kept
from experiments.launch.options import SEARCH_SEED
from experiments.launch.results import in_words, over_seeds
from experiments.questions import trajectories
from experiments.questions.asked import NUM_LOOKS, Asked
from experiments.questions.trajectories import Look
from experiments.run import summary
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.plan import load
from experiments.run.variations import folder_of, name_of
from nne_jax.evaluation import NETWORKS
from nne_jax.runs.identity import fingerprint


class Arm(NamedTuple):
    """One of the things that are compared: what is changed, and the settings it chooses among."""

    name: str
    changes: dict[str, Any]
    settings: tuple[dict[str, Any], ...] = ({},)


More = Callable[[Run, Any], dict[str, Any]]  # of the evolved state, JSON's types
# Of changes of the base, a seed, and whether it reports: looks, num_links, and of a report test.
Measure = Callable[[dict[str, Any], int, bool], dict[str, Any]]


def _nothing(run: Run, state: Any) -> dict[str, Any]:
    return {}


def compare(
    asked: Asked,
    arms: Sequence[Arm],
    look: Look = trajectories.usual_look,
    more: More = _nothing,
    num_looks: int = NUM_LOOKS,
) -> list[dict[str, Any]]:
    """The row of each arm: its choice on seed 0's validation images, then the reporting seeds.

    Args:
      asked: the base run, the seeds and the folder, which keeps every run.
      arms: what is compared.
      look: at the states of a run.
      more: what else is reported of the last state.
      num_looks: in a run.
    """
    data = fingerprint(load(asked.base))
    measure = functools.partial(_measure, asked, data, look, more, num_looks)
    return [row(asked, arm, measure) for arm in arms]


def row(asked: Asked, arm: Arm, measure: Measure) -> dict[str, Any]:
    """The row of an arm: its setting is chosen on seed 0's validation images, others report."""
    tried = []
    for setting in arm.settings if len(arm.settings) > 1 else ():
        searched = measure({**arm.changes, **setting}, SEARCH_SEED, False)
        tried.append({"setting": setting, "validation": searched["looks"][-1]["modal"]})
    best = max(tried, key=lambda one: one["validation"])["setting"] if tried else arm.settings[0]
    each = [measure({**arm.changes, **best}, seed, True) for seed in asked.seeds]
    return {
        **report(asked, arm.name, best, each),
        "changes": arm.changes,
        "tried": tried,
        "num_links": each[0]["num_links"],
        "test_accuracy": over_seeds([one["test"] for one in each]),
        "seconds": [one["looks"][-1]["seconds"] for one in each],
    }


def report(
    asked: Asked,
    name: str,
    setting: dict[str, Any],
    each: Sequence[dict[str, Any]],
    accuracy: str | None = None,
    numbers: Sequence[str] = (),
) -> dict[str, Any]:
    """What the rows of all questions have.

    Args:
      asked: its seeds.
      name: of the arm.
      setting: what it was run with.
      each: what was measured, by seed.
      accuracy: by which of its numbers the arms are told apart, and seconds are there too.
      numbers: others, to be averaged.
    """
    found = {
        "arm": name,
        "setting": setting,
        "seeds": list(asked.seeds),
        "each": [{"seed": s} | one for s, one in zip(asked.seeds, each, strict=True)],
    }
    if accuracy is None:
        return found
    over = over_seeds([{key: one[key] for key in (accuracy, *numbers)} for one in each])
    modal = {"modal": over.pop(accuracy)}
    seconds = [one["seconds"] for one in each]
    return {**found, "test_accuracy": modal, "measured": over, "seconds": seconds}


def _measure(
    asked: Asked,
    data: str,
    look: Look,
    more: More,
    num_looks: int,
    changes: dict[str, Any],
    seed: int,
    test: bool,
) -> dict[str, Any]:
    """One run, kept."""
    config = asked.config(**changes)
    options, default = config.deciding, Config().deciding
    differs = {k: v for k, v in options.items() if v != default[k]}
    kind = "report" if test else "search"

    def run_it() -> dict[str, Any]:
        run = assemble(dataclasses.replace(config, seed=seed))
        trajectory = trajectories.evolve(run, look, num_looks=num_looks)
        found = {"looks": trajectory.looks, "num_links": run.net.num_links}
        if not test:
            return found
        tested = summary.accuracy(run, trajectory.state, run.dataset.test)
        return {**found, "test": tested, **more(run, trajectory.state)}

    of_run = {"seed": seed, "data": data, "num_looks": num_looks}
    path = asked.folder / f"{folder_of(name_of(differs))}-seed{seed}-{kind}.json"
    return kept(path, {**options, **of_run}, run_it)


def line(row: dict[str, Any]) -> str:
    """One line of a table.

    >>> accuracy = {"modal": {"mean": 0.9, "sd": 0.01}, "sampled_mean": {"mean": 0.8, "sd": None}}
    >>> line({"arm": "tanh", "setting": {"k": 1}, "test_accuracy": accuracy, "seconds": [3.0]})
    'tanh  sampled genotypes 0.800, modal genotype 0.900 ± 0.010, 3 s, k=1'
    """
    accuracies = row["test_accuracy"]
    words = [f"{text} {in_words(accuracies[name])}" for name, text in NETWORKS.items()
             if name in accuracies]  # fmt: skip
    setting = [f"{name}={value}" for name, value in row["setting"].items()]
    took = f"{sum(row['seconds']) / len(row['seconds']):.0f} s"
    return f"{row['arm']}  " + ", ".join([*words, took, *setting])
