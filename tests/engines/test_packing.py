"""Fixed genes are folded into w0: the same fitness, of the same genotypes, with less work."""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import engines
from nne_jax.engines import blocks, packing

CALL = jax.jit(lambda function, *arguments: function(*arguments))
NUM_GENES = 40


@pytest.fixture(scope="module")
def case():
    """20-24-4 units, one of them without inputs, another without links at all."""
    key = jax.random.key(11)
    net = nne.network.init(key, (20, 24, 4), (0.3, 0.8))
    first, output = net.layers
    inputs, outputs = ~np.isin(first.receivers, [3, 7]), output.senders != 7
    net = nne.network.Network(
        (
            dataclasses.replace(
                first, senders=first.senders[inputs], receivers=first.receivers[inputs]
            ),
            dataclasses.replace(
                output, senders=output.senders[outputs], receivers=output.receivers[outputs]
            ),
        )
    )
    gen = nne.genome.init(key, net, NUM_GENES, density=0.1)
    images = jax.random.uniform(key, (70, 20))
    return net, gen, nne.data.Batch(images, jax.random.randint(key, (70,), 0, 4))


def partly_fixed(fraction, num_genes=NUM_GENES):
    """Frequencies of which a fraction is 0 or 1, at random; the others are 1/2."""
    rng = np.random.default_rng(int(1000 * fraction))
    fixed = rng.random(num_genes) < fraction
    return jnp.asarray(np.where(fixed, rng.integers(0, 2, num_genes), 0.5), jnp.float32)


def fitness_of(net, gen, engine, **options):
    return engines.make(net, gen, nne.fitness.log_likelihood, engine, **options)


def test_fixed_genes_have_no_entries_and_the_weights_are_the_same():
    """All genotypes that have the fixed alleles, here 2 of 5."""
    entries = np.divmod(np.arange(30), 5)
    effects = jnp.asarray(np.random.default_rng(0).normal(size=30), jnp.float32)
    rows, genes = (jnp.asarray(part, jnp.int32) for part in entries)
    p = jnp.array([0.5, 1.0, 0.3, 0.0, 1 - 1e-6])
    for base in (None, jnp.arange(6.0)):
        gen = nne.genome.Genome(rows, genes, effects, base, 6, 5)
        fixed = nne.genome.fix(gen, p)
        assert set(np.asarray(fixed.genes).tolist()) == {0, 2, 4}
        assert (fixed.num_genes, fixed.num_weights) == (5, 6)
        expected = np.asarray(effects).reshape(6, 5)[:, 1] + (0 if base is None else base)
        np.testing.assert_allclose(fixed.base, expected, rtol=1e-6)
        for a, b, c in itertools.product((0, 1), repeat=3):
            genotype = jnp.array([a, 1, b, 0, c])
            np.testing.assert_allclose(
                nne.genome.express(fixed, genotype),
                nne.genome.express(gen, genotype),
                rtol=1e-5,
                atol=1e-6,
            )


def test_with_nothing_fixed_it_is_the_genome_itself(case):
    net, gen, _ = case
    p = jnp.full(NUM_GENES, 0.5)
    assert nne.genome.fix(gen, p) is gen
    plain, same = blocks.by_unit(net, gen), packing.by_unit(net, gen)
    assert same.shared is None
    jax.tree.map(np.testing.assert_array_equal, plain, same)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fraction", "with_base", "engine"),
    [
        (0.0, False, "gathered"),
        (0.0, True, "gathered"),
        (0.3, False, "gathered"),
        (0.8, True, "dense"),
        (0.8, True, "gathered"),
        (0.95, False, "gathered"),
        (1.0, False, "gathered"),
    ],
)
def test_fitness_as_by_the_plain_engine(case, fraction, with_base, engine):
    """Of the genome as it was; also where every gene is fixed, or none."""
    net, gen, batch = case
    if with_base:
        gen = dataclasses.replace(gen, base=jax.random.normal(jax.random.key(5), (net.num_links,)))
    p = partly_fixed(fraction)
    genotypes = nne.population.sample(jax.random.key(1), p, 70)
    expected = CALL(fitness_of(net, gen, "dense"), genotypes, batch)
    packed = fitness_of(net, gen, engine).without_fixed(p)
    found = CALL(packed, genotypes, batch)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
    one_by_one = dataclasses.replace(packed, chunk_size=1)
    np.testing.assert_array_equal(CALL(one_by_one, genotypes, batch), found)
    if fraction == 1:
        assert np.ptp(np.asarray(found)) == 0


@pytest.mark.slow
def test_few_genes_stand_for_many_links():
    """6 genes, of which every link has some: fewer than the links of any unit."""
    key = jax.random.key(3)
    net = nne.network.init(key, (20, 12, 4), (0.8, 1.0))
    gen = nne.genome.init(key, net, 6, density=0.7)
    batch = nne.data.Batch(jax.random.uniform(key, (300, 20)), jnp.arange(300) % 4)  # two blocks
    p = jnp.array([0.5, 1.0, 0.5, 0.5, 0.0, 0.5])
    packed = fitness_of(net, gen, "gathered").without_fixed(p)
    assert packed.plan.shared.mixtures.length == 12 * 4
    assert {units.senders.shape[-1] for units in packed.plan.groups} == {4}
    genotypes = nne.population.sample(key, p, 20)
    expected = CALL(fitness_of(net, gen, "dense"), genotypes, batch)
    np.testing.assert_allclose(CALL(packed, genotypes, batch), expected, rtol=2e-5)
    dense = fitness_of(net, nne.genome.fix(gen, p), "dense")
    for freqs in (p, p * 0.5):  # mean genotypes too; of fixed genes only the fixed allele counts
        mean = freqs[None]
        np.testing.assert_allclose(CALL(packed, mean, batch), CALL(dense, mean, batch), rtol=2e-5)


def unit_with(num_links, genes_of_links):
    """One hidden unit, whose links have the genes that are given; a gene more is fixed."""
    first = nne.network.Layer(jnp.arange(num_links), jnp.zeros(num_links, int), num_links, 1)
    output = nne.network.Layer(jnp.zeros(2, int), jnp.arange(2), 1, 2)
    net = nne.network.Network((first, output))
    entries = [(link, gene) for link, genes in enumerate(genes_of_links) for gene in genes]
    rows, genes = (jnp.asarray(part, jnp.int32) for part in zip(*entries, strict=True))
    gen = nne.genome.Genome(rows, genes, jnp.ones(len(entries)), None, num_links + 2, 9)
    return packing.by_unit(net, nne.genome.fix(gen, jnp.full(9, 0.5).at[8].set(1)))


@pytest.mark.parametrize(
    ("genes_of_links", "width", "by_gene"),
    [
        ([[0, 1, 8], [2, 3], [8]], 2, 0),  # four genes, two links with any
        ([[0, 1, 8], [0, 1], [0, 1]], 2, 2),  # two genes, three links
        ([[0, 8], [1], [8]], 2, 2),  # as many: alleles need no expression
        ([[8], [8], [8]], 0, 0),
    ],
)
def test_which_is_cheaper_is_counted(genes_of_links, width, by_gene):
    plan = unit_with(3, genes_of_links)
    assert plan.groups[0].senders.shape == (1, 1, width)
    assert plan.shared.mixtures.length == by_gene


def test_units_that_are_the_same_in_everybody_are_left_out(case):
    net, gen, _ = case
    p = partly_fixed(0.95)
    plan = packing.by_unit(net, nne.genome.fix(gen, p))
    varied = set(np.asarray(nne.genome.fix(gen, p).rows).tolist())
    ends = np.append(np.asarray(net.layers[0].receivers), np.asarray(net.layers[1].senders))
    assert plan.shared.units.shape[0] == 24 - len(set(ends[list(varied)].tolist()))
    assert 24 > plan.shared.units.shape[0] > 0


@pytest.mark.slow
def test_the_trajectory_is_the_same_to_rounding(case):
    """Truncation fixes genes soon; between generations more of them are folded in."""
    net, gen, batch = case
    rule = nne.selection.truncation(0.2)
    step = nne.evolution.make_generation_step(fitness_of(net, gen, "gathered"), rule, 64)
    first = nne.evolution.init(jax.random.key(2), NUM_GENES, rule)
    expected, history = nne.evolution.evolve(step, first, batch, 18)
    state, means = first, []
    for _ in range(3):
        now = step.without_fixed(state.allele_freqs)
        state, own = nne.evolution.evolve(now, state, batch, 6)
        means.extend(own.fitness_mean.tolist())
    fixed = np.mean((state.allele_freqs == 0) | (state.allele_freqs == 1))
    assert fixed > 0.3
    np.testing.assert_allclose(means, history.fitness_mean, rtol=1e-4)
    np.testing.assert_allclose(state.allele_freqs, expected.allele_freqs, rtol=1e-4, atol=1e-6)
