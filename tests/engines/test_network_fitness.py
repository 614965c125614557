"""Fitness by every engine: numpy's, and the symmetries that it must have."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.engines import gathered
from nne_jax.engines.silent_inputs import without_silent_inputs
from tests import oracles
from tests.engines.cases import every_engine, on_cpu, population_fitness


def by_numpy(net, gen, genotype, batch):
    """Fitness of one individual, in float64."""
    weights = oracles.dense_matrix(gen) @ np.asarray(genotype, float)
    if gen.base is not None:
        weights += np.asarray(gen.base)
    logits = oracles.logits(net, weights, batch.inputs)
    return -np.mean(oracles.cross_entropy(logits, batch.labels, 3.0))


@pytest.mark.slow
@every_engine
def test_fitness_against_numpy(name, case):
    net, gen, genotypes, batch = case
    fitness = population_fitness(name, case)
    assert fitness.shape == (64,)
    for index in (0, 7, 63):
        expected = by_numpy(net, gen, genotypes[index], batch)
        np.testing.assert_allclose(fitness[index], expected, rtol=2e-5)


@every_engine
def test_every_individual_as_by_the_plain_engine(name, case):
    np.testing.assert_allclose(
        population_fitness(name, case), population_fitness("dense", case), rtol=2e-5
    )


@pytest.mark.slow
@every_engine
def test_bfloat16_rounds_operands_to_8_bits(name, case):
    """Each product is off by 2^-8 at most; what is exact in bfloat16 stays exact."""
    rounded = population_fitness(name, case, precision="bfloat16")
    exact = population_fitness(name, case)
    assert 0 < np.max(np.abs(rounded - exact)) < 0.03 * np.std(exact) + 0.01
    net, gen, genotypes, batch = case
    halves = dataclasses.replace(gen, effects=jnp.sign(gen.effects) / 2)
    coarse = net, halves, genotypes, nne.data.Batch(jnp.round(batch.inputs), batch.labels)
    first_layer_exact = population_fitness(name, coarse, precision="bfloat16")
    if name != "dense":  # whose output layer is rounded too
        np.testing.assert_allclose(first_layer_exact, population_fitness(name, coarse), rtol=1e-6)


@on_cpu
def test_permuting_individuals_permutes_their_fitness(name, case):
    order = jax.random.permutation(jax.random.key(0), 64)
    permuted = population_fitness(name, case, case[2][order])
    np.testing.assert_array_equal(permuted, population_fitness(name, case)[order])


@on_cpu
def test_relabelling_the_outputs_of_all_images_changes_nothing(name, case):
    """Swapping two classes everywhere: their output links and the labels."""
    net, gen, genotypes, batch = case
    other = jnp.array([1, 0, 2, 3])
    last = net.layers[1]
    order = np.lexsort((last.senders, other[last.receivers]))
    ids = net.layers[0].num_links + order
    new_id = np.argsort(np.concatenate([np.arange(net.layers[0].num_links), ids]))
    by_link = np.argsort(new_id[gen.rows], kind="stable")
    links = jnp.asarray(new_id[gen.rows][by_link])
    swapped_gen = nne.genome.Genome(
        links, gen.genes[by_link], gen.effects[by_link], None, gen.num_weights, gen.num_genes
    )
    layer = nne.network.Layer(last.senders[order], other[last.receivers][order], 24, 4)
    swapped = nne.network.Network((net.layers[0], layer))
    relabelled = nne.data.Batch(batch.inputs, other[batch.labels])
    np.testing.assert_allclose(
        population_fitness(name, (swapped, swapped_gen, genotypes, relabelled)),
        population_fitness(name, case),
        rtol=1e-5,
    )


@pytest.mark.slow
@on_cpu
def test_allele_frequencies_give_the_mean_genotype(name, case):
    net, gen, _, batch = case
    p = jax.random.uniform(jax.random.key(2), (1, 40))
    expected = by_numpy(net, gen, p[0], batch)
    np.testing.assert_allclose(population_fitness(name, case, p)[0], expected, rtol=2e-5)


def test_many_blocks_of_images(case, monkeypatch):
    monkeypatch.setattr(gathered, "BLOCK_EXAMPLES", 32)
    np.testing.assert_allclose(
        population_fitness("gathered", case), population_fitness("dense", case), rtol=2e-5
    )


@pytest.mark.slow
@every_engine
def test_weights_of_no_genes(name, case, rng):
    """``base``: all engines add w0, also where silent inputs are left out."""
    net, gen, genotypes, batch = case
    base = jnp.asarray(rng.normal(size=net.num_links), jnp.float32)
    moved = dataclasses.replace(gen, base=base)
    inputs = batch.inputs.at[:, 3].set(0)
    quiet = net, moved, genotypes, nne.data.Batch(inputs, batch.labels)
    expected = by_numpy(net, moved, genotypes[5], quiet[-1])
    for options in ({}, {"inputs": inputs}):
        actual = population_fitness(name, quiet, **options)[5]
        np.testing.assert_allclose(actual, expected, rtol=2e-5)


@pytest.mark.slow
def test_silent_inputs_have_no_say(case):
    net, gen, genotypes, batch = case
    images = batch.inputs.at[:, jnp.array([0, 3, 11])].set(0)
    fewer_net, fewer_gen = without_silent_inputs(net, gen, images)
    assert not set(np.asarray(fewer_net.layers[0].senders).tolist()) & {0, 3, 11}
    assert fewer_gen.rows.size < gen.rows.size
    weights = nne.genome.express(gen, genotypes[:3])
    fewer = nne.genome.express(fewer_gen, genotypes[:3])
    for one, other in zip(weights, fewer, strict=True):
        np.testing.assert_allclose(
            nne.phenotype.apply(fewer_net, other, images),
            nne.phenotype.apply(net, one, images),
            rtol=1e-5,
            atol=1e-5,
        )
    quiet = net, gen, genotypes, nne.data.Batch(images, batch.labels)
    np.testing.assert_allclose(
        population_fitness("gathered", quiet, inputs=images),
        population_fitness("gathered", quiet),
        rtol=1e-5,
    )


@on_cpu
@pytest.mark.parametrize(("edge_probs", "density"), [((0.0, 0.0), 1.0), ((0.3, 1.0), 0.0)])
def test_without_links_or_genes_everybody_guesses(name, edge_probs, density):
    key = jax.random.key(0)
    net = nne.network.init(key, (6, 5, 3), edge_probs)
    gen = nne.genome.init(key, net, num_genes=4, density=density)
    batch = nne.data.Batch(jnp.ones((7, 6)), jnp.zeros(7, jnp.int32))
    fitness = population_fitness(name, (net, gen, jnp.ones((2, 4), bool), batch))
    np.testing.assert_allclose(fitness, -np.log(3), rtol=1e-6)
