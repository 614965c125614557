import functools
import os
import subprocess
import sys

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.types import InputError
from tests import oracles

RULE = nne.selection.with_mutation(nne.selection.intensity(0.5), 0.01)


def make(small, population_size=12, rule=RULE, **kwargs):
    step = nne.evolution.make_generation_step(
        small.net, small.gen, rule, population_size=population_size, **kwargs
    )
    return step, nne.evolution.init(jax.random.key(5), small.gen.num_genes, rule)


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
            oracles.logits(small.net, matrix @ x, small.batch.images), small.batch.labels
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


def test_a_plain_loop_over_the_jitted_step_gives_the_same(small):
    step, state = make(small)
    scanned, _ = nne.evolution.evolve(step, state, small.batch, 4)
    jitted = jax.jit(step)
    for _ in range(4):
        state, _ = jitted(state, small.batch)
    chex.assert_trees_all_close(state.allele_freqs, scanned.allele_freqs, rtol=1e-6)


@pytest.mark.parametrize("chunk_size", [1, 5, 12])
def test_the_chunk_size_changes_no_bit(small, chunk_size):
    step, state = make(small)
    whole, _ = nne.evolution.evolve(step, state, small.batch, 3)
    step, state = make(small, chunk_size=chunk_size)
    chunked, _ = nne.evolution.evolve(step, state, small.batch, 3)
    chex.assert_trees_all_equal(chunked.allele_freqs, whole.allele_freqs)


def test_the_chunk_size_changes_no_bit_on_digits():
    """Products large enough to be blocked and spread over threads."""
    ds = nne.data.load("digits")
    key = jax.random.key(0)
    net = nne.network.init(key, (64, 64, 10), (0.3, 1.0))
    gen = nne.genome.init(key, net, 200, 0.03)
    genotypes = nne.population.sample(key, jnp.full(200, 0.5), 21)
    fitness = [
        jax.jit(nne.engines.population_fitness, static_argnums=(4, 5))(
            net, gen, genotypes, ds.train, nne.fitness.log_likelihood, chunk_size
        )
        for chunk_size in (None, 1, 8)
    ]
    np.testing.assert_array_equal(fitness[0], fitness[1])
    np.testing.assert_array_equal(fitness[0], fitness[2])


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


def test_a_plain_function_as_step_and_as_batches(small):
    step, state = make(small)
    expected, _ = nne.evolution.evolve(step, state, small.batch, 2)
    actual, _ = nne.evolution.evolve(
        lambda state, batch: step(state, batch), state, lambda key: small.batch, 2
    )
    np.testing.assert_allclose(actual.allele_freqs, expected.allele_freqs, rtol=1e-6)


def test_a_broken_network_is_counted_and_selected_against(small):
    def broken(logits, labels):
        return jnp.where(logits[0, 0] > 0, jnp.nan, nne.fitness.reward(logits, labels))

    step, state = make(small, fitness_fn=broken)
    after, metrics = step(state, small.batch)
    assert 0 < metrics.non_finite < 12
    assert jnp.all(jnp.isfinite(after.allele_freqs))
    assert jnp.isfinite(metrics.fitness_mean)


def test_selection_raises_fitness(small):
    """The point of it all: mean fitness rises, and variation is used up."""
    step, state = make(small, 200, nne.selection.intensity(0.5))
    _, history = nne.evolution.evolve(step, state, small.batch, 40)
    fitness, heterozygosity = history.fitness_mean, history.heterozygosity
    assert fitness[-1] > fitness[0] + 3 * history.fitness_sd[0] / np.sqrt(200)
    assert heterozygosity[-1] < heterozygosity[0]


@pytest.mark.parametrize("engine", ["dense", "gathered"])
def test_the_number_of_devices_changes_no_bit(engine):
    """Four fake devices in another process, one here."""
    code = (
        "import jax, nne_jax as nne; from tests import test_evolution as t;"
        f"print(t.run_on(jax.devices(), {engine!r}).tobytes().hex())"
    )
    flags = "--xla_force_host_platform_device_count=4"  # which 18 individuals do not divide by
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == run_on(None, engine).tobytes().hex()


def run_on(devices, engine) -> np.ndarray:
    """Frequencies after three generations on digits."""
    ds = nne.data.load("digits")
    key = jax.random.key(0)
    net = nne.network.init(key, (64, 16, 10), (0.3, 1.0))
    gen = nne.genome.init(key, net, 50, 0.1)
    fitness = functools.partial(nne.fitness.log_likelihood, temperature=10.0)
    step = nne.evolution.make_generation_step(
        net,
        gen,
        RULE,
        population_size=18,
        fitness_fn=fitness,
        chunk_size=3,
        devices=devices,
        engine=engine,
    )
    state = nne.evolution.init(key, 50, RULE)
    batches = nne.data.Minibatches(ds.train, 20)
    return np.asarray(nne.evolution.evolve(step, state, batches, 3)[0].allele_freqs)


def test_bad_input(small):
    with pytest.raises(InputError, match="chunk_size=0"):
        make(small, chunk_size=0)
    with pytest.raises(InputError, match="engine=fast: unknown"):
        make(small, engine="fast")
