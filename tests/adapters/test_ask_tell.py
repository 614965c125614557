"""Ask and tell against ``evolution.evolve``, to the bit, and in loops of one's own."""

import pickle

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax import selection

KEY = jax.random.key(5)
NUM_GENES, SIZE, GENERATIONS = 40, 33, 6
INPUTS = jax.random.normal(jax.random.key(0), (16, 3))
SGD = optax.sgd(0.3)
RULES = {
    "intensity + mutation": selection.with_mutation(selection.intensity(0.5), 0.01),
    "pbil": selection.pbil(selection.hyperbolic(0.5, 0.1)),
    "log odds": selection.log_odds_gradient(SGD),
}


def tiny_regression(params, inputs):
    outputs = jnp.tanh(inputs @ params["kernel"]) + params["bias"][None]
    return -jnp.mean((outputs - 1) ** 2)


@pytest.fixture(scope="module")
def fitness():
    params = {"kernel": jnp.zeros((3, 4)), "bias": jnp.zeros(4)}
    gen = nne.genome.init(jax.random.key(1), params, NUM_GENES, density=0.2)
    return nne.engines.per_individual(tiny_regression, gen)


def evolved(fitness, rule, generations=GENERATIONS, antithetic=False):
    step = nne.evolution.make_generation_step(fitness, rule, SIZE, antithetic)
    state = nne.evolution.init(KEY, NUM_GENES, rule, keep_fittest=True)
    return nne.evolution.evolve(step, state, INPUTS, generations)[0]


def assert_same_bits(actual, expected):
    assert jax.random.key_data(actual.key).tolist() == jax.random.key_data(expected.key).tolist()
    chex.assert_trees_all_equal(actual[1:], expected[1:])


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_a_loop_of_ones_own_gives_evolves_bits(fitness, name):
    """In Python, with the fitness compiled alone; and in one compiled scan."""
    expected = evolved(fitness, RULES[name])
    es = nne.adapters.AskTell(RULES[name], NUM_GENES, SIZE, keep_fittest=True)
    state, test = es.init(KEY), jax.jit(fitness)
    for _ in range(GENERATIONS):
        genotypes, state = es.ask(state)
        state = es.tell(state, test(genotypes, INPUTS))
    assert_same_bits(state, expected)

    @jax.jit
    def loop(es, state):
        def generation(state, _):
            genotypes, state = es.ask(state)
            return es.tell(state, fitness(genotypes, INPUTS)), None

        return jax.lax.scan(generation, state, length=GENERATIONS)[0]

    assert_same_bits(loop(es, es.init(KEY)), expected)


@pytest.mark.slow
def test_what_is_begun_by_telling_goes_on_in_evolve(fitness):
    rule = RULES["intensity + mutation"]
    es = nne.adapters.AskTell(rule, NUM_GENES, SIZE, antithetic=True, keep_fittest=True)
    state = es.init(KEY)
    for _ in range(2):
        genotypes, state = es.ask(state)
        state = es.tell(state, jax.jit(fitness)(genotypes, INPUTS))
    step = nne.evolution.make_generation_step(fitness, rule, SIZE, antithetic=True)
    state, _ = nne.evolution.evolve(step, state, INPUTS, GENERATIONS - 2)
    assert_same_bits(state, evolved(fitness, rule, antithetic=True))


@pytest.mark.slow
def test_asking_twice_gives_the_same_genotypes_and_telling_the_next():
    es = nne.adapters.AskTell(selection.intensity(0.5), 20, 10)
    state = es.init(KEY)
    genotypes, asked = es.ask(state)
    assert genotypes.shape == (10, 20)
    assert genotypes.dtype == bool
    assert_same_bits(asked, state)
    np.testing.assert_array_equal(es.ask(asked)[0], genotypes)
    told = es.tell(state, genotypes.sum(axis=1))
    assert told.generation == 1
    assert not np.array_equal(es.ask(told)[0], genotypes)


@pytest.mark.slow
def test_fitness_from_numpy_packs_a_knapsack():
    """A worked example: fitness comes from outside JAX, from a simulator or a laboratory."""
    values, loads = np.arange(10, 30), np.array([2, 3, 5, 7] * 5)

    def packed(genotype):
        load = np.dot(loads, genotype)
        return np.dot(values, genotype) if load <= 40 else 40 - load

    es = nne.adapters.AskTell(selection.pbil(0.2, 0.2), 20, 60, spread=0.0, keep_fittest=True)
    state, best = es.init(KEY), -np.inf
    for _ in range(60):
        genotypes, state = es.ask(state)
        fitness = [packed(genotype) for genotype in np.asarray(genotypes)]
        state = es.tell(state, fitness)
        best = max(best, *fitness)
        assert float(state.fittest.fitness) == best == packed(np.asarray(state.fittest.genotype))
    reachable = np.full(41, -np.inf)  # by dynamic programming: the best value of each load
    reachable[0] = 0
    for value, load in zip(values, loads, strict=True):
        reachable[load:] = np.maximum(reachable[load:], reachable[: 41 - load] + value)
    assert best == reachable.max()


@pytest.mark.slow
def test_fitness_that_is_not_finite_counts_as_the_lowest():
    es = nne.adapters.AskTell(selection.intensity(0.5), 8, 4)
    state = es.init(KEY)
    broken = es.tell(state, [1.0, np.nan, 3.0, -np.inf])
    assert_same_bits(broken, es.tell(state, [1, 1, 3, 1]))


@pytest.mark.slow
def test_vmap_over_seeds_and_over_the_rules_numbers_traces_once():
    def search(es, key):
        def generation(state, _):
            genotypes, state = es.ask(state)
            return es.tell(state, jnp.sum(genotypes, axis=1)), None

        return jax.lax.scan(generation, es.init(key), length=4)[0].allele_freqs

    chex.clear_trace_counter()
    search_all = jax.jit(jax.vmap(chex.assert_max_traces(search, n=1)))
    strengths, keys = jnp.array([0.1, 0.5, 2.0]), jax.random.split(KEY, 3)
    make = lambda s: nne.adapters.AskTell(selection.intensity(s), 20, 10, spread=0.5)  # noqa: E731
    mapped = search_all(jax.vmap(make)(strengths), keys)
    search_all(jax.vmap(make)(2 * strengths), keys)
    alone = jax.jit(search)
    for row, strength, key in zip(mapped, strengths, keys, strict=True):
        np.testing.assert_allclose(row, alone(make(float(strength)), key), rtol=1e-5)


def test_it_is_pickled():
    es = nne.adapters.AskTell(RULES["pbil"], 20, 10)
    assert pickle.loads(pickle.dumps(es)) == es
