import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from tests import oracles


def test_apply_is_the_sum_over_links(small, rng):
    weights = rng.normal(size=small.net.num_links)
    expected = oracles.logits(small.net, weights, small.batch.inputs)
    actual = nne.phenotype.apply(small.net, jnp.asarray(weights, jnp.float32), small.batch.inputs)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def test_apply_maps_over_individuals(small, rng):
    weights = jnp.asarray(rng.normal(size=(3, small.net.num_links)), jnp.float32)
    apply = jax.vmap(nne.phenotype.apply, (None, 0, None))
    logits = apply(small.net, weights, small.batch.inputs)
    assert logits.shape == (3, 8, 3)
    one = nne.phenotype.apply(small.net, weights[1], small.batch.inputs)
    np.testing.assert_allclose(logits[1], one, rtol=1e-5, atol=1e-6)


def test_a_network_without_a_hidden_layer_is_linear(rng):
    net = nne.network.init(jax.random.key(0), (4, 3), (1.0,))
    weights, images = rng.normal(size=12), rng.uniform(size=(5, 4))
    actual = nne.phenotype.apply(net, jnp.asarray(weights), jnp.asarray(images))
    np.testing.assert_allclose(actual, images @ weights.reshape(3, 4).T, rtol=1e-5, atol=1e-6)


def test_permuting_hidden_units_changes_nothing(rng):
    net = nne.network.init(jax.random.key(0), (4, 5, 3), (1.0, 1.0))
    first, second = rng.normal(size=(5, 4)), rng.normal(size=(3, 5))
    images, order = jnp.asarray(rng.uniform(size=(6, 4))), rng.permutation(5)

    def logits(first, second):
        weights = jnp.asarray(np.concatenate([first.ravel(), second.ravel()]))
        return nne.phenotype.apply(net, weights, images)

    permuted = logits(first[order], second[:, order])
    np.testing.assert_allclose(permuted, logits(first, second), rtol=1e-5, atol=1e-6)
