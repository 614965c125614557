"""Evolution of what is no network: any batch and fitness, and steps as values."""

import math
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from tests import oracles
from tests.test_evolution import RULE, make


def num_ones(genotype, batch):
    return jnp.sum(genotype) + 0 * batch["offset"]


def one_max(rule, population_size=20, num_genes=8, **options):
    """Bit strings whose fitness is their number of ones; the batch is a dictionary."""
    fitness = nne.engines.per_individual(num_ones)
    step = nne.evolution.make_generation_step(fitness, rule, population_size)
    return step, nne.evolution.init(jax.random.key(1), num_genes, rule, 0.0, **options)


BATCH = {"offset": jnp.int32(0)}


@pytest.mark.slow
def test_any_pytree_is_a_batch_and_integer_fitness_a_fitness():
    step, state = one_max(nne.selection.intensity(1.0))
    state, history = nne.evolution.evolve(step, state, BATCH, 30)
    np.testing.assert_array_equal(state.allele_freqs, 1)
    assert history.fitness_mean[-1] == 8
    drawn, _ = nne.evolution.evolve(step, state, lambda key: BATCH, 1)
    assert drawn.generation == 31


@pytest.mark.slow
def test_every_individual_of_a_generation_meets_the_same_episodes():
    """A batch of keys: what an individual is paid by chance is the same for all."""

    def luck(genotype, keys):
        paid = jnp.sum(jax.vmap(jax.random.normal)(keys))
        return jnp.where(genotype[0], paid, paid)

    fitness = nne.engines.per_individual(luck)
    step = nne.evolution.make_generation_step(fitness, nne.selection.intensity(1.0), 10)
    state = nne.evolution.init(jax.random.key(1), 4, nne.selection.intensity(1.0))
    for _ in range(3):
        _, key = nne.evolution.generation_keys(state)
        paid = jnp.sum(jax.vmap(jax.random.normal)(jax.random.split(key, 3)))
        state, history = nne.evolution.evolve(step, state, lambda key: jax.random.split(key, 3), 1)
        np.testing.assert_allclose(history.fitness_mean, [paid], rtol=1e-5)
        np.testing.assert_allclose(history.fitness_max, [paid], rtol=1e-5)
        np.testing.assert_allclose(history.fitness_sd, 0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("of_others", [-1.0, math.nan])
def test_the_fittest_is_nobody_whose_fitness_was_replaced(of_others):
    """The broken ones tie with the others, or have what nobody has where all are broken."""
    rule = nne.selection.intensity(0.5)
    step = nne.evolution.make_generation_step(
        lambda genotypes, batch: jnp.where(genotypes[:, 0], jnp.nan, of_others), rule, 8
    )
    for seed in range(3):
        state = nne.evolution.init(jax.random.key(seed), 4, rule, keep_fittest=True)
        after, metrics = step(state, None)
        assert not after.fittest.genotype[0]
        nobody = metrics.non_finite == 8
        assert after.fittest.fitness == (-jnp.inf if nobody else of_others)


def test_a_scheduled_fitness_follows_the_generations_also_without_a_batch_and_in_another():
    def level(genotype, *, level, more):
        return level + more

    def twice(generation):
        return 2 * generation.astype(jnp.float32)

    scheduled = nne.fitness.scheduled(nne.fitness.scheduled(level, level=jnp.float32), more=twice)
    rule = nne.selection.intensity(0.5)
    _, history = nne.evolution.maximise(jax.random.key(0), scheduled, 4, rule, 4, 4)
    np.testing.assert_array_equal(history.fitness_max, [0, 3, 6, 9])


@pytest.mark.slow
def test_maximise_finds_the_best_of_all_bit_strings():
    """A knapsack of 12 things, against all 4096."""
    weights = jax.random.uniform(jax.random.key(0), (12,), minval=0.1)
    values = jax.random.uniform(jax.random.key(1), (12,), minval=0.1)

    def value(genotype):
        packed = genotype.astype(jnp.float32)
        return jnp.where(packed @ weights <= 2.5, packed @ values, 2.5 - packed @ weights)

    everyone = jnp.asarray(oracles.all_genotypes(12), bool)
    best = jax.vmap(value)(everyone).max()
    rule = nne.selection.pbil(0.1, 0.2)
    state, history = nne.evolution.maximise(
        jax.random.key(2), value, 12, rule, population_size=50, num_generations=60
    )
    assert float(state.fittest.fitness) == pytest.approx(float(best), rel=1e-6)
    assert float(value(state.fittest.genotype)) == pytest.approx(float(best), rel=1e-6)
    assert history.fitness_mean.shape == (60,)


@pytest.mark.slow
def test_vmap_over_hyper_parameters_compiles_once():
    """Intensity, its decay, mutation and the initial spread, all at once, and each as alone."""
    traces = []

    def counted(genotype, batch):
        traces.append(1)
        return num_ones(genotype, batch)

    fitness = nne.engines.per_individual(counted)

    def run(s, decay, rate, spread):
        rule = nne.selection.intensity(nne.selection.hyperbolic(s, decay))
        rule = nne.selection.with_mutation(rule, rate)
        step = nne.evolution.make_generation_step(fitness, rule, 10)
        state = nne.evolution.init(jax.random.key(1), 8, rule, spread)
        return nne.evolution.evolve(step, state, BATCH, 3)[0].allele_freqs

    settings = [jnp.array(x) for x in ([0.2, 1.0], [0.0, 0.3], [0.0, 0.1], [0.0, 1.0])]
    together = jax.jit(jax.vmap(run))(*settings)
    in_the_first_call = len(traces)
    jax.jit(jax.vmap(run))(*settings)
    for index in range(2):
        alone = run(*(float(x[index]) for x in settings))
        np.testing.assert_allclose(together[index], alone, rtol=1e-5)
    first = len(traces)
    run(0.7, 0.1, 0.05, 0.5)  # other numbers, the same program
    assert len(traces) == first > in_the_first_call > 0


def test_equal_steps_share_one_program():
    traces = []

    def counted(genotype, batch):
        traces.append(1)
        return num_ones(genotype, batch)

    counts = []
    for intensity in (0.5, 0.7):
        rule = nne.selection.intensity(intensity)
        fitness = nne.engines.per_individual(counted)
        step = nne.evolution.make_generation_step(fitness, rule, 10)
        state = nne.evolution.init(jax.random.key(1), 8, rule)
        nne.evolution.evolve(step, state, BATCH, 2)
        counts.append(len(traces))
    assert counts[0] == counts[1] > 0


@pytest.mark.slow
def test_a_step_may_be_pickled(small):
    for step, state, batch in ((*make(small), small.batch), (*one_max(RULE), BATCH)):
        again = pickle.loads(pickle.dumps(step))
        one, _ = nne.evolution.evolve(step, state, batch, 2)
        other, _ = nne.evolution.evolve(again, state, batch, 2)
        np.testing.assert_array_equal(one.allele_freqs, other.allele_freqs)
