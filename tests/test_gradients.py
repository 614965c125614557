"""The gradient control against finite differences in numpy, and against chance."""

import jax
import numpy as np
import optax

import nne_jax as nne
from tests import oracles


def test_one_step_is_minus_the_rate_times_the_gradient(small):
    with jax.enable_x64(True):
        key = jax.random.key(0)
        net = small.net
        weights = jax.random.normal(key, (net.num_links,), "float64")
        batch = nne.data.Batch(np.asarray(small.batch.images, "float64"), small.batch.labels)
        after = nne.backprop.train(key, net, weights, batch, optax.sgd(1.0), 1, 8)

        def loss(w):
            return oracles.cross_entropy(oracles.logits(net, w, batch.images), batch.labels).mean()

        for link in range(0, net.num_links, 5):
            step = 1e-6 * (np.arange(net.num_links) == link)
            slope = (loss(weights + step) - loss(weights - step)) / 2e-6
            np.testing.assert_allclose(weights[link] - after[link], slope, atol=1e-7)


def test_he_uniform_spans_its_range(small):
    net = nne.network.init(jax.random.key(1), (50, 40), (0.5,))
    weights = nne.backprop.init_weights(jax.random.key(2), net)
    receivers = np.asarray(net.layers[0].receivers)
    scaled = weights / np.sqrt(6 / np.bincount(receivers)[receivers])
    assert np.abs(scaled).max() <= 1
    np.testing.assert_allclose(np.var(scaled), 1 / 3, rtol=0.15)
