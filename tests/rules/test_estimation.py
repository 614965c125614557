"""PBIL, UMDA and cGA against numpy loops and known results of their theory."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import selection
from nne_jax.theory import enumeration

KEY = jax.random.key(0)
INTENSITY = np.sqrt(2 / np.pi)  # of truncation to the better half of normal fitness


class Seen(NamedTuple):
    """What these tests look at, of every generation."""

    mean: jax.Array  # of the frequencies
    heterozygosity: jax.Array
    best: jax.Array  # fitness of the fittest so far


def see(genotypes, fitness, non_finite, state):
    p = state.allele_freqs
    return Seen(jnp.mean(p), nne.population.heterozygosity(p), state.fittest.fitness)


def evolve(rule, num_genes, fitness, population_size, num_generations, batches=None, seeds=4):
    """Last frequencies, and what was seen, with a leading axis of seeds; all start from 1/2."""
    step = nne.evolution.make_generation_step(fitness, rule, population_size, summarise=see)

    def run(key):
        state = nne.evolution.init(key, num_genes, rule, spread=0.0, keep_fittest=True)
        state, seen = nne.evolution.evolve(step, state, batches, num_generations)
        return state.allele_freqs, seen

    return jax.vmap(run)(jax.random.split(KEY, seeds))


def one_max(genotypes, batch):
    return jnp.sum(genotypes, axis=1, dtype=jnp.float32)


def one_max_without_ties(genotypes, key):
    """OneMax whose ties chance decides, so that exactly a fraction is selected."""
    return one_max(genotypes, None) + 0.9 * jax.random.uniform(key, genotypes.shape[:1])


def leading_ones(genotypes, batch):
    return jnp.sum(jnp.cumprod(genotypes.astype(jnp.float32), axis=1), axis=1)


def trap(genotypes, batch):
    """Blocks of five: 5 for all ones, else 4 less the number of ones."""
    ones = jnp.sum(genotypes.reshape(-1, genotypes.shape[1] // 5, 5), axis=2, dtype=jnp.float32)
    return jnp.sum(jnp.where(ones == 5, 5, 4 - ones), axis=1)


def generations_to(best, fitness):
    """How many generations each seed took to a fitness, all of which reached it."""
    assert np.all(best[:, -1] >= fitness)
    return np.argmax(np.asarray(best) >= fitness, axis=1) + 1


# The updates, against numpy


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


# Without selection: drift


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


# OneMax


def sine(time):
    """The solution p = (1 + sin t)/2 of dp/dt = √(p (1 - p)), p = 1/2 at 0."""
    return (1 + np.sin(np.minimum(time, np.pi / 2))) / 2


def climb(rule, num_genes):
    """Mean frequency in 200 generations of 1000, one compiled program for all rates."""
    _, seen = evolve(rule, num_genes, one_max_without_ties, 1000, 200, batches=the_key)
    return np.mean(seen.mean, axis=0)


def the_key(key):
    return key


@pytest.mark.slow
def test_umda_climbs_one_max_by_the_equation_of_response_to_selection():
    """Δ Σp = I sd with sd² = n p (1-p), so that p = (1 + sin(I t/√n))/2.

    Source: Mühlenbein, The equation for response to selection and its use for prediction, 1997.
    """
    num_genes, p, expected = 100, 0.5, []
    for _ in range(200):
        p = min(1, p + INTENSITY * np.sqrt(p * (1 - p) / num_genes))
        expected.append(p)
    actual = climb(selection.umda(0.5, margin=0.0), num_genes)
    np.testing.assert_allclose(actual, expected, atol=0.006)
    time = np.arange(1, 201)
    np.testing.assert_allclose(actual, sine(INTENSITY * time / np.sqrt(num_genes)), atol=0.012)


@pytest.mark.slow
def test_pbil_climbs_one_max_slower_by_its_learning_rate():
    """Source: Höhfeld and Rudolph, Towards a theory of population-based incremental learning, 1997.

    As UMDA, with the learning rate η for the unit of time.
    """
    rate, num_genes = 0.1, 100
    actual = climb(selection.pbil(rate, 0.5, margin=0.0), num_genes)
    expected = sine(INTENSITY * rate * np.arange(1, 201) / np.sqrt(num_genes))
    np.testing.assert_allclose(actual, expected, atol=0.012)


@pytest.mark.slow
def test_umda_takes_of_the_order_of_sqrt_n_generations():
    """With a population of order √n log n; about (π/2) √n/I of them, with ties a few more.

    Source: Witt, Upper bounds on the running time of the univariate marginal distribution algorithm
    on OneMax, 2019.
    """
    for num_genes in (25, 144):
        size = int(3 * np.sqrt(num_genes) * np.log(num_genes))
        limit = int(4 * np.sqrt(num_genes))
        _, seen = evolve(selection.umda(0.5), num_genes, one_max, size, limit)
        ratio = generations_to(seen.best, num_genes) / np.sqrt(num_genes)
        assert np.all((ratio > 1) & (ratio < 2.5))


def test_a_step_of_cga_on_one_max_is_the_difference_of_the_two():
    """Σ p' - Σ p = |f(x) - f(y)| / K."""
    rule, p = selection.cga(1 / 64, margin=0.0), jnp.full(50, 0.5)
    for genotypes in jax.random.bernoulli(KEY, 0.5, (10, 2, 50)):
        fitness = one_max(genotypes, None)
        after, _ = selection.apply(rule, genotypes, fitness, rule.init(p), p)
        expected = abs(int(fitness[0]) - int(fitness[1])) / 64
        np.testing.assert_allclose(jnp.sum(after - p), expected, atol=1e-5)


@pytest.mark.slow
def test_cga_takes_of_the_order_of_k_sqrt_n_steps():
    """With K of order √n log n; E|f(x) - f(y)| = 2 √(n p (1-p)/π) gives p = (1 + sin 2t/(K √πn))/2.

    Sources: Droste, A rigorous analysis of the compact genetic algorithm for linear functions,
    2006; Sudholt and Witt, On the choice of the update strength in estimation-of-distribution
    algorithms and ant colony optimization, 2019.
    """
    for num_genes in (16, 64):
        k = 4 * np.sqrt(num_genes) * np.log(num_genes)
        limit = int(2 * k * np.sqrt(num_genes))
        _, seen = evolve(selection.cga(1 / k, margin=0.0), num_genes, one_max, 2, limit)
        steps = generations_to(seen.best, num_genes)
        assert np.all(
            (steps > 0.2 * k * np.sqrt(num_genes)) & (steps < 1.4 * k * np.sqrt(num_genes))
        )
        expected = sine(2 * np.arange(1, limit + 1) / (k * np.sqrt(np.pi * num_genes)))
        np.testing.assert_allclose(np.mean(seen.mean, axis=0), expected, atol=0.03)


# LeadingOnes and a deceptive trap


@pytest.mark.slow
def test_umda_with_margins_finds_the_leading_ones():
    """Within n log N + n²/N generations of N, selecting less than 1/(13 e).

    Source: Dang and Lehre, Simplified runtime analysis of estimation of distribution algorithms,
    2015.
    """
    num_genes, size = 20, 400
    limit = int(num_genes * np.log(size) + num_genes**2 / size)
    rule = selection.umda(1 / (14 * np.e))
    _, seen = evolve(rule, num_genes, leading_ones, size, limit)
    generations_to(seen.best, num_genes)


@pytest.mark.slow
def test_one_gene_of_a_trap_points_away_from_the_optimum():
    """At p = 1/2: 5 where the other four are ones, a sixteenth of the time, and else -1."""
    table = trap(enumeration.all_genotypes(5), None)
    f1, f0 = enumeration.marginal_fitness(table, jnp.full(5, 0.5))
    np.testing.assert_allclose(f1 - f0, (5 - 15) / 16, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "size", "generations"),
    [
        (selection.umda(0.3), 200, 150),
        (selection.pbil(0.2, 0.3), 200, 150),  # which shares the compiled program
        (selection.cga(1 / 100), 2, 5000),
        (selection.intensity(0.5), 200, 100),
    ],
    ids=["umda", "pbil", "cga", "intensity"],
)
def test_deceptive_traps_lead_all_univariate_rules_to_all_zeros(rule, size, generations):
    """Sources: Deb and Goldberg, Analyzing deception in trap functions, 1993; Pelikan, Goldberg and
    Cantú-Paz, BOA: the Bayesian optimization algorithm, 1999.
    """
    num_genes, num_traps = 30, 6
    p, seen = evolve(rule, num_genes, trap, size, generations)
    assert np.all(p < 0.1)
    assert np.all(seen.best[:, -1] >= 4 * num_traps)  # the attractor was found
    assert np.all(seen.best[:, -1] < 5 * num_traps)  # the optimum was not
