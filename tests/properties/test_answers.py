"""Fitness of answers: bounds, and no example and no class is special, also without examples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nne_jax import fitness
from nne_jax.dopamine import features
from tests import oracles
from tests.properties import strategies

FUNCTIONS = {
    "reward": jax.jit(fitness.reward),
    "log_likelihood": jax.jit(fitness.log_likelihood),
    "fraction_correct": jax.jit(lambda z, y, t: fitness.fraction_correct(z / t, y)),
}
names = st.sampled_from(sorted(FUNCTIONS))
temperatures = st.sampled_from((0.25, 1.0, 64.0))


@st.composite
def answers(draw):
    """Logits (B, C), ties among them, and labels, which may all be of one class."""
    shape = draw(st.sampled_from(((1, 1), (1, 2), (4, 3))))
    elements = st.integers(-40, 40).map(lambda number: number / 4)
    logits = draw(arrays.arrays(np.float32, shape, elements=elements))
    labels = draw(arrays.arrays(np.int32, shape[0], elements=st.integers(0, shape[1] - 1)))
    return jnp.asarray(logits), jnp.asarray(labels)


@pytest.mark.slow
@given(answers(), temperatures)
def test_it_is_the_float64_loop(answers, temperature):
    logits, labels = answers
    losses = oracles.cross_entropy(logits, labels, temperature)
    found = fitness.cross_entropy(logits, labels, temperature)
    np.testing.assert_allclose(found, losses, rtol=1e-4, atol=1e-5)
    reward = oracles.reward(logits, labels, temperature)
    np.testing.assert_allclose(FUNCTIONS["reward"](*answers, temperature), reward, atol=1e-4)


@given(answers(), temperatures, names)
def test_it_has_bounds(answers, temperature, name):
    highest = {"reward": np.log(answers[0].shape[1]) ** 2, "log_likelihood": 0}.get(name, 1)
    found = FUNCTIONS[name](*answers, temperature)
    assert found <= highest + 1e-5
    assert (found >= 0) | (name == "log_likelihood")


@given(answers(), temperatures, names, st.data())
def test_no_example_and_no_class_is_special(answers, temperature, name, data):
    logits, labels = answers
    if name == "fraction_correct":  # of equal logits the first one counts
        logits = logits + 0.01 * jnp.arange(logits.shape[1], dtype=jnp.float32)[None]
    order = data.draw(strategies.orders(labels.size))
    classes = data.draw(strategies.orders(logits.shape[1]))
    place = np.argsort(classes)  # of each old class among the new ones
    one = FUNCTIONS[name](logits, labels, temperature)
    other = FUNCTIONS[name](
        logits[order][:, classes], jnp.asarray(place)[labels[order]], temperature
    )
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@given(st.data(), st.integers(1, 6))
def test_a_cap_leaves_the_k_most_active(data, k):
    hidden = data.draw(strategies.vector(st.integers(0, 5).map(float), 6))
    capped = np.asarray(features.k_cap(hidden, k))
    hidden = np.asarray(hidden)
    assert (capped > 0).sum() == min(k, (hidden > 0).sum())
    np.testing.assert_allclose(np.sort(capped)[-k:], np.sort(hidden)[-k:])
    assert ((capped == hidden) | (capped == 0)).all()
