"""Finite populations: their moments are those of the formulas, and each is one of its own key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax.theory import finite, genetics


def test_frequencies_drift_from_their_start_and_follow_selection():
    s = jnp.array([0.0, 0.3, -0.3])
    freqs = np.asarray(finite.allele_freqs(jax.random.key(0), s, 0.2, 400, 10, 60), float)
    assert freqs.shape == (60, 11, 3)
    error = np.sqrt(0.2 * 0.8 / 400 / 60)  # of the first generation's mean
    np.testing.assert_allclose(freqs[:, 0].mean(axis=0), 0.2, atol=4 * error)
    neutral, favoured, deleterious = freqs.mean(axis=0).T
    assert neutral[-1] == pytest.approx(0.2, abs=0.04)
    # 10 generations multiply the odds by (1 + s)^10 in an infinite population
    assert favoured[-1] == pytest.approx(0.25 * 1.3**10 / (1 + 0.25 * 1.3**10), abs=0.05)
    assert deleterious[-1] == pytest.approx(0.25 * 0.7**10 / (1 + 0.25 * 0.7**10), abs=0.05)


def test_variance_of_neutral_drift():
    genotypes = jnp.arange(40)[:, None] < jnp.array([[0, 10, 20, 40]])
    freqs = np.asarray(finite.neutral_freqs(jax.random.key(0), genotypes, 4000), float)
    p = np.array([0, 0.25, 0.5, 1])
    np.testing.assert_allclose(freqs.mean(axis=0), p, atol=4 * np.sqrt(0.25 / 40 / 4000))
    np.testing.assert_allclose(freqs.var(axis=0), p * (1 - p) / 40, rtol=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("start", "s"), [(0.3, 0.0), (0.3, 0.05), (0.3, -0.05), (0, 0.1), (1, 0)])
def test_share_of_fixed_alleles_is_the_probability_of_fixation(start, s):
    share = float(finite.fixed_share(jax.random.key(1), start, s, 30, 50, 10))
    expected = float(genetics.fixation_probability(start, s, 30))
    error = np.sqrt(expected * (1 - expected) / 500)
    assert share == pytest.approx(expected, abs=4 * error + 1e-6)


@pytest.mark.slow
def test_linkage_disequilibrium_of_a_pair_is_the_expected():
    pairs = finite.pair_disequilibrium(jax.random.key(2), 0.0, 0.5, 50, 200)
    assert pairs.squares.shape == pairs.variation.shape == (200, 20)
    r2 = float(pairs.squares.mean() / pairs.variation.mean())
    assert r2 == pytest.approx(genetics.expected_disequilibrium(50, 0.5), rel=0.15)


@pytest.mark.slow
def test_fixation_ends_of_any_number_of_individuals():
    """Also of 41, where a mean over individuals who all carry an allele was not 1."""
    found = finite.fixed_share(jax.random.key(0), 0.5, 0.0, 41, 4, 2)
    np.testing.assert_allclose(8 * found, jnp.round(8 * found), atol=1e-5)  # of 4 genes, twice
