"""PBIL, UMDA and cGA: their updates, against numpy loops and exact numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import selection
from tests.rules.bit_strings import evolve


def numpy_parents(genotypes, fitness, fraction):
    """Frequencies in the fittest, and in who ties with the last of them."""
    last = sorted(fitness, reverse=True)[round(fraction * len(fitness)) - 1]
    parents = [x for x, f in zip(genotypes, fitness, strict=True) if f >= last]
    return np.mean(parents, axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_umda_takes_the_parents_own_frequencies(rng, fraction):
    genotypes, fitness = rng.integers(0, 2, (40, 7)), rng.integers(0, 20, 40)
    rule, p = selection.umda(fraction, margin=0.0), jnp.asarray(rng.uniform(size=7), jnp.float32)
    arguments = jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32), rule.init(p), p
    actual, _ = selection.apply(rule, *arguments)
    np.testing.assert_allclose(actual, numpy_parents(genotypes, fitness, fraction), rtol=5e-7)


def test_umda_loses_and_fixes_alleles_exactly():
    rule, p = selection.umda(0.5, margin=0.0), jnp.array([0.3, 0.7, 1e-6, 1 - 1e-6])
    genotypes = jnp.array([[1, 0, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 0, 1]])
    after, _ = selection.apply(rule, genotypes, jnp.array([4.0, 3.0, 2.0, 1.0]), rule.init(p), p)
    np.testing.assert_array_equal(after, [1, 0, 1, 0])


@pytest.mark.slow
def test_pbil_against_numpy(rng):
    rate, margin = 0.3, 0.1
    rule, p = selection.pbil(rate, 0.2, margin), jnp.full(6, 0.5)
    expected, state = np.full(6, 0.5), rule.init(p)
    for _ in range(10):
        genotypes, fitness = rng.integers(0, 2, (20, 6)), rng.normal(size=20)
        genotypes[:, 0] = 1  # which ends at the margin
        arguments = jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32)
        p, state = selection.apply(rule, *arguments, state, p)
        expected = (1 - rate) * expected + rate * numpy_parents(genotypes, fitness, 0.2)
        expected = np.clip(expected, margin, 1 - margin)
        np.testing.assert_allclose(p, expected, rtol=1e-5)
    assert p[0] == pytest.approx(1 - margin)


def test_cga_against_numpy(rng):
    step, margin = 0.1, 0.15
    rule, p = selection.cga(step, margin), jnp.full(6, 0.5)
    expected, state = np.full(6, 0.5), rule.init(p)
    for _ in range(20):
        genotypes, fitness = rng.integers(0, 2, (2, 6)), rng.integers(0, 4, 2)
        genotypes[:, 0] = np.argsort(np.argsort(fitness))  # which ends at the margin
        arguments = jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32)
        p, state = selection.apply(rule, *arguments, state, p)
        if fitness[0] != fitness[1]:
            winner, loser = genotypes[np.argsort(-fitness)]
            expected = np.clip(expected + step * (winner - loser), margin, 1 - margin)
        np.testing.assert_allclose(p, expected, rtol=1e-5)
    assert p[0] == pytest.approx(1 - margin)


@pytest.mark.parametrize("small", [1e-7, 1e-30])
def test_cga_sees_the_smallest_difference(small):
    rule, p = selection.cga(0.1, margin=0.0), jnp.array([0.5])
    for fitness in ([1.0, 1.0 + small], [0.0, small], [-3e38, 3e38]):
        after, _ = selection.apply(rule, jnp.array([[0], [1]]), jnp.array(fitness), rule.init(p), p)
        differ = jnp.float32(fitness[0]) != jnp.float32(fitness[1])
        assert after[0] == pytest.approx(0.6 if differ else 0.5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("num_genes", "margin"), [(50, 1 / 50), (4, 1 / 4), (2, 1 / 4), (1, 1 / 4)]
)
@pytest.mark.parametrize("make", [selection.umda, selection.pbil, lambda: selection.cga(0.5)])
def test_the_default_margin_is_one_over_the_number_of_genes(make, num_genes, margin):
    rule, p = make(), jnp.full(num_genes, 0.5)
    genotypes, state = jnp.arange(2)[:, None] * jnp.ones((1, num_genes), jnp.int32), rule.init(p)
    apply = jax.jit(selection.apply)
    for _ in range(100):
        p, state = apply(rule, genotypes, jnp.array([0.0, 1.0]), state, p)
    np.testing.assert_allclose(p, 1 - margin, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1.0, 0.3])
def test_without_selection_frequencies_drift_as_in_wright_and_fishers_population(rate):
    """Var p' = η² p(1-p)/N: heterozygosity falls by 1 - η²/N a generation, the variance gains it.

    Source: Wright, Evolution in Mendelian populations, 1931, for η = 1.
    """
    num_genes, size, generations = 4000, 25, 30
    rule = selection.pbil(rate, 0.5, margin=0.0)

    def flat(genotypes, batch):
        return jnp.zeros(genotypes.shape[0])

    p, seen = evolve(rule, num_genes, flat, size, generations, seeds=1)
    left = (1 - rate**2 / size) ** np.arange(1, generations + 1)
    np.testing.assert_allclose(seen.heterozygosity[0], left / 2, rtol=0.05)
    np.testing.assert_allclose(1 - 2 * seen.heterozygosity[0, 0], rate**2 / size, rtol=0.1)
    variance = (1 - left[-1]) / 4
    np.testing.assert_allclose(jnp.var(p), variance, rtol=0.1)
    np.testing.assert_allclose(jnp.mean(p), 0.5, atol=4 * np.sqrt(variance / num_genes))
