"""Populations that share haplotypes: their fitness is that of the same genotypes put together."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import assortment, engines
from tests import oracles

LOG_LIKELIHOOD = partial(nne.fitness.log_likelihood, temperature=3.0)


@pytest.fixture(scope="module")
def case():
    """20-24-4 units, of which each of 4 chromosomes has 6."""
    key = jax.random.key(1)
    net = nne.network.init(key, (20, 24, 4), (0.3, 0.8))
    gen = nne.genome.init(key, net, 80, genes_per_weight=3, num_chromosomes=4)
    images = jax.random.uniform(key, (300, 20))
    return net, gen, nne.data.Batch(images, jax.random.randint(key, (300,), 0, 4))


def population(size=70, num_chromosomes=4, p=None):
    p = jax.random.uniform(jax.random.key(2), (80,)) if p is None else p
    return assortment.assort(jax.random.key(3), p, size, 6, num_chromosomes, True)


def test_genes_of_a_unit_are_on_one_chromosome(case):
    net, gen, _ = case
    first, output = net.layers
    unit = np.concatenate([first.receivers, output.senders])[np.asarray(gen.rows)]
    np.testing.assert_array_equal(np.asarray(gen.genes) // 20, unit // 6)
    assert 2.5 < gen.rows.size / gen.num_weights < 3.5
    assert len(np.unique(gen.genes)) == 80


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["dense", "gathered", "batched"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_fitness_is_that_of_the_genotypes(case, engine, precision):
    net, gen, batch = case
    fitness = engines.make(net, gen, LOG_LIKELIHOOD, engine, precision)
    shared = population()
    together = fitness(shared.genotypes(), batch)
    np.testing.assert_allclose(fitness(shared, batch), together, atol=3e-6)
    assert np.std(together) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["dense", "gathered", "batched"])
def test_fitness_is_that_of_float64(case, engine):
    net, gen, batch = case
    shared = population(5)
    weights = np.asarray(shared.genotypes(), float) @ oracles.dense_matrix(gen).T
    expected = [
        -np.mean(oracles.cross_entropy(oracles.logits(net, w, batch.inputs), batch.labels, 3.0))
        for w in weights
    ]
    fitness = engines.make(net, gen, LOG_LIKELIHOOD, engine)
    np.testing.assert_allclose(fitness(shared, batch), expected, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["dense", "gathered", "batched"])
def test_fixed_genes_are_folded_in(case, engine):
    net, gen, batch = case
    genes = np.arange(80)
    p = jnp.asarray(np.where(genes % 3 == 0, genes % 2, 0.5), jnp.float32)
    fitness = engines.make(net, gen, LOG_LIKELIHOOD, engine)
    shared = population(p=p)
    folded = fitness.without_fixed(p)
    np.testing.assert_allclose(folded(shared, batch), fitness(shared, batch), atol=3e-6)
    np.testing.assert_allclose(folded(shared.genotypes(), batch), fitness(shared, batch), atol=3e-6)


def test_an_engine_without_haplotypes_puts_individuals_together(case):
    net, gen, batch = case
    plain = engines.choice.find("dense")._replace(logits_of_haplotypes=None)
    fitness = engines.make(net, gen, LOG_LIKELIHOOD, plain)
    shared = population()
    np.testing.assert_array_equal(fitness(shared, batch), fitness(shared.genotypes(), batch))


@pytest.mark.slow
def test_a_step_is_that_of_the_genotypes(case):
    """The frequencies after a generation, whether the engine knows of haplotypes or not."""
    net, gen, batch = case
    rule = nne.selection.intensity(0.5)
    state = nne.evolution.init(jax.random.key(4), 80, rule)
    after = []
    for engine in ("gathered", engines.choice.find("dense")._replace(logits_of_haplotypes=None)):
        step = nne.evolution.make_generation_step(
            engines.make(net, gen, LOG_LIKELIHOOD, engine), rule, 64, True,
            num_haplotypes=6, num_chromosomes=4,
        )  # fmt: skip
        after.append(jax.jit(step)(state, batch)[0].allele_freqs)
    np.testing.assert_allclose(*after, atol=2e-5)
    assert np.std(after[0]) > 0.01


@pytest.mark.slow
def test_steps_map_over_seeds(case):
    net, gen, batch = case
    rule = nne.selection.intensity(0.5)
    step = nne.evolution.make_generation_step(
        engines.make(net, gen, LOG_LIKELIHOOD), rule, 16, num_haplotypes=4, num_chromosomes=4
    )
    keys = jax.random.split(jax.random.key(5), 3)
    states = [nne.evolution.init(key, 80, rule) for key in keys]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    together = jax.jit(jax.vmap(step, (0, None)))(stacked, batch)[0].allele_freqs
    alone = jnp.stack([jax.jit(step)(state, batch)[0].allele_freqs for state in states])
    np.testing.assert_allclose(together, alone, atol=1e-5)
