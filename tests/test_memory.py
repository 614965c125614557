import jax

import nne_jax as nne
from nne_jax import memory


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
    net, gen = memory.expected((784, 1000, 10), (0.1, 1.0), 2000, 0.0025)
    by_population = {size: memory.estimate(net, gen, 2000, size) for size in (1000, 10_000)}
    assert by_population[1000] < 6 * 2**30
    alleles = 9 * 2000  # bytes an individual
    growth = by_population[10_000] - by_population[1000]
    assert growth <= 9000 * alleles + memory.chunk_bytes()


def test_a_chunk_fits_and_is_at_least_one():
    net, gen = memory.expected((784, 1000, 10), (0.1, 1.0), 2000, 0.0025)
    chunk = memory.default_chunk_size(net, gen, 200, 1000)
    one = memory.bytes_per_individual(net, gen, 200)
    assert chunk * one <= memory.chunk_bytes() < (chunk + 1) * one
    assert memory.default_chunk_size(net, gen, 10**6, 1000) == 1


def test_the_estimate_covers_what_xla_allocates(small):
    """XLA's own count for one generation at S=200, for three chunk sizes."""
    key = jax.random.key(0)
    net = nne.network.init(key, (784, 100, 10), (0.1, 1.0))
    gen = nne.genome.init(key, net, 500, 0.01)
    rule = nne.selection.intensity(0.3)
    state = nne.evolution.init(key, 500, rule)
    batch = nne.data.Batch(jax.numpy.ones((200, 784)), jax.numpy.zeros(200, int))
    for chunk in (2, 20, 60):
        step = nne.evolution.make_generation_step(net, gen, rule, 60, chunk_size=chunk)
        analysis = jax.jit(step).lower(state, batch).compile().memory_analysis()
        used = analysis.temp_size_in_bytes + analysis.argument_size_in_bytes
        estimate = memory.estimate(net, gen, 200, 60, chunk)
        assert 0.2 * estimate < used < estimate
