"""Bounds on fitness: every genotype of a small network is inside, and they are attained."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import engines, fitness, genome, network, phenotype
from nne_jax.theory import bounds
from tests import oracles


@pytest.fixture(params=["from 0", "around a base"])
def gen(small, request, rng):
    """The genome with and without weights that no gene makes, among them of either sign."""
    if request.param == "from 0":
        return small.gen
    base = jnp.asarray(rng.normal(size=small.net.num_links), jnp.float32)
    return dataclasses.replace(small.gen, base=base)


@pytest.fixture(params=[0.0, 0.5], ids=["not negative", "either sign"])
def inputs(small, request):
    return small.batch.inputs - request.param


def test_weight_range_is_attained_and_never_left(gen):
    weights = genome.express(gen, jnp.asarray(oracles.all_genotypes(9)))
    lowest, highest = bounds.weight_range(gen)
    np.testing.assert_allclose(weights.min(axis=0), lowest, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weights.max(axis=0), highest, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_no_genotype_leaves_the_logit_range(small, gen, inputs):
    weights = genome.express(gen, jnp.asarray(oracles.all_genotypes(9)))
    logits = jax.vmap(phenotype.apply, (None, 0, None))(small.net, weights, inputs)
    lowest, highest = bounds.logit_range(small.net, *bounds.weight_range(gen), inputs)
    assert jnp.all(logits.min(axis=0) >= lowest - 1e-4)
    assert jnp.all(logits.max(axis=0) <= highest + 1e-4)


def test_without_a_hidden_layer_the_logit_range_is_attained(rng):
    """Every weight has genes of its own, so that all can be extreme at once."""
    net = network.init(jax.random.key(0), (3, 2), (1.0,))
    low = jnp.asarray(rng.normal(size=6), jnp.float32)
    high = low + 1
    inputs = jnp.asarray(rng.normal(size=(4, 3)), jnp.float32)
    corners = np.where(oracles.all_genotypes(6), high, low)
    logits = inputs @ jnp.asarray(corners, jnp.float32).reshape(-1, 2, 3).transpose(0, 2, 1)
    for bound, reached in zip(
        bounds.logit_range(net, low, high, inputs), (logits.min(axis=0), logits.max(axis=0)),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(bound, reached, rtol=1e-5, atol=1e-6)


def test_lowest_fitness_bounds_every_batch():
    """Three inputs whose logits may spread by 1, 5 and 2: the worst two, and all of them."""
    net = network.init(jax.random.key(0), (1, 2), (1.0,))
    entry = jnp.array([0]), jnp.array([0]), jnp.array([1.0])  # the gene adds 1 to the first weight
    gen = genome.Genome(*entry, None, 2, 1)
    for batch_size, spread in ((2, 3.5), (None, 8 / 3)):
        bound = bounds.lowest_fitness(
            net, gen, jnp.array([[1.0], [5.0], [2.0]]), "log_likelihood", batch_size=batch_size
        )
        assert bound == pytest.approx(-np.log(2) - spread)


def test_lowest_fitness_bounds_every_genotype(small, gen, inputs):
    genotypes = jnp.asarray(oracles.all_genotypes(9), bool)
    for name, fitness_fn in fitness.FITNESS.items():
        bound = bounds.lowest_fitness(small.net, gen, inputs, name, temperature=2.0)
        population_fitness = engines.make(small.net, gen, partial(fitness_fn, temperature=2.0))
        assert bound <= population_fitness(genotypes, small.batch._replace(inputs=inputs)).min()
