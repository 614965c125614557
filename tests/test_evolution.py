"""Generations of a network: against numpy, a loop and other chunks."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from tests import oracles

RULE = nne.selection.with_mutation(nne.selection.intensity(0.5), 0.01)


def make(small, population_size=12, rule=RULE, fitness_fn=nne.fitness.reward, **options):
    fitness = nne.engines.make(small.net, small.gen, fitness_fn, **options)
    step = nne.evolution.make_generation_step(fitness, rule, population_size)
    return step, nne.evolution.init(jax.random.key(5), small.gen.num_genes, rule)


@pytest.mark.slow
def test_a_generation_against_numpy(small):
    """A1 as drawn, then A2-A7 in float64 loops."""
    epsilon = 0.3
    step, state = make(small, 30, nne.selection.replicator(epsilon))
    after, metrics = step(state, small.batch)

    key, _ = nne.evolution.generation_keys(state)
    genotypes = np.asarray(nne.population.sample(key, state.allele_freqs, 30))
    matrix = oracles.dense_matrix(small.gen)
    fitness = [
        oracles.reward(
            oracles.logits(small.net, matrix @ x, small.batch.inputs), small.batch.labels
        )
        for x in genotypes
    ]
    p = np.asarray(state.allele_freqs, float)
    expected = oracles.weak_selection(p, *oracles.marginal_fitness(genotypes, fitness), epsilon)
    np.testing.assert_allclose(
        after.allele_freqs, np.where(np.isnan(expected), p, expected), rtol=1e-4
    )
    np.testing.assert_allclose(
        metrics[:3], [np.mean(fitness), np.std(fitness), np.max(fitness)], rtol=1e-4
    )
    assert after.generation == 1


@pytest.mark.slow
def test_the_scan_is_the_python_loop(small):
    step, state = make(small)
    batches = nne.data.Minibatches(small.batch, batch_size=4)
    scanned, history = nne.evolution.evolve(step, state, batches, 5)
    for generation in range(5):
        state, one = nne.evolution.evolve(step, state, batches, 1)
        chex.assert_trees_all_equal(
            jax.tree.map(lambda x: x[0], one), jax.tree.map(lambda x, g=generation: x[g], history)
        )
    chex.assert_trees_all_equal(state.allele_freqs, scanned.allele_freqs)


@pytest.mark.slow
def test_a_plain_loop_over_the_jitted_step_gives_the_same(small):
    step, state = make(small)
    scanned, _ = nne.evolution.evolve(step, state, small.batch, 4)
    jitted = jax.jit(step)
    for _ in range(4):
        state, _ = jitted(state, small.batch)
    chex.assert_trees_all_close(state.allele_freqs, scanned.allele_freqs, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("chunk_size", [1, 5, 12])
def test_the_chunk_size_changes_no_bit(small, chunk_size):
    step, state = make(small)
    whole, _ = nne.evolution.evolve(step, state, small.batch, 3)
    step, state = make(small, chunk_size=chunk_size)
    chunked, _ = nne.evolution.evolve(step, state, small.batch, 3)
    chex.assert_trees_all_equal(chunked.allele_freqs, whole.allele_freqs)


@pytest.mark.slow
def test_vmap_over_seeds(small):
    step, _ = make(small)
    keys = jax.random.split(jax.random.key(1), 3)

    def run(key):
        state = nne.evolution.init(key, small.gen.num_genes, RULE)
        return nne.evolution.evolve(step, state, nne.data.Minibatches(small.batch, 4), 4)

    states, histories = jax.vmap(run)(keys)
    assert histories.fitness_mean.shape == (3, 4)
    for index, key in enumerate(keys):
        alone, _ = run(key)
        np.testing.assert_allclose(states.allele_freqs[index], alone.allele_freqs, rtol=1e-5)
    assert not np.allclose(states.allele_freqs[0], states.allele_freqs[1])


@pytest.mark.slow
def test_nothing_is_compiled_on_the_second_call(small):
    traces = []

    def counted(logits, labels):
        traces.append(logits)
        return nne.fitness.reward(logits, labels)

    step, state = make(small, fitness_fn=counted)
    state, _ = nne.evolution.evolve(step, state, nne.data.Minibatches(small.batch, 4), 2)
    in_the_first_call = len(traces)
    nne.evolution.evolve(step, state, nne.data.Minibatches(small.batch, 4), 2)
    assert len(traces) == in_the_first_call > 0


@pytest.mark.slow
def test_a_plain_function_as_step_and_as_batches(small):
    step, state = make(small)
    expected, _ = nne.evolution.evolve(step, state, small.batch, 2)
    actual, _ = nne.evolution.evolve(
        lambda state, batch: step(state, batch), state, lambda key: small.batch, 2
    )
    np.testing.assert_allclose(actual.allele_freqs, expected.allele_freqs, rtol=1e-6)


@pytest.mark.slow
def test_a_broken_network_is_counted_and_selected_against(small):
    def broken(logits, labels):
        return jnp.where(logits[0, 0] > 0, jnp.nan, nne.fitness.reward(logits, labels))

    step, state = make(small, fitness_fn=broken)
    after, metrics = step(state, small.batch)
    assert 0 < metrics.non_finite < 12
    assert jnp.all(jnp.isfinite(after.allele_freqs))
    assert jnp.isfinite(metrics.fitness_mean)


@pytest.mark.slow
def test_selection_raises_fitness(small):
    """The point of it all: mean fitness rises, and variation is used up."""
    step, state = make(small, 200, nne.selection.intensity(0.5))
    _, history = nne.evolution.evolve(step, state, small.batch, 40)
    fitness, heterozygosity = history.fitness_mean, history.heterozygosity
    assert fitness[-1] > fitness[0] + 3 * history.fitness_sd[0] / np.sqrt(200)
    assert heterozygosity[-1] < heterozygosity[0]


@pytest.mark.slow
def test_the_fittest_genotype_ever_tested_is_kept(small):
    step, _ = make(small)
    state = nne.evolution.init(jax.random.key(5), 9, RULE, keep_fittest=True)
    seen = []
    for _ in range(4):
        key, _ = nne.evolution.generation_keys(state)
        genotypes = nne.population.sample(key, state.allele_freqs, 12)
        fitness = step.population_fitness(genotypes, small.batch)
        seen += zip(np.asarray(fitness).tolist(), np.asarray(genotypes).tolist(), strict=True)
        state, _ = step(state, small.batch)
        best, genotype = max(seen, key=lambda pair: pair[0])
        assert float(state.fittest.fitness) == pytest.approx(best)
        assert state.fittest.genotype.tolist() == genotype


def test_no_generations_change_nothing(small):
    step, state = make(small)
    after, history = nne.evolution.evolve(step, state, small.batch, 0)
    chex.assert_trees_all_equal(after.allele_freqs, state.allele_freqs)
    assert history.fitness_mean.shape == (0,)
