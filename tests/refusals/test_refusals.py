"""Every public function refuses what it cannot use, in one sentence: a contract.

A new public function must have an entry in a table, or a reason below why it needs none.
"""

import inspect

import pytest

import nne_jax as nne
from nne_jax.errors import InputError
from tests.refusals import (
    adapters,
    core,
    dopamine,
    engines,
    evolution,
    expressions,
    outcome,
    selection,
    theory,
)

TABLE = {
    name: rows
    for part in (
        adapters,
        core,
        dopamine,
        engines,
        evolution,
        expressions,
        outcome,
        selection,
        theory,
    )
    for name, rows in part.TABLE.items()
}
ROWS = [(name, index) for name, rows in TABLE.items() for index in range(len(rows))]
ELSEWHERE = {"nne_jax.data", "nne_jax.errors", "nne_jax.runs", "nne_jax.types"}  # own tests
NOTHING_TO_REFUSE = {
    # what functions return, and what those that take them look at
    *"adapters.evosax.Metrics adapters.evosax.StrategyState assortment.Assorted".split(),
    *"evaluation.Accuracy".split(),
    *"dopamine.DNNState dopamine.Dual dopamine.Primal dopamine.kernels.Kernels".split(),
    *"dopamine.kernels.MostActive engines.Engine engines.Sizes evolution.Fittest".split(),
    *"evolution.NNEState metrics.Metrics selection.Count theory.finite.PairDisequilibrium".split(),
    *"theory.infinite.Trajectory theory.linear.Errors theory.linear.LinearErrors".split(),
    *"fitness.Scheduled replicates.Populations wright_fisher.Inheritance".split(),
    "wright_fisher.WrightFisherState",
    "replicates.populations",  # a state of any kind
    *"elementwise.relu elementwise.tanh elementwise.sigmoid elementwise.silu".split(),
    "elementwise.centred_sigmoid",
    # protocols
    *"dopamine.Rule dopamine.rules.Rule lifetime.Learner".split(),
}


def public(module, seen):
    """Names of the functions and classes of a module, and of those that are among its names."""
    if module.__name__ in seen:
        return
    seen.add(module.__name__)
    own = {name for name, m in vars(module).items() if inspect.getmodule(m) is module}
    for name in getattr(module, "__all__", {name for name in own if name[0] != "_"}):
        member = getattr(module, name)
        if inspect.ismodule(member):
            yield from public(member, seen)
        elif callable(member):
            yield f"{module.__name__.removeprefix('nne_jax.')}.{name}"


def test_every_public_function_has_an_entry():
    assert set(public(nne, set(ELSEWHERE))) == TABLE.keys() | NOTHING_TO_REFUSE
    assert all(TABLE.values())


@pytest.mark.parametrize(("name", "index"), ROWS)
def test_it_is_one_sentence(name, index):
    call, sentence = TABLE[name][index]
    with pytest.raises(InputError) as raised:
        call()
    said = str(raised.value)
    assert sentence in said
    assert said.endswith(".")
    assert "\n" not in said
