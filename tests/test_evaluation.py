import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from tests import oracles


def accuracy_by_numpy(small, genotype):
    weights = oracles.dense_matrix(small.gen) @ np.asarray(genotype, float)
    logits = oracles.logits(small.net, weights, small.batch.inputs)
    return np.mean(logits.argmax(axis=1) == np.asarray(small.batch.labels))


@pytest.mark.slow
def test_the_three_accuracies_against_numpy(small):
    key = jax.random.key(3)
    measure = nne.engines.make(small.net, small.gen, nne.fitness.fraction_correct)
    accuracy = nne.evaluation.evaluate(key, measure, small.p, small.batch, 20)
    sampled = nne.population.sample(key, small.p, 20)
    expected = [accuracy_by_numpy(small, genotype) for genotype in sampled]
    np.testing.assert_allclose(accuracy.sampled_mean, np.mean(expected), rtol=1e-6)
    np.testing.assert_allclose(accuracy.sampled_std, np.std(expected), rtol=1e-5)
    np.testing.assert_allclose(accuracy.modal, accuracy_by_numpy(small, small.p > 0.5))
    np.testing.assert_allclose(accuracy.mean, accuracy_by_numpy(small, small.p))


def test_fixed_alleles_leave_one_genotype(small):
    p = jnp.round(small.p)
    measure = nne.engines.make(small.net, small.gen, nne.fitness.fraction_correct)
    accuracy = nne.evaluation.evaluate(jax.random.key(0), measure, p, small.batch, 5)
    assert accuracy.sampled_mean == accuracy.modal == accuracy.mean
    assert accuracy.sampled_std == 0


@pytest.mark.slow
def test_any_score_of_any_model(small):
    """Here minus the squared weight of a model of one, w = 2 x1 - x2."""
    gen = nne.genome.Genome(
        jnp.array([0, 0]), jnp.array([0, 1]), jnp.array([2.0, -1.0]), None, 1, 2
    )
    score = nne.engines.per_individual(lambda w, batch: -(w[0] ** 2), gen)
    found = nne.evaluation.evaluate(jax.random.key(0), score, jnp.array([1.0, 0.25]), None, 10)
    assert (found.modal, found.mean) == (-4, pytest.approx(-(1.75**2)))
    assert -4 <= found.sampled_mean <= -1
