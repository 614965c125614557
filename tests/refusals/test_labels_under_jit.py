"""Labels of no class, which have no value under jit: the loss is NaN, and nothing is learned."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nne_jax import dopamine, evolution, fitness, gradients
from nne_jax.dopamine import Primal, ridge, rules
from tests.refusals.parts import BATCH, KEY, LABELS, LOGITS, NAN, STATE, STEP

out_of_classes = pytest.mark.parametrize("bounds", [(3, 5), (-2, 0)])
of_labels = pytest.mark.parametrize("wrong", [LABELS + 1, LABELS - 1])


@of_labels
@pytest.mark.parametrize("name", ["cross_entropy", "reward", "log_likelihood", "fraction_correct"])
def test_fitness_of_labels_of_no_class_is_nan(name, wrong):
    """A -1 would be the last class, by indexing."""
    function = jax.jit(getattr(fitness, name))
    assert jnp.isnan(function(LOGITS, wrong)).any()
    assert jnp.isfinite(function(LOGITS, LABELS)).all()


def test_fitness_of_a_temperature_that_is_not_positive_is_nan():
    """Of a negative one the worst answers would be the best."""
    by_temperature = jax.vmap(lambda t: fitness.reward(LOGITS, LABELS, t))
    found = by_temperature(jnp.array([1.0, 0.0, -1.0, NAN]))
    np.testing.assert_array_equal(jnp.isnan(found), [False, True, True, True])


@out_of_classes
def test_training_on_labels_of_no_class_ends_as_nan(bounds):
    def loss(weights, labels):
        return jnp.mean(fitness.cross_entropy(weights, labels))

    def draw(key):
        return jax.random.randint(key, (4,), *bounds)

    assert jnp.isnan(gradients.train(KEY, LOGITS, loss, draw, optax.sgd(0.1), 1)).any()


def test_accuracy_of_logits_that_are_nan_is_nan():
    """Their largest one would be the first class."""
    assert jnp.isnan(fitness.fraction_correct(LOGITS.at[0, 1].set(NAN), LABELS))


@out_of_classes
def test_a_generation_of_labels_of_no_class_is_counted_and_selects_nothing(bounds):
    def draw(key):
        return BATCH._replace(labels=jax.random.randint(key, (4,), *bounds))

    state, history = evolution.evolve(STEP, STATE, draw, 2)
    np.testing.assert_array_equal(history.non_finite, [4, 4])
    np.testing.assert_array_equal(state.allele_freqs, STATE.allele_freqs)


@of_labels
def test_dopamine_learns_nothing_of_labels_of_no_class(wrong):
    hidden, rule = jnp.eye(4), rules.make("c1")
    synapses, sizes = Primal(hidden, hidden), ("winner", 1, 0.1)
    state = dopamine.init(synapses, rule, 3)
    learn = jax.jit(lambda x: dopamine.learn(KEY, state, synapses, x, rule, *sizes).params)
    assert jnp.isnan(learn(wrong)).all()
    assert jnp.isfinite(learn(LABELS)).all()
    solve = jax.jit(lambda x: ridge.solve(hidden, x, 3, 1.0))
    assert jnp.isnan(solve(wrong)).all()
    assert jnp.isfinite(solve(LABELS)).all()


def test_an_order_of_examples_that_are_not_there_learns_nothing():
    hidden, rule = jnp.eye(4), rules.make("c1")
    synapses = Primal(hidden, hidden)
    state = dopamine.init(synapses, rule, 3)

    @jax.jit
    def scan(order):
        return dopamine.scan_examples(KEY, state, synapses, LABELS, order, rule, "winner", 0.1)

    assert jnp.isfinite(scan(jnp.array([0, 3])).params).all()
    for wrong in ([0, 4], [-1, 0]):
        assert jnp.isnan(scan(jnp.array(wrong)).params).all()
