"""What learning refuses: labels of no class, sizes that do not fit, numbers out of bounds."""

import jax
import jax.numpy as jnp
import pytest

from nne_jax import dopamine
from nne_jax.dopamine import Dual, Primal, learning
from nne_jax.dopamine.rules import make
from nne_jax.errors import InputError

HIDDEN, RULE = jnp.ones((4, 3)), make("c1")
SYNAPSES = Primal(HIDDEN, HIDDEN)
STATE = dopamine.init(SYNAPSES, RULE, 2)
RIGHT = {
    "state": STATE,
    "synapses": SYNAPSES,
    "labels": jnp.array([0, 1, 0, 1]),
    "rule": RULE,
    "fired_output": "winner",
    "epsilon1": 0.1,
}
PROBLEMS = [
    ({"labels": jnp.array([0, 1, 2, 1])}, "labels: 2 is none of 2 classes; count them from 0 to 1"),
    ({"labels": jnp.array([0, -1, 0, 1])}, "labels: -1 is none of 2 classes"),
    ({"labels": jnp.array([0, 1])}, r"labels of shape \(2,\): give one for each of the 4 examples"),
    ({"labels": jnp.zeros((4, 1), int)}, r"labels of shape \(4, 1\): give one for each of the 4"),
    ({"labels": jnp.zeros(4)}, "labels of float32: give whole numbers from 0 to 1"),
    (
        {"synapses": Primal(HIDDEN[:0], HIDDEN[:0]), "labels": jnp.zeros(0, int)},
        "labels: there is no example to learn from; give at least 1",
    ),
    (
        {"synapses": Primal(HIDDEN, HIDDEN[:, :2])},
        r"presynaptic of shape \(4, 2\) and float32: give the shape and dtype of hidden, \(4, 3\)",
    ),
    (
        {"synapses": Primal(HIDDEN, HIDDEN.astype("bfloat16"))},
        r"presynaptic of shape \(4, 3\) and bfloat16: give the shape and dtype of hidden",
    ),
    (
        {"synapses": Primal(HIDDEN.astype(int), HIDDEN.astype(int))},
        "hidden of int32: give floating point numbers",
    ),
    ({"synapses": Primal(HIDDEN[0], HIDDEN[0])}, r"hidden of shape \(3,\): give a row for each"),
    ({"synapses": Dual(HIDDEN)}, r"kernel of shape \(4, 3\): it needs a column for each of its 4"),
    (
        {"synapses": Dual(jnp.ones((4, 5)))},
        r"state.params of shape \(2, 3\) and float32: for these synapses give \(C, 5\) float32",
    ),
    (
        {"state": STATE._replace(params=STATE.params[:1])},
        r"state.params of shape \(1, 3\) .* \(C, 3\) float32, C at least 2",
    ),
    (
        {"state": STATE._replace(params=STATE.params.astype("bfloat16"))},
        r"state.params of shape \(2, 3\) and bfloat16: for these synapses give \(C, 3\) float32",
    ),
    (
        {"state": STATE._replace(average=STATE.average[:, :2])},
        r"state.average of shape \(2, 2\) and float32: for these synapses give \(C, 3\) float32",
    ),
    ({"rule": make("c1_baseline")}, "state: it is not of the rule C1Baseline; make it by init"),
    ({"rule": object()}, "rule=object: its numbers must be the leaves of a pytree; register its"),
    ({"fired_output": "loser"}, "fired_output=loser: unknown; the known ones are winner, thresh"),
    ({"epsilon1": 0.0}, "epsilon1=0.0: give a number more than 0"),
    ({"epsilon1": float("nan")}, "epsilon1=nan: give a number more than 0"),
]


@pytest.mark.parametrize(("wrong", "message"), PROBLEMS)
def test_learning_refuses_parts_that_do_not_fit(wrong, message):
    problem, key = RIGHT | wrong, jax.random.key(0)
    with pytest.raises(InputError, match=message):
        dopamine.learn(key, **problem, num_epochs=1)
    with pytest.raises(InputError, match=message):
        dopamine.scan_examples(key, **problem, order=jnp.array([0]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"num_epochs": -1}, "num_epochs=-1: give a whole number, at least 0"),
        ({"num_epochs": 1.5}, "num_epochs=1.5: give a whole number, at least 0"),
        ({"decay": -0.1}, "decay=-0.1: give a number at least 0"),
        ({"average_after": -1}, "average_after=-1: give a number at least 0"),
    ],
)
def test_learning_refuses_a_schedule(wrong, message):
    with pytest.raises(InputError, match=message):
        dopamine.learn(jax.random.key(0), **(RIGHT | {"num_epochs": 1} | wrong))


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([0, 4], "order: 4 is none of 4 examples; count them from 0 to 3"),
        ([-1], "order: -1 is none of 4 examples"),
        ([1.0], "order of float32: give whole numbers from 0 to 3"),
        ([[1]], r"order of shape \(1, 1\): give a row of examples, \(steps,\)"),
    ],
)
def test_an_order_is_of_examples_that_are_there(order, message):
    with pytest.raises(InputError, match=message):
        dopamine.scan_examples(jax.random.key(0), **RIGHT, order=jnp.array(order))


def test_no_epoch_leaves_everything_as_it_is():
    end = dopamine.learn(jax.random.key(0), **RIGHT, num_epochs=0)
    assert (end.params == STATE.params).all()
    assert end.epoch == 0


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            lambda: dopamine.init(SYNAPSES, RULE, 2, jnp.ones((3, 3))),
            r"params of shape \(3, 3\): give 2 rows, one a class",
        ),
        (
            lambda: dopamine.init(SYNAPSES, RULE, 2, jnp.ones((2, 4))),
            r"params of shape \(2, 4\) and float32: for these synapses give \(C, 3\) float32",
        ),
        (lambda: dopamine.init(SYNAPSES, RULE, 1), r"params of shape \(1, 3\) .* C at least 2"),
        (lambda: learning.check("loser", 1.0), "fired_output=loser: unknown; the known ones are"),
        (lambda: learning.check("winner", 0.0), "epsilon1=0.0: give a number more than 0"),
        (lambda: learning.check("winner", float("nan")), "epsilon1=nan: give a number more than"),
    ],
)
def test_bad_input(bad, message):
    with pytest.raises(InputError, match=message):
        bad()
