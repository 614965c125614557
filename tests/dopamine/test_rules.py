"""The plasticity rules against numpy loops, what they expect, and bad options."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import dopamine
from nne_jax.dopamine import FIRED_HIDDEN, FIRED_OUTPUT, Primal
from nne_jax.dopamine.rules import RULES, make

every_rule = pytest.mark.parametrize("name", RULES)
C2_SIGN_AND_GATE = {
    f"c2_{sign}_{gate}": (value, gate)
    for sign, value in (("plus", 1), ("minus", -1))
    for gate in ("below", "above")
}


def softmax(logits):
    z = np.exp(logits - logits.max())
    return z / z.sum()


def oracle_change(name, z, target, fired, state):
    """δ of one step in plain Python, and the rule's next state."""
    error = [(z[j] - target[j]) ** 2 for j in range(len(z))]
    right = int(np.argmax(target))
    if name == "c1":
        return [fired[j] * (1 / 4 - error[j]) for j in range(len(z))], state
    if name == "c1_baseline":
        mean = sum(f * e for f, e in zip(fired, error, strict=True)) / sum(fired)
        return [fired[j] * (state - error[j]) for j in range(len(z))], state + 0.01 * (mean - state)
    if name in C2_SIGN_AND_GATE:
        sign, gate = C2_SIGN_AND_GATE[name]
        is_open = (-np.log(z[right]) <= 0.75) == (gate == "below")
        return [sign * fired[j] * (error[j] < 1 / 4) * is_open for j in range(len(z))], state
    if name == "reward_baseline":
        reward = fired[right]
        return [f * (reward - state) for f in fired], state + 0.01 * (reward - state)
    rewards = [1.0 if j == right else 0.0 for j in range(len(z))]
    change = [fired[j] * (rewards[j] - z[j]) for j in range(len(z))]
    if name == "agrel":
        change = [change[j] * min(1 / z[j], 10) for j in range(len(z))]
    return change, state


def oracle_fired(name, logits, noise):
    z = softmax(logits)
    winner = np.argmax(logits + noise if name == "sampled" else logits)
    if name in ("winner", "sampled"):
        return np.eye(len(z))[winner]
    return {"threshold": (z > 0.5) * 1.0, "graded": z, "every": np.ones(len(z))}[name]


@pytest.mark.parametrize("fired_hidden", FIRED_HIDDEN)
@pytest.mark.parametrize(
    ("name", "fired_output"),
    [(name, fired) for name in RULES for fired in ("graded", "sampled")]
    + [("c1", fired) for fired in ("winner", "threshold", "every")],
)
def test_steps_against_a_numpy_loop(rng, name, fired_output, fired_hidden):
    """Six examples, one after the other, in float64."""
    hidden = np.maximum(rng.normal(size=(6, 5)), 0)
    labels, weights = np.array([0, 1, 2, 2, 0, 1]), rng.normal(size=(3, 5))
    order, epsilon1 = np.array([3, 1, 5, 0, 2, 4]), 0.7
    with jax.enable_x64(True):
        trace = FIRED_HIDDEN[fired_hidden](jnp.asarray(hidden))
        synapses, rule = Primal(jnp.asarray(hidden), trace), make(name)
        state = dopamine.init(synapses, rule, 3, jnp.asarray(weights))
        arguments = synapses, jnp.asarray(labels), jnp.asarray(order), rule, fired_output
        seen = dopamine.scan_examples(jax.random.key(0), state, *arguments, epsilon1)
        noise = np.asarray(jax.random.gumbel(jax.random.key(0), (6, 3), jnp.float64))
    rule_state = {"c1_baseline": 0.25}.get(name, 0.0)
    for example, gumbel in zip(order, noise, strict=True):
        logits, target = weights @ hidden[example], np.eye(3)[labels[example]]
        fired = oracle_fired(fired_output, logits, gumbel)
        if name == "c1_baseline" and not fired.sum():
            continue
        change, rule_state = oracle_change(name, softmax(logits), target, fired, rule_state)
        pre = hidden[example] if fired_hidden == "graded" else (hidden[example] > 0) * 1.0
        for i in range(5):
            for j in range(3):
                weights[j, i] += epsilon1 * pre[i] * change[j]
    np.testing.assert_allclose(seen.params, weights, rtol=1e-9, atol=1e-12)


def test_sampling_is_from_z():
    logits = jnp.array([0.0, 1.0, -1.0])
    noise = jax.random.gumbel(jax.random.key(0), (20_000, 3))
    fired = jax.vmap(FIRED_OUTPUT["sampled"], (None, 0))(logits, noise)
    np.testing.assert_allclose(fired.mean(axis=0), jax.nn.softmax(logits), atol=0.015)


@pytest.mark.parametrize("uncertainty", [0.0, 0.3])
def test_agrels_mean_change_is_the_gradient(uncertainty):
    """Exactly, by enumeration of the outputs that may fire: Σ_a z_a δ(a) = r - z."""
    z, target = jnp.array([0.5, 0.3, 0.2]), jnp.array([0.0, 1.0, 0.0])
    rule = make("agrel", uncertainty=uncertainty)
    mean = sum(z[a] * rule.update(z, target, jnp.eye(3)[a], ())[0] for a in range(3))
    reward = jnp.array([uncertainty / 2, 1 - uncertainty, uncertainty / 2])
    np.testing.assert_allclose(mean, reward - z, atol=1e-6)


def test_prediction_errors_mean_change_is_the_gradient_of_the_expected_reward():
    logits, target = jnp.array([0.5, 0.3, -0.2]), jnp.array([0.0, 1.0, 0.0])
    z, rule = jax.nn.softmax(logits), make("prediction_error")
    predicted = z @ target  # the baseline of the whole network, where each output has its own
    gradient = jax.grad(lambda logits: jax.nn.softmax(logits) @ target)(logits)
    change, _ = rule.update(z, target, z, ())
    np.testing.assert_allclose(z * (target - predicted), gradient, atol=1e-6)
    np.testing.assert_allclose(change, z * (target - z), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "z", "state"),
    [
        ("c1", [0.5, 0.5], ()),  # err² = 1/4
        ("c1_baseline", [0.7, 0.3], 0.09),
        ("c2_plus_below", [0.4, 0.6], ()),  # L = 0.92
        ("c2_minus_above", [0.6, 0.4], ()),  # L = 0.51
        ("c2_plus_above", [0.6, 0.4], ()),
        ("c2_minus_below", [0.4, 0.6], ()),
        ("reward_baseline", [0.7, 0.3], 1.0),  # paid, as expected
        ("prediction_error", [1.0, 0.0], ()),
        ("agrel", [1.0, 0.0], ()),
    ],
)
def test_no_reward_leaves_the_weights_untouched(name, z, state):
    update = make(name).update
    change, _ = update(jnp.array(z), jnp.array([1.0, 0.0]), jnp.array([1.0, 0.0]), state)
    np.testing.assert_allclose(change, 0, atol=1e-6)


@every_rule
def test_an_output_that_does_not_fire_does_not_learn(name):
    rule = make(name)
    z, target = jnp.array([0.6, 0.3, 0.1]), jnp.array([0.0, 1.0, 0.0])
    change, _ = rule.update(z, target, jnp.array([0.0, 1.0, 0.0]), rule.init())
    assert change[0] == change[2] == 0
