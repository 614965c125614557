import jax
import jax.numpy as jnp
import pytest

import nne_jax as nne
from nne_jax.engines import ENGINES, dense, memory
from nne_jax.engines.choice import find
from nne_jax.engines.interface import Sizes

PAPER = memory.expected((784, 1000, 10), (0.1, 1.0), 2000, 0.0025)


def test_expected_sizes_are_those_of_a_drawn_network_and_genome():
    shape, probs, num_genes, density = (784, 100, 10), (0.1, 1.0), 2000, 0.0025
    expected = memory.expected(shape, probs, num_genes, density)
    net = nne.network.init(jax.random.key(0), shape, probs)
    drawn = Sizes.of(net, nne.genome.init(jax.random.key(1), net, num_genes, density))
    assert abs(expected.num_links / drawn.num_links - 1) < 0.05
    assert abs(expected.num_entries / drawn.num_entries - 1) < 0.05
    assert expected.layer_sizes == drawn.layer_sizes
    assert expected.num_genes == drawn.num_genes


@pytest.mark.parametrize("platform", ["cpu", "gpu"])
@pytest.mark.parametrize("name", ENGINES)
def test_memory_is_bounded_whatever_the_population(name, platform):
    """At paper scale: 784-1000-10, n = 2000, S = 2000."""
    engine = find(name)
    small, large = (
        memory.estimate_bytes(PAPER, 2000, size, engine, platform=platform)
        for size in (1000, 100_000)
    )
    assert small < 6 * 2**30
    alleles = 9 * 2000  # bytes an individual
    chunk = -(-engine.chunk_size(PAPER, 2000, platform) // engine.lanes) * engine.lanes
    one = engine.bytes_per_individual(PAPER, 2000)
    assert large - small <= 99_000 * alleles + chunk * one


@pytest.mark.parametrize("platform", ["cpu", "gpu"])
def test_a_chunk_fits_and_is_at_least_one(platform):
    chunk, one = dense.chunk_size(PAPER, 200, platform), dense.bytes_per_individual(PAPER, 200)
    assert chunk * one <= memory.chunk_bytes(platform) < (chunk + 1) * one
    assert dense.chunk_size(PAPER, 10**6, platform) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "chunk", "num_examples"),
    [
        ("dense", 2, 200),
        ("dense", 60, 200),
        ("gathered", 16, 200),
        ("gathered", 48, 200),
        ("batched", 1, 200),
        ("batched", 60, 2000),
    ],
)
def test_the_estimate_covers_what_xla_allocates(name, chunk, num_examples):
    """XLA's own count for one generation, by engine, for several chunk sizes."""
    key = jax.random.key(0)
    net = nne.network.init(key, (784, 100, 10), (0.1, 1.0))
    gen = nne.genome.init(key, net, 500, 0.01)
    rule = nne.selection.intensity(0.3)
    state = nne.evolution.init(key, 500, rule)
    labels = jnp.zeros(num_examples, jnp.int32)
    batch = nne.data.Batch(jnp.ones((num_examples, 784)), labels)
    fitness = nne.engines.make(net, gen, nne.fitness.reward, name, chunk_size=chunk)
    step = nne.evolution.make_generation_step(fitness, rule, 60)
    analysis = jax.jit(step).lower(state, batch).compile().memory_analysis()
    used = analysis.temp_size_in_bytes + analysis.argument_size_in_bytes
    estimate = memory.estimate_bytes(Sizes.of(net, gen), num_examples, 60, find(name), chunk)
    assert 0.15 * estimate < used < estimate, (used, estimate)
