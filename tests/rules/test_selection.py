import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax import selection
from nne_jax.selection.equation import by_relative_fitness
from nne_jax.selection.sums import over_carriers
from tests import oracles


def test_marginal_fitness_against_numpy(rng):
    genotypes, fitness = rng.integers(0, 2, (60, 7)), 100 + rng.normal(size=60)
    f1, f0 = selection.marginal_fitness(jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32))
    expected1, expected0 = oracles.marginal_fitness(genotypes, fitness)
    np.testing.assert_allclose(f1, expected1, rtol=1e-6)
    np.testing.assert_allclose(f0, expected0, rtol=1e-6)


def test_a_small_difference_survives_a_large_mean(rng):
    genotypes, noise = rng.integers(0, 2, (1000, 5)), rng.normal(size=1000)
    fitness = jnp.asarray(1000 + 1e-2 * noise, jnp.float32)
    f1, f0 = selection.marginal_fitness(jnp.asarray(genotypes), fitness - 1000)
    expected1, expected0 = oracles.marginal_fitness(genotypes, np.asarray(fitness, float) - 1000)
    np.testing.assert_allclose(f1 - f0, expected1 - expected0, rtol=1e-3)


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 5.0])
def test_weak_selection_is_the_papers_equation(rng, epsilon):
    p, f1, f0 = rng.uniform(size=(3, 50))
    actual = selection.weak_selection(*map(jnp.float32, (p, f1, f0)), epsilon)
    np.testing.assert_allclose(actual, oracles.weak_selection(p, f1, f0, epsilon), rtol=1e-5)


def test_one_locus_closed_form_odds_multiply():
    """With constant marginal fitness each generation multiplies the odds by (1+εf1)/(1+εf0)."""
    p0, f1, f0, epsilon, generations = 0.03, 0.9, 0.4, 0.5, 40
    p = jnp.array([p0])
    for _ in range(generations):
        p = selection.weak_selection(p, jnp.array([f1]), jnp.array([f0]), epsilon)
    odds = p0 / (1 - p0) * ((1 + epsilon * f1) / (1 + epsilon * f0)) ** generations
    np.testing.assert_allclose(p, odds / (1 + odds), rtol=1e-4)


def test_replicator_is_marginal_fitness_then_the_equation(rng):
    genotypes, fitness, p = rng.integers(0, 2, (40, 6)), rng.uniform(size=40), rng.uniform(size=6)
    rule = selection.replicator(0.7)
    p32 = jnp.asarray(p, jnp.float32)
    actual, _ = selection.apply(
        rule, jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32), rule.init(p32), p32
    )
    f1, f0 = oracles.marginal_fitness(genotypes, fitness)
    np.testing.assert_allclose(actual, oracles.weak_selection(p, f1, f0, 0.7), rtol=1e-5)


def test_intensity_is_the_replicator_with_an_epsilon_adapted_to_the_population(rng):
    """1 + s (f - mean)/sd ∝ 1 + ε f with ε = s / (sd - s mean)."""
    genotypes, fitness = rng.integers(0, 2, (40, 6)), rng.uniform(size=40)
    p = jnp.asarray(rng.uniform(size=6), jnp.float32)
    s = 0.1
    args = jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32)
    rules = selection.intensity(s), selection.replicator(s / (fitness.std() - s * fitness.mean()))
    by_intensity, by_epsilon = (selection.apply(rule, *args, rule.init(p), p)[0] for rule in rules)
    np.testing.assert_allclose(by_intensity, by_epsilon, rtol=1e-5)


def test_no_negative_offspring_at_a_large_intensity(rng):
    genotypes = jnp.array([[1], [0], [0], [0]])
    rule = selection.intensity(5.0)
    p = jnp.array([0.5])
    lost, _ = selection.apply(rule, genotypes, jnp.array([-9.0, 0.0, 0.0, 0.1]), rule.init(p), p)
    assert lost == 0


def test_truncation_keeps_the_fittest():
    genotypes = jnp.array([[1, 0], [1, 1], [0, 1], [0, 0]])
    rule = selection.truncation(0.25)
    p = jnp.array([0.5, 0.5])
    actual, _ = selection.apply(rule, genotypes, jnp.array([4.0, 3.0, 2.0, 1.0]), rule.init(p), p)
    np.testing.assert_array_equal(actual, [1, 0])  # the fittest alone breeds


def test_log_odds_gradient_is_selection_in_the_limit_of_weak_selection(rng):
    genotypes, fitness = rng.integers(0, 2, (50, 6)), rng.normal(size=50)
    p = jnp.asarray(rng.uniform(0.1, 0.9, size=6), jnp.float32)
    s = 1e-3
    args = jnp.asarray(genotypes), jnp.asarray(fitness, jnp.float32)
    rules = selection.intensity(s), selection.log_odds_gradient(optax.sgd(s))
    change, gradient_change = (
        selection.apply(rule, *args, rule.init(p), p)[0] - p for rule in rules
    )
    np.testing.assert_allclose(gradient_change, change, rtol=0.02, atol=1e-6)


def test_mutation_selection_balance():
    """Recurrent mutation against a lost allele: p stays at μ/(2μ + (1-2μ) s') to first order."""
    rate, epsilon = 1e-3, 0.1
    genotypes, fitness = jnp.array([[1], [0]]), jnp.array([0.0, 1.0])
    rule = selection.with_mutation(selection.replicator(epsilon), rate)
    p, apply = jnp.array([0.5]), jax.jit(selection.apply)
    state = rule.init(p)
    for _ in range(400):
        p, state = apply(rule, genotypes, fitness, state, p)
    np.testing.assert_allclose(p, rate * (1 + epsilon) / epsilon, rtol=0.03)


def test_schedules_see_the_generation():
    p, genotypes = jnp.array([0.5]), jnp.array([[1], [0]])
    rule = selection.replicator(lambda generation: jnp.where(generation == 1, 1.0, 0.0))
    mutating = selection.with_mutation(
        rule, lambda generation: jnp.where(generation == 2, 0.1, 0.0)
    )
    state, trace = mutating.init(p), []
    for _ in range(3):
        p, state = selection.apply(mutating, genotypes, jnp.array([1.0, 0.0]), state, p)
        trace.append(float(p[0]))
    np.testing.assert_allclose(trace, [0.5, 2 / 3, 0.8 * 2 / 3 + 0.1], rtol=1e-6)


def test_relative_fitness_below_0_counts_as_0():
    """Or the worse allele would gain: (1 - 3) / (1 - 2) = 2."""
    p, genotypes, fitness = jnp.array([0.5]), jnp.array([[1], [0]]), jnp.array([-3.0, -2.0])
    rule = selection.replicator(1.0)
    assert selection.apply(rule, genotypes, fitness, rule.init(p), p)[0] == 0.5  # nobody breeds
    milder = selection.replicator(0.4)
    assert selection.apply(milder, genotypes, fitness, milder.init(p), p)[0] == 0


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1.0, 1e20, 1e37])
def test_standardise_at_any_scale(rng, scale):
    fitness = rng.normal(size=50)
    expected = (fitness - fitness.mean()) / fitness.std()
    actual = selection.standardise(jnp.asarray(fitness * scale, jnp.float32))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_non_finite_fitness_counts_as_the_lowest():
    fitness = jnp.array([jnp.nan, -2.0, jnp.inf, 5.0, -jnp.inf])
    replaced, count = selection.replace_non_finite(fitness)
    np.testing.assert_array_equal(replaced, [-2, -2, -2, 5, -2])
    assert count == 3


def test_without_any_finite_fitness_there_is_no_selection():
    replaced, count = selection.replace_non_finite(jnp.full(3, jnp.nan))
    np.testing.assert_array_equal(replaced, 0)
    assert count == 3


@pytest.mark.slow
def test_lemma_1_exactly_by_enumeration(small):
    """f1 - f0 = dF/dp and F = f0 + p (f1 - f0), with F the expected fitness (A8).

    The frequencies are quarters, so that a population of 4^9 in which every one of the 2^9
    genotypes is as common as its probability says makes A6 exact.
    """
    genotypes = oracles.all_genotypes(9)
    fitness = _fitness_by_numpy(small, genotypes)
    engine = nne.engines.make(small.net, small.gen, nne.fitness.reward)
    ours = engine(jnp.asarray(genotypes), small.batch)
    np.testing.assert_allclose(ours, fitness, rtol=1e-4, atol=1e-5)

    p = np.array([1, 2, 3, 1, 2, 3, 3, 1, 2]) / 4
    copies = np.round(4**9 * oracles.probabilities(genotypes, p)).astype(int)
    everyone = np.repeat(np.arange(len(genotypes)), copies)
    with jax.enable_x64(True):
        x, values = jnp.asarray(genotypes, jnp.float64), jnp.asarray(fitness)

        def expected_fitness(p):
            return jnp.prod(jnp.where(x == 1, p[None], 1 - p[None]), axis=1) @ values

        gradient, mean = jax.grad(expected_fitness)(jnp.asarray(p)), expected_fitness(p)
        f1, f0 = map(np.asarray, selection.marginal_fitness(x[everyone], values[everyone]))
    np.testing.assert_allclose(f1 - f0, gradient, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(f0 + p * (f1 - f0), mean, rtol=1e-9)


def _fitness_by_numpy(small, genotypes):
    matrix = oracles.dense_matrix(small.gen)
    return np.array(
        [
            oracles.reward(
                oracles.logits(small.net, matrix @ x, small.batch.inputs), small.batch.labels
            )
            for x in genotypes
        ]
    )


@pytest.mark.slow
def test_estimates_from_a_large_population_approach_the_enumeration(small):
    """The package's own A1, A5 and A6 together estimate the exact marginal fitness."""
    genotypes = jnp.asarray(oracles.all_genotypes(9), bool)
    p = jnp.clip(small.p, 0.2, 0.8)
    engine = nne.engines.make(small.net, small.gen, nne.fitness.reward)
    fitness = engine(genotypes, small.batch)
    weight = oracles.probabilities(np.asarray(genotypes), np.asarray(p))
    x = np.asarray(genotypes, float)
    exact = (weight * fitness) @ x / (weight @ x) - (weight * fitness) @ (1 - x) / (
        weight @ (1 - x)
    )
    size = 40_000
    sampled = nne.population.sample(jax.random.key(0), p, size)
    codes = sampled.astype(int) @ (2 ** jnp.arange(8, -1, -1))  # all_genotypes counts in binary
    f1, f0 = selection.marginal_fitness(sampled, fitness[codes])
    standard_error = float(jnp.std(fitness)) / np.sqrt(size * 0.2 * 0.8)
    assert np.abs(f1 - f0 - exact).max() < 5 * standard_error


@pytest.mark.slow
def test_rounding_of_the_mean_is_no_variation():
    """A population of one fitness that float32 cannot average exactly stands still."""
    fitness = jnp.full(1000, -0.1234567)
    np.testing.assert_array_equal(selection.standardise(fitness), 0)
    p, genotypes = jnp.full(3, 0.5), jax.random.bernoulli(jax.random.key(0), 0.5, (1000, 3))
    rule = selection.intensity(2.0)
    np.testing.assert_array_equal(selection.apply(rule, genotypes, fitness, rule.init(p), p)[0], p)


@pytest.mark.parametrize("size", [1, 7, 50, 51, 120])
def test_sums_over_carriers_are_exact_in_any_order(size):
    key_fitness, key_genotypes, key_order = jax.random.split(jax.random.key(size), 3)
    fitness = jax.random.normal(key_fitness, (size,)) * 1e4
    genotypes = jax.random.bernoulli(key_genotypes, 0.3, (size, 9)).at[:, 0].set(True)
    marked = fitness > 0
    sums = over_carriers(genotypes, fitness, marked)
    x, values = np.asarray(genotypes, np.float64), np.asarray(fitness, np.float64)
    bound = size * 2.0**-23 * np.abs(values).max()
    np.testing.assert_allclose(sums.fitness1, values @ x, atol=bound)
    np.testing.assert_allclose(sums.fitness0, values @ (1 - x), atol=bound)
    np.testing.assert_array_equal(sums.count1, x.sum(axis=0))
    np.testing.assert_array_equal(sums.marked0, (values > 0) @ (1 - x))
    assert float(sums.fitness0[0]) == int(sums.count0[0]) == 0
    order = jax.random.permutation(key_order, size)
    for ours, again in zip(
        sums, over_carriers(genotypes[order], fitness[order], marked[order]), strict=True
    ):
        np.testing.assert_array_equal(ours, again)


def test_sums_of_the_largest_populations_do_not_overflow():
    size = 2**20
    sums = over_carriers(jnp.ones((size, 1), bool), jnp.full(size, -3.0), jnp.ones(size, bool))
    np.testing.assert_allclose(sums.fitness1, [-3.0 * size], rtol=2.0**-20)
    np.testing.assert_array_equal(sums.count1, [size])


def test_sums_of_what_is_not_finite_are_not_numbers():
    for broken in (jnp.nan, jnp.inf):
        sums = over_carriers(jnp.ones((2, 1), bool), jnp.array([1.0, broken]), jnp.ones(2, bool))
        assert np.isnan(np.asarray(sums.fitness1)).all()
        assert np.isnan(np.asarray(sums.fitness0)).all()


def test_an_allele_that_nobody_who_breeds_carries_is_lost_at_once():
    p = jnp.array([0.1, 0.37, 0.9])
    genotypes = jnp.array([[1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 1, 1]])
    fitness = jnp.array([5.0, 1.0, 4.0, 0.0])
    rule = selection.truncation(0.5)  # the first and the third breed: 1, 0, 1
    after, _ = selection.apply(rule, genotypes, fitness, rule.init(p), p)
    assert after.tolist() == [1.0, 0.0, 1.0]
    assert by_relative_fitness(p, jnp.zeros(3), jnp.zeros(3)).tolist() == p.tolist()


def test_an_optimiser_that_remembers_its_parameters_starts_from_the_log_odds():
    """``schedule_free`` averages with them; with a gradient near 0 nothing moves."""
    rule = selection.log_odds_gradient(optax.contrib.schedule_free_sgd(0.1))
    p = jnp.array([0.05, 0.9, 0.0])
    moved, _ = rule.update(p, jnp.full(3, 1 + 1e-6), jnp.ones(3), rule.init(p))
    np.testing.assert_allclose(moved, p, rtol=1e-4)
