import jax

import nne_jax as nne
from nne_jax import dense, engines, memory

PAPER = memory.expected((784, 1000, 10), (0.1, 1.0), 2000, 0.0025)


def test_expected_sizes_are_those_of_a_drawn_network_and_genome():
    sizes, probs, num_genes, density = (784, 100, 10), (0.1, 1.0), 2000, 0.0025
    net, gen = memory.expected(sizes, probs, num_genes, density)
    drawn = nne.network.init(jax.random.key(0), sizes, probs)
    genome = nne.genome.init(jax.random.key(1), drawn, num_genes, density)
    assert abs(net.num_links / drawn.num_links - 1) < 0.05
    assert abs(gen.links.size / genome.links.size - 1) < 0.05
    assert net.layer_sizes == drawn.layer_sizes


def test_memory_is_bounded_whatever_the_population():
    """At paper scale: 784-1000-10, n = 2000, S = 2000."""
    for engine in engines.ENGINES:
        small, large = (
            engines.estimate_bytes(*PAPER, 2000, size, engine) for size in (1000, 100_000)
        )
        assert small < 6 * 2**30
        alleles = 9 * 2000  # bytes an individual
        chunk = engines.ENGINES[engine].chunk_size(PAPER, 2000)
        one = engines.ENGINES[engine].bytes_per_individual(*PAPER, 2000)
        assert large - small <= 99_000 * alleles + chunk * one


def test_a_chunk_fits_and_is_at_least_one():
    chunk, one = dense.chunk_size(PAPER, 200), dense.bytes_per_individual(*PAPER, 200)
    assert chunk * one <= memory.chunk_bytes() < (chunk + 1) * one
    assert dense.chunk_size(PAPER, 10**6) == 1


def test_the_estimate_covers_what_xla_allocates():
    """XLA's own count for one generation at S=200, by engine, for several chunk sizes."""
    key = jax.random.key(0)
    net = nne.network.init(key, (784, 100, 10), (0.1, 1.0))
    gen = nne.genome.init(key, net, 500, 0.01)
    rule = nne.selection.intensity(0.3)
    state = nne.evolution.init(key, 500, rule)
    batch = nne.data.Batch(jax.numpy.ones((200, 784)), jax.numpy.zeros(200, int))
    for engine, chunk in (("dense", 2), ("dense", 60), ("gathered", 16), ("gathered", 48)):
        step = nne.evolution.make_generation_step(
            net, gen, rule, 60, engine=engine, chunk_size=chunk
        )
        analysis = jax.jit(step).lower(state, batch).compile().memory_analysis()
        used = analysis.temp_size_in_bytes + analysis.argument_size_in_bytes
        estimate = engines.estimate_bytes(net, gen, 200, 60, engine, chunk)
        assert 0.15 * estimate < used < estimate, (engine, chunk, used, estimate)
