"""``maximise``, and the fittest that a run keeps, beside numpy loops."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import selection

KEY = jax.random.key(0)
VALUES = np.array([24, 13, 23, 15, 16, 11, 30, 28, 7, 19, 21, 9], np.float32)
LOADS = np.array([12, 7, 11, 8, 9, 6, 16, 15, 3, 10, 11, 5], np.float32)


def knapsack(genotype):
    """Value of what is packed; the excess, negative, of too much."""
    load, carried = genotype @ LOADS, 50
    return jnp.where(load <= carried, genotype @ VALUES, carried - load)


def best_knapsack():
    return max(
        np.dot(x, VALUES) for x in itertools.product((0, 1), repeat=12) if np.dot(x, LOADS) <= 50
    )


def packed(genotype):
    return knapsack(genotype.astype(jnp.float32))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "size", "generations"),
    [
        (selection.umda(0.3), 200, 60),
        (selection.pbil(0.2, 0.2), 200, 60),
        (selection.cga(1 / 100), 2, 4000),
        (selection.with_mutation(selection.intensity(0.5), 0.01), 200, 60),
    ],
    ids=["umda", "pbil", "cga", "intensity + mutation"],
)
def test_maximise_packs_the_best_knapsack(rule, size, generations):
    state, history = nne.evolution.maximise(KEY, packed, 12, rule, size, generations)
    assert state.fittest.fitness == best_knapsack() == packed(state.fittest.genotype)
    assert jnp.max(history.fitness_max) == state.fittest.fitness
    assert state.generation == generations


@pytest.mark.slow
def test_maximise_over_a_batch_of_keys():
    def search(key):
        return nne.evolution.maximise(key, packed, 12, selection.umda(0.3), 200, 60)[0]

    keys = jax.random.split(KEY, 2)
    states = jax.vmap(search)(keys)
    for index, key in enumerate(keys):
        alone = search(key)
        np.testing.assert_allclose(states.allele_freqs[index], alone.allele_freqs, atol=1e-5)
        assert states.fittest.fitness[index] == alone.fittest.fitness
        np.testing.assert_array_equal(states.fittest.genotype[index], alone.fittest.genotype)
    assert not np.array_equal(*jax.random.key_data(states.key))


@pytest.mark.slow
def test_maximise_on_batches_gives_each_generation_one():
    """Fitness is the agreement with a pattern that changes: nothing else than it can be learnt."""
    pattern = jnp.arange(16) % 3 == 0

    def agreement(genotype, flips):
        return jnp.mean(genotype == (pattern ^ flips), dtype=jnp.float32)

    def flips(key):
        return jax.random.bernoulli(key, 0.1, (16,))

    rule = selection.pbil(0.2, 0.3)
    state, _ = nne.evolution.maximise(KEY, agreement, 16, rule, 100, 60, batches=flips)
    np.testing.assert_array_equal(state.allele_freqs > 0.5, pattern)


@pytest.mark.slow
def num_ones(genotypes, batch):
    return jnp.sum(genotypes, axis=1, dtype=jnp.float32)


def test_the_fittest_is_kept_as_by_a_numpy_loop():
    """The first of equals, of integer fitness with many of them."""
    rule, num_genes, size = selection.pbil(0.1), 10, 12
    step = nne.evolution.make_generation_step(num_ones, rule, size)
    state = nne.evolution.init(KEY, num_genes, rule, spread=0.0, keep_fittest=True)
    assert state.fittest.fitness == -jnp.inf
    best, fittest = -np.inf, None
    step, sample = jax.jit(step), jax.jit(nne.population.sample, static_argnums=2)
    for _ in range(8):
        key, _ = nne.evolution.generation_keys(state)
        for genotype in np.asarray(sample(key, state.allele_freqs, size)):
            if genotype.sum() > best:
                best, fittest = genotype.sum(), genotype
        state, _ = step(state, None)
        assert float(state.fittest.fitness) == best
        np.testing.assert_array_equal(state.fittest.genotype, fittest)
