import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne


def test_alleles_follow_the_frequencies_and_are_independent():
    p = jnp.array([0.0, 0.05, 0.5, 0.9, 1.0])
    x = np.asarray(nne.population.sample(jax.random.key(0), p, 20_000), float)
    np.testing.assert_allclose(x.mean(axis=0), p, atol=4 * 0.5 / np.sqrt(20_000))
    assert set(x[:, 0]) == {0.0}
    assert set(x[:, 4]) == {1.0}
    covariance = np.cov(x[:, 1:4].T)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=0.01)


def test_an_individual_does_not_depend_on_the_population_size():
    p = jax.random.uniform(jax.random.key(1), (50,))
    few, many = (nne.population.sample(jax.random.key(2), p, n) for n in (3, 17))
    np.testing.assert_array_equal(few, many[:3])


def test_initial_frequencies_are_uniform_around_a_half():
    key = jax.random.key(0)
    p = np.asarray(nne.population.init_allele_freqs(key, 10_000))
    np.testing.assert_allclose(np.quantile(p, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.02)
    narrow = np.asarray(nne.population.init_allele_freqs(key, 10_000, spread=0.2))
    assert 0.4 <= narrow.min() < 0.401
    assert 0.599 < narrow.max() <= 0.6


def test_variation_measures():
    p = jnp.array([0.0, 0.005, 0.05, 0.5, 0.95])
    np.testing.assert_allclose(
        nne.population.heterozygosity(p),
        np.mean([2 * q * (1 - q) for q in np.asarray(p)]),
        rtol=1e-6,
    )
    assert nne.population.fraction_near_fixation(p, 0.1) == pytest.approx(0.8)
    assert nne.population.fraction_near_fixation(p, 0.01) == pytest.approx(0.4)
