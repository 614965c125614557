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


@pytest.mark.slow
@pytest.mark.parametrize("antithetic", [False, True])
def test_rare_alleles_are_as_rare_as_they_should_be(antithetic):
    # 8 random bits alone would make of 1e-4 either 0 or 1/256
    p = jnp.tile(jnp.array([1e-4, 1 - 1e-4, 0.3 / 256, 1e-6]), 25_000)
    x = nne.population.sample(jax.random.key(3), p, 400, antithetic)
    counts = np.asarray(jnp.sum(x, axis=0, dtype=jnp.int32)).reshape(-1, 4).astype(np.int64)
    expected = 400 * np.asarray(p[:4], np.float64)
    deviation = np.sqrt(25_000 * expected * (1 - np.asarray(p[:4], np.float64)))
    assert np.all(np.abs(counts.sum(axis=0) - 25_000 * expected) < 4 * deviation)
    if not antithetic:  # independent individuals: the count of each gene has binomial variance
        np.testing.assert_allclose(counts[:, 2].var(), expected[2], rtol=0.05)


def test_thresholds_are_the_frequencies_to_32_bits():
    p = np.array([0, 2.0**-32, 1e-9, 1e-4, 1 / 256, 0.3, 0.5, 1 - 2.0**-24, 1], np.float32)
    last, is_there = nne.population._thresholds(jnp.asarray(p))
    carriers = np.where(np.asarray(is_there), np.asarray(last).astype(np.float64) + 1, 0)
    np.testing.assert_array_equal(carriers, np.round(p.astype(np.float64) * 2**32))


def test_mirrored_individuals_differ_as_much_as_they_can():
    p = jnp.tile(jnp.array([0.5, 0.2]), 2000)
    x = np.asarray(nne.population.sample(jax.random.key(4), p, 200, antithetic=True))
    even, odd = x[0::2], x[1::2]
    assert np.all(even[:, 0::2] ^ odd[:, 0::2])  # p = 1/2: exactly one of the two
    assert not np.any(even[:, 1::2] & odd[:, 1::2])  # p < 1/2: never both
    np.testing.assert_allclose(odd[:, 1::2].mean(), 0.2, atol=0.004)
