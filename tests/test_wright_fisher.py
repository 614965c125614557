import itertools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax import selection, wright_fisher
from nne_jax.types import InputError


def offspring(genotypes, fitness, replicates=4000, **rates):
    """(replicates, N, n): the children of one population, over and over."""
    keys = jax.random.split(jax.random.key(0), replicates)
    x, fitness = jnp.array(genotypes, bool), jnp.array(fitness, jnp.float32)
    return np.asarray(jax.vmap(lambda key: wright_fisher.reproduce(key, x, fitness, **rates))(keys))


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


def test_linkage_disequilibrium_against_numpy_correlations(rng):
    x = rng.random((30, 6)) < [0.5, 0.3, 0.8, 0.5, 0.0, 1.0]  # the last two are fixed
    r = np.corrcoef(x[:, :4].T)
    expected = np.mean([r[i, j] ** 2 for i, j in itertools.combinations(range(4), 2)])
    measured = wright_fisher.linkage_disequilibrium(jnp.array(x))
    assert float(measured) == pytest.approx(expected, rel=1e-5)
    assert wright_fisher.linkage_disequilibrium(jnp.ones((5, 3))) == 0


def test_fixation_probability_is_that_of_the_chain():
    """Against the exact absorption probabilities of the Wright-Fisher chain, N = 60."""
    size, s = 60, 0.02
    i = np.arange(size + 1)
    selected = i * (1 + s) / (i * (1 + s) + size - i)
    log_choose = [np.log(np.arange(1, k + 1)).sum() for k in range(size + 1)]
    log_choose = log_choose[size] - np.array(log_choose) - np.array(log_choose)[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = i * np.log(selected)[:, None] + (size - i) * np.log1p(-selected)[:, None]
    chain = np.exp(log_choose + powers)[1:-1]
    inner = np.linalg.solve(np.eye(size - 1) - chain[:, 1:-1], chain[:, -1])
    kimura = wright_fisher.fixation_probability(i[1:-1] / size, s, size)
    np.testing.assert_allclose(kimura, inner, atol=0.004)
    assert wright_fisher.fixation_probability(0.3, 0.0, size) == pytest.approx(0.3)


def make(small, rule=None, **kwargs):
    rule = rule or selection.intensity(0.5)
    step = wright_fisher.make_generation_step(
        small.net, small.gen, rule, population_size=12, **kwargs
    )
    return step, wright_fisher.init(jax.random.key(5), small.gen.num_genes, 12)


def test_a_generation_tests_the_living_and_breeds_them(small):
    step, state = make(small, mutation_rate=0.1)
    after, measured = step(state, small.batch)
    fitness = nne.engines.population_fitness(
        small.net, small.gen, state.genotypes, small.batch, nne.fitness.reward
    )
    relative = 1 + 0.5 * (fitness - fitness.mean()) / fitness.std()
    key, _ = nne.evolution.generation_keys(state)
    expected = wright_fisher.reproduce(key, state.genotypes, jnp.maximum(relative, 0), 0.1)
    np.testing.assert_array_equal(after.genotypes, expected)
    np.testing.assert_allclose(after.allele_freqs, np.mean(expected, axis=0), rtol=1e-6)
    assert measured.fitness_mean == pytest.approx(float(fitness.mean()))


def test_evolve_runs_it_and_goes_on_bit_for_bit(small):
    step, state = make(small, mutation_rate=0.05, recombination_rate=0.2)
    batches = nne.data.Minibatches(small.batch, 4)
    whole, history = nne.evolution.evolve(step, state, batches, 5)
    half, _ = nne.evolution.evolve(step, state, batches, 2)
    again, later = nne.evolution.evolve(step, half, batches, 3)
    chex.assert_trees_all_equal(again.genotypes, whole.genotypes)
    np.testing.assert_array_equal(later.fitness_mean, history.fitness_mean[2:])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"mutation_rate": 0.6}, "mutation_rate=0.6: this rate is between 0 and 1/2"),
        ({"recombination_rate": float("nan")}, "recombination_rate=nan: this rate is between"),
        ({"chunk_size": 0}, "chunk_size=0"),
        ({"rule": selection.log_odds_gradient(optax.sgd(0.1))}, "no relative fitness"),
    ],
)
def test_bad_input(small, kwargs, message):
    with pytest.raises(InputError, match=message):
        make(small, **kwargs)
