"""Training by gradients against finite differences in numpy, known minima, and numpy loops."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.tree_util import Partial

import nne_jax as nne
from tests import oracles

KEY = jax.random.key(0)


def network_loss(net, weights, batch):
    logits = nne.phenotype.apply(net, weights, batch.inputs)
    return jnp.mean(nne.fitness.cross_entropy(logits, batch.labels))


def line_loss(params, batch):
    x, y = batch
    return jnp.mean((params["slope"] * x + params["shift"] - y) ** 2)


LINE = {"slope": jnp.float32(0), "shift": jnp.float32(0)}
POINTS = jnp.arange(4.0), 2 * jnp.arange(4.0) + 1


@pytest.mark.slow
def test_one_step_is_minus_the_rate_times_the_gradient(small):
    with jax.enable_x64(True):
        net = small.net
        weights = jax.random.normal(KEY, (net.num_links,), "float64")
        batch = nne.data.Batch(jnp.asarray(small.batch.inputs, "float64"), small.batch.labels)
        loss_fn = Partial(network_loss, net)
        after = nne.gradients.train(KEY, weights, loss_fn, batch, optax.sgd(1.0), 1)

        def loss(w):
            return oracles.cross_entropy(oracles.logits(net, w, batch.inputs), batch.labels).mean()

        for link in range(0, net.num_links, 5):
            step = 1e-6 * (np.arange(net.num_links) == link)
            slope = (loss(weights + step) - loss(weights - step)) / 2e-6
            np.testing.assert_allclose(weights[link] - after[link], slope, atol=1e-7)


def test_he_uniform_spans_its_range():
    net = nne.network.init(jax.random.key(1), (50, 40), (0.5,))
    weights = nne.network.he_uniform(jax.random.key(2), net)
    receivers = np.asarray(net.layers[0].receivers)
    scaled = np.asarray(weights) / np.sqrt(6 / np.bincount(receivers)[receivers])
    assert np.abs(scaled).max() <= 1
    np.testing.assert_allclose(np.var(scaled), 1 / 3, rtol=0.15)


def test_any_pytree_of_parameters_finds_the_line_through_the_points():
    found = nne.gradients.train(KEY, LINE, line_loss, POINTS, optax.sgd(0.1), 400)
    assert found["slope"] == pytest.approx(2, abs=1e-4)
    assert found["shift"] == pytest.approx(1, abs=1e-4)


def test_iteration_i_draws_its_batch_with_fold_in_of_the_key():
    """Three steps against a numpy loop."""
    batches = nne.data.Minibatches(POINTS, batch_size=2)
    found = nne.gradients.train(KEY, LINE, line_loss, batches, optax.sgd(0.1), 3)
    slope, shift = 0.0, 0.0
    for index in range(3):
        x, y = map(np.asarray, batches(jax.random.fold_in(KEY, index)))
        error = slope * x + shift - y
        slope, shift = slope - 0.2 * np.mean(error * x), shift - 0.2 * np.mean(error)
    assert found["slope"] == pytest.approx(slope, rel=1e-5)
    assert found["shift"] == pytest.approx(shift, rel=1e-5)


def test_no_iteration_leaves_the_parameters():
    assert nne.gradients.train(KEY, LINE, line_loss, POINTS, optax.adam(0.1), 0) == LINE


def test_the_same_optimiser_is_compiled_once_for_all_batches_and_parameters():
    traces = []

    def loss(params, batch):
        traces.append(1)
        return params * batch

    optimiser = optax.sgd(0.1)
    nne.gradients.train(KEY, jnp.float32(1), loss, jnp.float32(2), optimiser, 2)
    first = len(traces)
    after = nne.gradients.train(KEY, jnp.float32(5), loss, jnp.float32(3), optimiser, 2)
    assert after == pytest.approx(5 - 2 * 0.3)
    assert len(traces) == first + 1  # the check of the loss; nothing is compiled again


def test_all_learning_rates_are_one_program():
    traces = []

    def loss(params, batch):
        traces.append(1)
        return params * batch

    @jax.jit
    def trained(rate):
        return nne.gradients.train(KEY, jnp.float32(1), loss, jnp.float32(2), optax.sgd(rate), 1)

    assert [float(trained(rate)) for rate in (0.1, 0.25)] == pytest.approx([0.8, 0.5])
    traced = len(traces)
    np.testing.assert_allclose(jax.vmap(trained)(jnp.array([0.5, 1.0])), [0, -1])
    with jax.checking_leaks():
        assert float(trained(2.0)) == -3
    assert float(trained(0.5)) == 0
    assert len(traces) <= 2 * traced  # a program for one rate, and one for several at once


def test_parameters_may_be_a_number_of_python():
    found = nne.gradients.train(
        jax.random.key(0), {"a": 1.0}, lambda p, b: p["a"] ** 2, jnp.zeros(1), optax.sgd(0.5), 1
    )
    assert found == {"a": 0.0}
