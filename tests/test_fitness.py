from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from tests import oracles


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [1.0, 10.0])
@pytest.mark.parametrize("scale", [0.1, 3.0, 50.0])  # 50: a saturated softmax
def test_against_numpy(rng, temperature, scale):
    logits, labels = scale * rng.normal(size=(20, 5)), rng.integers(0, 5, 20)
    args = jnp.asarray(logits, jnp.float32), jnp.asarray(labels), temperature
    expected = oracles.cross_entropy(logits, labels, temperature)
    np.testing.assert_allclose(nne.fitness.cross_entropy(*args), expected, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(nne.fitness.log_likelihood(*args), -expected.mean(), rtol=2e-5)
    np.testing.assert_allclose(
        nne.fitness.reward(*args), oracles.reward(logits, labels, temperature), rtol=2e-5, atol=1e-6
    )


@pytest.mark.slow
def test_reward_of_a_guess_and_of_certainty():
    labels, alpha = jnp.zeros(4, int), np.log(10)
    assert nne.fitness.reward(jnp.zeros((4, 10)), labels) == pytest.approx(0, abs=1e-5)
    right = jnp.zeros((4, 10)).at[:, 0].set(100.0)
    assert nne.fitness.reward(right, labels) == pytest.approx(alpha**2)
    assert nne.fitness.reward(-right, labels) == 0  # worse than a guess counts as 0


def test_fraction_correct_against_numpy(rng):
    logits, labels = rng.normal(size=(30, 4)), rng.integers(0, 4, 30)
    expected = np.mean(logits.argmax(axis=1) == labels)
    actual = nne.fitness.fraction_correct(jnp.asarray(logits), jnp.asarray(labels))
    assert float(actual) == pytest.approx(expected)


def test_label_smoothing_is_the_cross_entropy_with_smooth_labels(rng):
    logits, labels = rng.normal(size=(6, 4)).astype(np.float32), np.array([0, 1, 2, 3, 3, 0])
    smooth = 0.9 * np.eye(4)[labels] + 0.1 / 4
    log_z = logits / 2 - np.log(np.sum(np.exp(logits / 2), axis=1, keepdims=True))
    ours = nne.fitness.cross_entropy(jnp.asarray(logits), jnp.asarray(labels), 2.0, 0.1)
    np.testing.assert_allclose(ours, -np.sum(smooth * log_z, axis=1), rtol=1e-5)
    fitness = nne.fitness.log_likelihood(jnp.asarray(logits), jnp.asarray(labels), 2.0, 0.1)
    np.testing.assert_allclose(fitness, np.mean(np.sum(smooth * log_z, axis=1)), rtol=1e-5)


@pytest.mark.slow
def test_a_scheduled_argument_follows_the_generation(small):
    """Whatever makes the population's fitness, and with genes left out, it is that of then."""
    genotypes = nne.population.sample(jax.random.key(1), small.p, 5)

    def of_individual(weights, batch, temperature):
        logits = nne.phenotype.apply(small.net, weights, batch.inputs)
        return nne.fitness.log_likelihood(logits, batch.labels, temperature)

    of_network = partial(nne.engines.make, small.net, small.gen)
    of_any = partial(nne.engines.per_individual, gen=small.gen)
    for make, fn in (of_network, nne.fitness.log_likelihood), (of_any, of_individual):
        cooling = nne.selection.hyperbolic(6.0, 0.5)
        fitness = make(nne.fitness.scheduled(fn, temperature=cooling))
        expected = make(partial(fn, temperature=2.0))(genotypes, small.batch)
        now = jax.jit(lambda g, fitness=fitness: fitness.in_generation(g)(genotypes, small.batch))
        np.testing.assert_allclose(now(jnp.int32(4)), expected, rtol=1e-5)
        assert np.all(np.asarray(now(jnp.int32(0))) != np.asarray(expected))
        nothing_fixed = fitness.without_fixed(jnp.full(small.gen.num_genes, 0.5))
        then = nothing_fixed.in_generation(jnp.int32(4))
        np.testing.assert_allclose(then(genotypes, small.batch), expected, rtol=1e-5)
