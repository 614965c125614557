"""Rules as pytrees: compiled once, vmapped, pickled, in any floating-point type."""

import dataclasses
import functools
import pickle
from typing import ClassVar

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import dopamine
from nne_jax.dopamine import Primal
from nne_jax.dopamine.rules import RULES, make
from nne_jax.types import pytree

every_rule = pytest.mark.parametrize("name", RULES)


@every_rule
def test_a_rule_comes_back_from_a_pickle(name):
    rule = make(name)
    assert pickle.loads(pickle.dumps(rule)) == rule


@every_rule
def test_equal_rules_share_one_compilation_and_so_do_other_numbers(name):
    z, target = jnp.array([0.6, 0.3, 0.1]), jnp.array([0.0, 1.0, 0.0])
    chex.clear_trace_counter()

    @jax.jit
    @chex.assert_max_traces(n=1)
    def change(rule, state):
        return rule.update(z, target, target, state)[0]

    rules = [make(name), make(name), jax.tree.map(lambda number: 0.5 * number, make(name))]
    for rule in rules:
        expected, _ = rule.update(z, target, target, rule.init())
        np.testing.assert_allclose(change(rule, rule.init()), expected, atol=1e-6)


@pytree
@dataclasses.dataclass(frozen=True)
class Counting:
    """A rule of the user's, which counts how often it is traced."""

    strength: float
    traces: ClassVar[list] = []

    def init(self):
        return 0.0

    def update(self, z, target, fired, state):
        self.traces.append(1)
        return self.strength * fired, state + 1.0


def test_equal_rules_learn_by_one_compilation():
    Counting.traces.clear()
    synapses, labels = Primal(jnp.eye(2), jnp.eye(2)), jnp.array([0, 1])
    for count, strength in ((1, 1.0), (1, 1.0), (1, 2.0)):
        state = dopamine.init(synapses, Counting(strength), 2)
        arguments = synapses, labels, Counting(strength), "every", 3, 0.5
        end = dopamine.learn(jax.random.key(0), state, *arguments)
        np.testing.assert_allclose(end.params, 3 * 0.5 * strength * np.ones((2, 2)))
        assert end.rule_state == 6
        assert len(Counting.traces) == count


@pytest.mark.slow
def test_vmap_learns_with_several_steps_and_uncertainties_at_once():
    synapses, labels = Primal(jnp.eye(3), jnp.eye(3)), jnp.array([0, 1, 2])

    def learn(epsilon1, uncertainty):
        rule = make("agrel", uncertainty=uncertainty)
        state = dopamine.init(synapses, rule, 3)
        key, schedule = jax.random.key(0), (4, epsilon1, 0.5)
        return dopamine.learn(key, state, synapses, labels, rule, "sampled", *schedule).params

    epsilons, uncertainties = [0.1, 0.2, 0.5], [0.0, 0.2, 0.3]
    together = jax.vmap(learn)(jnp.array(epsilons), jnp.array(uncertainties))
    for params, epsilon1, uncertainty in zip(together, epsilons, uncertainties, strict=True):
        np.testing.assert_allclose(params, learn(epsilon1, uncertainty), atol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
@every_rule
def test_weights_keep_the_dtype_of_the_activity(name, dtype):
    """Also in a session of float64, where a rule's own numbers are of it."""

    def learn():
        hidden, rule = jnp.eye(3, dtype=dtype), make(name)
        synapses, labels = Primal(hidden, hidden), jnp.array([0, 1, 2])
        start = dopamine.init(synapses, rule, 3)
        arguments = synapses, labels, rule, "sampled", 2, 0.5, 0.1
        return start, dopamine.learn(jax.random.key(0), start, *arguments)

    with jax.enable_x64(True):
        start, end = jax.eval_shape(learn)
    assert end.params.dtype == end.average.dtype == jnp.dtype(dtype)
    kinds = [[leaf.dtype for leaf in jax.tree.leaves(x.rule_state)] for x in (start, end)]
    assert kinds[0] == kinds[1]


def test_a_state_may_be_donated():
    """Its weights and their average are two arrays, neither of them the caller's."""
    start = jnp.zeros((2, 2))
    synapses = dopamine.Primal(jnp.eye(2), jnp.eye(2))
    rule = dopamine.rules.PredictionError()

    @functools.partial(jax.jit, donate_argnums=0)
    def learn(state):
        labels = jnp.array([0, 1])
        return dopamine.learn(jax.random.key(0), state, synapses, labels, rule, "every", 1, 1.0)

    assert learn(dopamine.init(synapses, rule, 2, start)).params.shape == start.shape
    assert not start.is_deleted()


@pytest.mark.parametrize("form", ["primal", "dual"])
def test_a_number_of_a_rule_may_be_wider_than_the_weights(form):
    hidden = jnp.eye(2, dtype=jnp.float16)
    synapses = dopamine.Primal(hidden, hidden) if form == "primal" else dopamine.Dual(hidden)
    found = []
    for baseline in (0.5, jnp.float32(0.5)):
        rule = dopamine.rules.C1Baseline(baseline)
        state = dopamine.init(synapses, rule, 2)
        labels = jnp.array([0, 1])
        state = dopamine.learn(jax.random.key(0), state, synapses, labels, rule, "every", 1, 1.0)
        found.append(state.params)
    assert found[0].dtype == jnp.float16
    np.testing.assert_array_equal(*found)
