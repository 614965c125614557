import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import selection, wright_fisher


def offspring(genotypes, fitness, replicates=4000, **rates):
    """(replicates, N, n): the children of one population, over and over."""
    keys = jax.random.split(jax.random.key(0), replicates)
    x, fitness = jnp.array(genotypes, bool), jnp.array(fitness, jnp.float32)
    return np.asarray(jax.vmap(lambda key: wright_fisher.reproduce(key, x, fitness, **rates))(keys))


@pytest.mark.slow
def test_children_follow_the_fitness_of_their_parents():
    """Frequency of the children's alleles is the fitness-weighted one, drift variance p(1-p)/N."""
    x, fitness = np.eye(5, dtype=bool), np.array([1.0, 2.0, 3.0, 4.0, 0.0])
    freqs = offspring(x, fitness).mean(axis=1)
    expected = fitness / fitness.sum()
    variance = expected * (1 - expected) / 5
    np.testing.assert_allclose(
        freqs.mean(axis=0), expected, atol=4 * np.sqrt(variance.max() / 4000)
    )
    np.testing.assert_allclose(freqs.var(axis=0), variance, rtol=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_recombination_against_the_closed_form(rate):
    """Parents 000 and 111: neighbours of a child differ when its two parents do and it switched."""
    children = offspring([[0, 0, 0], [1, 1, 1]], [1, 1], recombination_rate=rate)
    apart = {(i, j): np.mean(children[..., i] != children[..., j]) for i, j in ((0, 1), (0, 2))}
    assert apart[0, 1] == pytest.approx(rate / 2, abs=0.012)
    assert apart[0, 2] == pytest.approx(2 * rate * (1 - rate) / 2, abs=0.012)


def test_mutation_flips_alleles_both_ways():
    children = offspring([[0, 1], [0, 1]], [1, 1], mutation_rate=0.2)
    np.testing.assert_allclose(children.mean(axis=(0, 1)), [0.2, 0.8], atol=0.02)


def test_without_any_fitness_everybody_breeds_alike():
    children = offspring([[0], [1]], [0, 0])
    assert children.mean() == pytest.approx(0.5, abs=0.03)


def make(small, rule=None, **rates):
    fitness = nne.engines.make(small.net, small.gen, nne.fitness.reward)
    step = wright_fisher.make_generation_step(fitness, rule or selection.intensity(0.5), **rates)
    return step, wright_fisher.init(jax.random.key(5), small.gen.num_genes, 12)


@pytest.mark.slow
def test_a_generation_tests_the_living_and_breeds_them(small):
    step, state = make(small, mutation_rate=0.1)
    after, measured = step(state, small.batch)
    fitness = step.population_fitness(state.genotypes, small.batch)
    relative = 1 + 0.5 * (fitness - fitness.mean()) / fitness.std()
    key, _ = nne.evolution.generation_keys(state)
    expected = wright_fisher.reproduce(key, state.genotypes, jnp.maximum(relative, 0), 0.1)
    np.testing.assert_array_equal(after.genotypes, expected)
    np.testing.assert_allclose(after.allele_freqs, np.mean(expected, axis=0), rtol=1e-6)
    assert measured.fitness_mean == pytest.approx(float(fitness.mean()))


@pytest.mark.slow
def test_evolve_runs_it_and_goes_on_bit_for_bit(small):
    step, state = make(small, mutation_rate=0.05, recombination_rate=0.2)
    batches = nne.data.Minibatches(small.batch, 4)
    whole, history = nne.evolution.evolve(step, state, batches, 5)
    half, _ = nne.evolution.evolve(step, state, batches, 2)
    again, later = nne.evolution.evolve(step, half, batches, 3)
    chex.assert_trees_all_equal(again.genotypes, whole.genotypes)
    np.testing.assert_array_equal(later.fitness_mean, history.fitness_mean[2:])


@pytest.mark.slow
def test_schedules_see_the_generation(small):
    """Of intensity 0 in generation 0 everybody breeds alike, from generation 1 on they do not."""
    rule = selection.intensity(lambda generation: jnp.where(generation == 0, 0.0, 5.0))
    step, state = make(small, rule)
    for generation in range(2):
        key, _ = nne.evolution.generation_keys(state)
        fitness = step.population_fitness(state.genotypes, small.batch)
        z = (fitness - fitness.mean()) / fitness.std()
        relative = jnp.maximum(1 + 5.0 * generation * z, 0)
        expected = wright_fisher.reproduce(key, state.genotypes, relative)
        state, _ = step(state, small.batch)
        np.testing.assert_array_equal(state.genotypes, expected)


@pytest.mark.slow
def test_the_fittest_is_kept(small):
    step, _ = make(small)
    state = wright_fisher.init(jax.random.key(5), 9, 12, keep_fittest=True)
    fitness = step.population_fitness(state.genotypes, small.batch)
    after, _ = step(state, small.batch)
    assert after.fittest.fitness == fitness.max()
    np.testing.assert_array_equal(after.fittest.genotype, state.genotypes[fitness.argmax()])


@pytest.mark.slow
def test_rates_are_traced(small):
    step, state = make(small)
    rates = jnp.array([0.0, 0.1, 0.5])

    def one(rate):
        varied = wright_fisher.make_generation_step(
            step.population_fitness, selection.intensity(0.5), rate, recombination_rate=rate
        )
        return varied(state, small.batch)[0].genotypes

    together = jax.vmap(one)(rates)
    for index, rate in enumerate(rates):
        np.testing.assert_array_equal(together[index], one(float(rate)))


def test_a_rate_may_be_a_whole_number():
    drawn = [
        nne.wright_fisher.inherit(jax.random.key(0), jnp.ones(5), 7, *rates)
        for rates in ((0, 0), (0.0, 0.0))
    ]
    jax.tree.map(np.testing.assert_array_equal, *drawn)


@pytest.mark.parametrize("size", [3, 41, 47, 110])
def test_an_allele_that_everybody_carries_has_a_frequency_of_one(size):
    """Where N (1/N) is below 1, of N = 41 say."""
    genotypes = jnp.ones((2, size, 3), bool)
    state = nne.wright_fisher.WrightFisherState(jax.random.key(0), 0, genotypes)
    for freqs in (state.allele_freqs, jax.jit(nne.population.allele_freqs)(genotypes)):
        np.testing.assert_array_equal(freqs, jnp.ones((2, 3)))
    half = genotypes.at[:, : size // 3].set(False)
    expected = 1 - (size // 3) / size
    np.testing.assert_allclose(nne.population.allele_freqs(half), expected, rtol=1e-6)
