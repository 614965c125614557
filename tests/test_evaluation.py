import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from tests import oracles


def accuracy_by_numpy(small, genotype):
    weights = oracles.dense_matrix(small.gen) @ np.asarray(genotype, float)
    logits = oracles.logits(small.net, weights, small.batch.images)
    return np.mean(logits.argmax(axis=1) == np.asarray(small.batch.labels))


def test_the_three_accuracies_against_numpy(small):
    key = jax.random.key(3)
    accuracy = nne.evaluation.evaluate(key, small.net, small.gen, small.p, small.batch, 20)
    sampled = nne.population.sample(key, small.p, 20)
    expected = [accuracy_by_numpy(small, genotype) for genotype in sampled]
    np.testing.assert_allclose(accuracy.sampled_mean, np.mean(expected), rtol=1e-6)
    np.testing.assert_allclose(accuracy.sampled_std, np.std(expected), rtol=1e-5)
    np.testing.assert_allclose(accuracy.modal, accuracy_by_numpy(small, small.p > 0.5))
    np.testing.assert_allclose(accuracy.mean, accuracy_by_numpy(small, small.p))


def test_fixed_alleles_leave_one_genotype(small):
    p = jnp.round(small.p)
    accuracy = nne.evaluation.evaluate(jax.random.key(0), small.net, small.gen, p, small.batch, 5)
    assert accuracy.sampled_mean == accuracy.modal == accuracy.mean
    assert accuracy.sampled_std == 0
