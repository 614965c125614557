"""The gradient of an output layer: the paper's Lemma 2, its sign (B1), and the delta rule."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nne_jax import dopamine, gradients
from nne_jax.data import Batch, Minibatches
from nne_jax.dopamine import Primal, rules
from nne_jax.fitness import cross_entropy

LABELS = jnp.array([0, 1, 2, 2])


def loss(output, batch):
    """Mean cross entropy of (H, C) output weights."""
    return jnp.mean(cross_entropy(batch.inputs @ output, batch.labels))


@pytest.fixture
def hidden():
    return jax.nn.relu(jax.random.normal(jax.random.key(0), (4, 5)))


@pytest.fixture
def output():
    return jax.random.normal(jax.random.key(1), (5, 3))


def lemma2(hidden, output):
    """(z_j - ℓ_j) h_i of each example, by loops; (B, H, C)."""
    hidden, output = np.asarray(hidden, float), np.asarray(output, float)
    gradient = np.zeros((4, 5, 3))
    for s, label in enumerate(LABELS.tolist()):
        z = np.exp(hidden[s] @ output)
        z /= z.sum()
        for i in range(5):
            for j in range(3):
                gradient[s, i, j] = (z[j] - (j == label)) * hidden[s, i]
    return gradient


def test_a_step_of_gradient_descent():
    """From weights of zero, z = 1/2 and h_i is 1 for one of two examples."""
    batches = Minibatches(Batch(jnp.eye(2), jnp.array([0, 1])), 2)
    learnt = gradients.train(jax.random.key(0), jnp.zeros((2, 2)), loss, batches, optax.sgd(1.0), 1)
    np.testing.assert_allclose(learnt, [[0.25, -0.25], [-0.25, 0.25]])


@pytest.mark.slow
def test_lemma_2_and_its_sign(hidden, output):
    expected = lemma2(hidden, output).mean(axis=0)
    batch = Batch(hidden, LABELS)
    np.testing.assert_allclose(jax.grad(loss)(output, batch), expected, atol=1e-6)
    for optimiser, step in ((optax.sgd(0.1), expected), (optax.sign_sgd(0.1), np.sign(expected))):
        learnt = gradients.train(jax.random.key(0), output, loss, batch, optimiser, 1)
        np.testing.assert_allclose(learnt, output - 0.1 * step, atol=1e-6)  # B1


def test_the_delta_rule_of_every_output_is_gradient_descent_on_one_example_at_a_time(
    hidden, output
):
    synapses, rule = Primal(hidden, hidden), rules.PredictionError()
    state = dopamine.init(synapses, rule, 3, output.T)
    arguments = synapses, LABELS, jnp.array([3]), rule, "every", 0.1
    seen = dopamine.scan_examples(jax.random.key(0), state, *arguments)
    expected = output - 0.1 * lemma2(hidden, output)[3]
    np.testing.assert_allclose(seen.params.T, expected, atol=1e-6)
