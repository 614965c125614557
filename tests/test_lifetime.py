import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax.lifetime import LIFETIMES, learn_output_layer
from tests import oracles


@pytest.mark.parametrize("name", LIFETIMES)
def test_one_iteration_is_the_papers_equation(small, rng, name):
    """B1 with the mean gradient (z_j - ℓ_j) h_i of Lemma 2, or its sign; one batch of all."""
    weights = rng.normal(size=small.net.num_links)
    first, second, output = map(np.asarray, small.net.split(jnp.asarray(weights)))
    rate, temperature = 0.1, 2.0
    actual = learn_output_layer(
        jax.random.key(0),
        small.net,
        jnp.asarray(weights, jnp.float32),
        small.batch,
        LIFETIMES[name](rate),
        num_iterations=1,
        batch_size=8,
        temperature=temperature,
    )
    below = nne.network.Network(small.net.layers[:-1])
    hidden = np.maximum(
        oracles.logits(below, np.concatenate([first, second]), small.batch.images), 0
    )
    logits = oracles.logits(small.net, weights, small.batch.images) / temperature
    z = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    error = z - np.eye(3)[np.asarray(small.batch.labels)]
    gradient = (error.T @ hidden / 8 / temperature).ravel()
    step = np.sign(gradient) if name == "signsgd" else gradient
    np.testing.assert_allclose(actual[-12:], output - rate * step, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(actual[:-12], jnp.asarray(weights, jnp.float32)[:-12])


@pytest.mark.parametrize("name", LIFETIMES)
def test_a_lifetime_lowers_the_loss(small, rng, name):
    weights = jnp.asarray(rng.normal(size=small.net.num_links), jnp.float32)
    learnt = learn_output_layer(
        jax.random.key(0), small.net, weights, small.batch, LIFETIMES[name](0.02), 100, 4
    )
    before, after = (
        -nne.fitness.log_likelihood(
            nne.phenotype.apply(small.net, w, small.batch.images), small.batch.labels
        )
        for w in (weights, learnt)
    )
    assert after < before


def test_any_optax_optimiser_trains_the_output_layer(small):
    weights = jnp.ones(small.net.num_links)
    learnt = learn_output_layer(
        jax.random.key(0), small.net, weights, small.batch, optax.adam(0.01), 3, 2
    )
    assert not np.allclose(learnt[-12:], weights[-12:])
