"""Rank-1 evolution strategies against matrices that are written out, and sums as loops."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.speed import low_rank
from experiments.speed.collectives import messages
from experiments.speed.rank_one import rank_one
from nne_jax.data import Batch

SIZES = (6, 5, 4, 3)
DEVIATION = 0.3


@pytest.fixture
def network():
    """The network with all links, its weights, and 7 individuals."""
    net = nne.network.init(jax.random.key(0), SIZES, (1.0, 1.0, 1.0))
    weights = nne.network.he_uniform(jax.random.key(1), net)
    rows = jax.random.normal(jax.random.key(2), (7, low_rank.num_factors(SIZES)))
    return net, weights, rows


@pytest.fixture
def batch(rng):
    inputs = rng.random((8, SIZES[0]), np.float32)
    return Batch(jnp.asarray(inputs), jnp.asarray(rng.integers(0, SIZES[-1], 8), jnp.int32))


def materialised(net, weights, rows, sign=1):
    """Everybody's weights (N, m), every outer product written out."""
    own = low_rank.factors(rows, SIZES)
    whole = []
    for k in range(len(rows)):
        parts = []
        for layer, w in enumerate(low_rank.matrices(net, weights)):
            outer = np.outer(own.senders[layer][k], own.receivers[layer][k])
            parts.append((np.asarray(w) + sign * DEVIATION * outer).T.ravel())
        whole.append(np.concatenate(parts))
    return jnp.asarray(np.stack(whole), jnp.float32)


@pytest.mark.parametrize("sign", [1, -1])
def test_fitness_is_that_of_the_matrices_written_out(network, batch, sign):
    net, weights, rows = network
    expected = [
        nne.fitness.log_likelihood(nne.phenotype.apply(net, w, batch.inputs), batch.labels, 2.0)
        for w in materialised(net, weights, rows, sign)
    ]
    tested = rows if sign == 1 else low_rank.mirrored(rows, SIZES)
    found = low_rank.population_fitness(
        low_rank.matrices(net, weights), tested, batch, DEVIATION, 2.0, None
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_devices_share_the_individuals(network, batch):
    net, weights, rows = network
    own = low_rank.matrices(net, weights), rows, batch, DEVIATION, 1.0
    alone, shared = (low_rank.population_fitness(*own, d) for d in (None, jax.devices()))
    np.testing.assert_allclose(alone, shared, rtol=1e-6)


def test_the_gradient_is_the_mean_of_standardised_fitness_times_the_products(network, rng):
    _, _, rows = network
    fitness, of_mirrored = (jnp.asarray(rng.normal(size=7), jnp.float32) for _ in "+-")
    found = low_rank.gradient(low_rank.factors(rows, SIZES), fitness, of_mirrored)
    both = np.concatenate([fitness, of_mirrored])
    standardised = (both - both.mean()) / both.std()
    whole = jnp.concatenate([rows, low_rank.mirrored(rows, SIZES)])
    own = low_rank.factors(whole, SIZES)
    for layer, gradient in enumerate(found):
        expected = np.zeros(gradient.shape)
        for k, f in enumerate(standardised):
            expected += f * np.outer(own.senders[layer][k], own.receivers[layer][k]) / 14
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_its_network_is_full_whatever_links_the_run_has():
    sizes = {"hidden": (16,), "num_genes": 1, "genes_per_link": 0.0, "population_size": 2}
    runs = [assemble(Config(edge_prob=prob, **sizes)) for prob in (0.1, 1.0)]
    sparse, full = (rank_one(run, 0.05, 0.03).state.weights for run in runs)
    assert [w.shape for w in sparse] == [(64, 16), (16, 10)]
    for one, other in zip(sparse, full, strict=True):
        np.testing.assert_array_equal(one, other)


def messages_of_a_generation():
    """By kind, in the program of all devices of this process."""
    run = assemble(Config(population_size=128, hidden=(16,), num_genes=1, genes_per_link=0.0))
    search = rank_one(run, 0.05, 0.03)
    generation, images = search.generation.func, search.generation.args
    return messages(generation.lower(*images, search.state, 1).compile().as_text()).number


@pytest.mark.slow
def test_devices_wait_for_each_other_once_a_generation():
    code = "from tests.experiments import test_rank_one as t; print(t.messages_of_a_generation())"
    environment = os.environ | {"JAX_NUM_CPU_DEVICES": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "{'all-gather': 1}\n", done.stderr


@pytest.mark.slow
def test_it_learns():
    config = Config(
        hidden=(32,), edge_prob=1.0, population_size=128, batch_size=100, temperature=1.0,
        num_genes=1, genes_per_link=0.0,
    )  # fmt: skip
    run = assemble(config)
    search = rank_one(run, 0.05, 0.03)
    state = search.state
    for generation in range(60):
        state = search.generation(state, generation)
    before, after = (search.accuracy(s, run.dataset.validation) for s in (search.state, state))
    assert after.keys() == {"mean"}
    assert after["mean"] > before["mean"] + 0.3
