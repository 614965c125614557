"""PBIL, UMDA and cGA on OneMax, LeadingOnes and traps, against known results of their theory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import selection
from nne_jax.theory import enumeration
from tests.rules.bit_strings import (
    INTENSITY,
    KEY,
    evolve,
    generations_to,
    leading_ones,
    one_max,
    one_max_without_ties,
    trap,
)


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
