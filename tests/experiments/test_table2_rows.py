"""The rows of table 2: what is learned in the dual form, and the controls."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.dopamine import controls, layers, rows
from experiments.dopamine.layers import Layer
from experiments.dopamine.rows import Schedule
from experiments.dopamine.variants import DELTA_RULE, Variant
from nne_jax import data, dopamine
from nne_jax.dopamine import features
from nne_jax.fitness import cross_entropy, fraction_correct


@pytest.fixture(scope="module")
def dataset():
    sizes = {"per_class": 10, "validation_per_class": 5}
    return data.select(layers.keys(0).data, data.load("digits"), **sizes)


@pytest.mark.slow
@pytest.mark.parametrize("layer", [Layer(30), Layer(30, 7)])
def test_a_row_is_what_the_primal_form_learns(dataset, layer, tmp_path):
    """The launcher's dual learning of several steps at once, against one with weights."""
    layers.prepare([layer], {0: dataset}, tmp_path)
    problem = layers.load(layer, dataset, 0, tmp_path)
    variant = Variant("agrel", "sampled", "graded", 0.1)
    learnt = rows.learn(variant, {0: problem}, [0.05, 0.1], 4, 0.5)

    key_hidden, key_output = jax.random.split(layers.keys(0).layer)
    units = jnp.arange(30)
    weights = features.hidden_weights(key_hidden, 64, units)
    start = features.output_weights(key_output, 30, 10, units)

    def fired(images):
        hidden = features.activations(weights, images)
        return features.k_cap(hidden, layer.k_cap) if layer.k_cap else hidden

    hidden = fired(dataset.train.inputs)
    synapses, rule = dopamine.Primal(hidden, hidden), variant.make()
    state = dopamine.init(synapses, rule, 10, start)
    labels, schedule = dataset.train.labels, (4, 0.1, 0.5, 2)
    key = layers.keys(0).learning
    state = dopamine.learn(key, state, synapses, labels, rule, "sampled", *schedule)
    kernel = problem.kernels["graded"]["test"]
    for readout, output in ((learnt.last, state.params), (learnt.averaged, state.average)):
        logits = fired(dataset.test.inputs) @ output.T
        actual = kernel @ readout.contributions[0, 1].T
        np.testing.assert_allclose(actual, logits, rtol=1e-3, atol=1e-3)
        held = fired(dataset.validation.inputs) @ output.T
        reached = float(fraction_correct(held, dataset.validation.labels))
        assert readout.curve[0, 1, -1] == pytest.approx(reached, abs=1e-6)
        assert readout.curve.shape == (1, 2, 4)


@pytest.mark.slow
def test_the_delta_rule_is_gradient_descent_on_one_image_at_a_time(dataset, tmp_path):
    """So that the row of the control is the plain SGD that it is said to be."""
    layers.prepare([Layer(30)], {0: dataset}, tmp_path)
    problem = layers.load(Layer(30), dataset, 0, tmp_path)
    kernel = jnp.asarray(problem.kernels["graded"]["train"])
    rule, labels = DELTA_RULE.make(), dataset.train.labels
    state = dopamine.init(dopamine.Dual(kernel), rule, 10, problem.initial)
    order = jnp.array([3])
    key = jax.random.key(0)
    arguments = dopamine.Dual(kernel), labels, order, rule, "every", 1.0
    seen = dopamine.scan_examples(key, state, *arguments)

    def loss(logits):
        return cross_entropy(logits[None], labels[3:4])[0]

    gradient = jax.grad(loss)(problem.initial @ kernel[3])
    np.testing.assert_allclose(seen.params[:, 3], -gradient, atol=1e-6)


@pytest.mark.slow
def test_gradients_learn_and_the_rate_is_chosen_by_validation(dataset):
    schedule = Schedule((1.0,), 20, 5, 0.0, 1.0, test=True)
    row = controls.gradient_row("adam", Layer(60), {0: dataset}, schedule)
    assert row["tried_rates"][f"{row['learning_rate']:g}"] == max(row["tried_rates"].values())
    assert row["test"][0] > 0.7
