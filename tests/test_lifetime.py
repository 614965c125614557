import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax.lifetime import LIFETIMES, by_gradient, learn_output_layer
from tests import oracles


@pytest.mark.parametrize("name", ["signsgd", "sgd"])
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
        jax.random.key(0), small.net, weights, small.batch, by_gradient(optax.adam(0.01)), 3, 2
    )
    assert not np.allclose(learnt[-12:], weights[-12:])


def test_dopamine_sees_the_images_of_a_batch_one_at_a_time(small, rng):
    """Two batches of one image: two steps of ``agrel``, against a numpy loop."""
    weights = rng.normal(size=small.net.num_links)
    start = np.asarray(small.net.split(jnp.asarray(weights))[-1], float)
    temperature, epsilon1, key = 2.0, 0.5, jax.random.key(4)
    actual = learn_output_layer(
        key,
        small.net,
        jnp.asarray(weights, jnp.float32),
        small.batch,
        LIFETIMES["dopamine"](epsilon1),
        num_iterations=2,
        batch_size=1,
        temperature=temperature,
    )
    hidden, _ = nne.phenotype.output_product(
        small.net, jnp.asarray(weights, jnp.float32), small.batch.images
    )
    hidden, labels = np.asarray(hidden, float), np.asarray(small.batch.labels)
    key_order, key_noise = jax.random.split(key)
    noise, output = np.asarray(jax.random.gumbel(key_noise, (2, 3))), start.copy().reshape(3, -1)
    for step in range(2):
        (s,) = jax.random.choice(jax.random.fold_in(key_order, step), 8, (1,), replace=False)
        logits = output @ hidden[s] / temperature
        z = np.exp(logits) / np.exp(logits).sum()
        j = int(np.argmax(logits + noise[step]))
        reward = 1.0 if j == labels[s] else 0.0
        rate = epsilon1 / np.mean((hidden**2).sum(axis=1))
        output[j] += rate * hidden[s] * (reward - z[j]) * min(1 / z[j], 10)
    np.testing.assert_allclose(actual[-output.size :], output.ravel(), rtol=1e-4, atol=1e-5)
    assert not np.allclose(actual[-output.size :], start)


def test_a_step_that_is_not_positive_is_refused():
    with pytest.raises(nne.types.InputError, match=r"epsilon1=0.0: the step must be positive"):
        LIFETIMES["dopamine"](0.0)
