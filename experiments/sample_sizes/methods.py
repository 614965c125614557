"""The methods of `frontier`, with the settings among which validation chooses.

A method more is an entry more. Every one has three settings; where a run is stopped, and whether
weights are averaged, comes out of the same run.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from experiments.run.assemble import Run
from experiments.sample_sizes import dopamine_rules, evolved, gradients, strategies
from experiments.sample_sizes.learnt import Learnt, Setting
from experiments.sample_sizes.samples import Sample
from experiments.speed.rank_one import rank_one
from experiments.speed.search import Search


def _nothing(sample: Any, setting: Setting) -> float:
    """There is nothing that it shares with others."""
    return 0.0


class Method(NamedTuple):
    """A way to learn."""

    label: str
    settings: tuple[Setting, ...]  # to choose among
    learn: Callable[[Sample, Setting], list[Learnt]]
    shared: Callable[[Sample, Setting], float] = _nothing  # seconds of what others use too
    after: tuple[str, ...] = ()  # methods whose choice it needs
    back_propagates: bool = False


def _rank_one(run: Run, setting: Setting) -> Search:
    return rank_one(run, setting["deviation"], setting["rate"])


def _over(name: str, values: tuple[float, ...], **others: float) -> tuple[Setting, ...]:
    """A setting for each value of one number."""
    return tuple({name: value, **others} for value in values)


METHODS: dict[str, Method] = {
    "nne": Method(
        "NNE",
        _over("selection_intensity", (0.5, 1.0, 2.0)),
        partial(evolved.population, selection="intensity"),
        partial(evolved.seconds, selection="intensity"),
    ),
    "nne_signsgd": Method(
        "NNE + SignSGD",
        _over("rate", (0.003, 0.01, 0.03)),
        partial(evolved.lifetime, rule="signsgd"),
        evolved.lifetime_seconds,
        after=("nne",),
    ),
    "nne_dopamine": Method(
        "NNE + dopamine",
        _over("rate", (1.0, 3.0, 10.0)),
        partial(evolved.lifetime, rule="dopamine"),
        evolved.lifetime_seconds,
        after=("nne",),
    ),
    "pbil": Method(
        "PBIL",
        _over("learning_rate", (0.25, 0.5, 1.0), selected_fraction=0.2),
        partial(evolved.population, selection="pbil"),
        partial(evolved.seconds, selection="pbil"),
    ),
    # Another strategy is another (run, setting) -> Search in place of _rank_one.
    "rank_one": Method(
        "rank-1 evolution strategy",
        _over("rate", (0.003, 0.01, 0.03), deviation=0.02),
        partial(strategies.learn, make=_rank_one),
    ),
    "c2_minus_above": Method(
        "DNN, the paper's formula",
        _over("step", (1.0, 3.0, 10.0)),
        partial(dopamine_rules.learn, rule="c2_minus_above", fired_output="winner"),
        dopamine_rules.seconds,
    ),
    "agrel": Method(
        "DNN, agrel",
        _over("step", (1.0, 3.0, 10.0), uncertainty=0.3),
        partial(dopamine_rules.learn, rule="agrel", fired_output="sampled"),
        dopamine_rules.seconds,
    ),
    "feedback_alignment": Method(
        "direct feedback alignment",
        _over("learning_rate", (0.0003, 0.001, 0.003)),
        partial(gradients.learn, is_aligned=True),
    ),
    "ridge": Method(
        "ridge regression",
        _over("penalty", (0.01, 0.1, 1.0)),
        dopamine_rules.regression,
        dopamine_rules.seconds,
    ),
    "adam": Method(
        "Adam (back-propagation)",
        _over("learning_rate", (0.0003, 0.001, 0.003)),
        partial(gradients.learn, is_aligned=False),
        back_propagates=True,
    ),
}


def with_needed(names: tuple[str, ...]) -> list[str]:
    """Methods, and before them those whose choice they need, each once.

    >>> with_needed(("ridge", "nne_signsgd"))
    ['ridge', 'nne', 'nne_signsgd']
    """
    ordered = [needed for name in names for needed in (*METHODS[name].after, name)]
    return list(dict.fromkeys(ordered))
