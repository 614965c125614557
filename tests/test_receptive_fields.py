"""Genes that act on neighbouring pixels of a unit: against the equation, one link after another."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne

KEY = jax.random.key(4)
SIGMA = 1.3


def drawn(edge_prob=0.6, num_chromosomes=1, num_genes=60, biases=False, scale="unit"):
    """36-6-4 units, of images of 6 by 6; the genome without and with receptive fields."""
    net = nne.network.init(KEY, (36, 6, 4), (edge_prob, 1.0), biases=biases)
    options = {"num_chromosomes": num_chromosomes, "scale": scale}
    gen = nne.genome.init(jax.random.fold_in(KEY, 1), net, num_genes, genes_per_weight=5, **options)
    return net, gen, nne.receptive_fields.arrange(KEY, net, gen, SIGMA)


def weight_matrix(gen, rows=slice(None)):
    """W, dense, in float64."""
    dense = np.zeros((gen.num_weights, gen.num_genes))
    np.add.at(dense, (np.asarray(gen.rows), np.asarray(gen.genes)), np.asarray(gen.effects))
    return dense[rows]


@pytest.mark.parametrize("num_chromosomes", [1, 3])
def test_every_effect_is_that_of_the_equation(num_chromosomes):
    net, gen, fields = drawn(num_chromosomes=num_chromosomes)
    uniform = np.asarray(jax.random.uniform(KEY, (4, 60)), np.float64)
    units, own_genes = 6 // num_chromosomes, 60 // num_chromosomes
    expected = np.zeros((net.layers[0].num_links, 60))
    for gene in range(60):
        unit = gene // own_genes * units + gene % own_genes % units
        angle, strength = 2 * math.pi * uniform[2, gene], 2 * uniform[3, gene] - 1
        for link, (sender, receiver) in enumerate(
            zip(net.layers[0].senders.tolist(), net.layers[0].receivers.tolist(), strict=True)
        ):
            down = sender // 6 + 0.5 - 6 * uniform[0, gene]
            right = sender % 6 + 0.5 - 6 * uniform[1, gene]
            distance = math.hypot(down, right)
            if receiver == unit and distance <= 2 * SIGMA:
                slope = (down * math.sin(angle) + right * math.cos(angle)) / SIGMA
                expected[link, gene] = strength * slope * math.exp(-0.5 * (distance / SIGMA) ** 2)
    first = slice(net.layers[0].num_links)
    before = np.sum(weight_matrix(gen, first) ** 2)
    expected *= math.sqrt(before / np.sum(expected**2))
    np.testing.assert_allclose(weight_matrix(fields, first), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("scale", ["unit", "fan_in", 0.3])
def test_variances_and_the_layers_above_stay(scale):
    net, gen, fields = drawn(biases=True, scale=scale)
    first = np.arange(net.layers[0].num_links)
    is_bias = np.asarray(net.layers[0].senders) == 36
    for rows in (first[is_bias], np.arange(len(first), gen.num_weights)):
        np.testing.assert_array_equal(weight_matrix(fields, rows), weight_matrix(gen, rows))
    before, after = (np.sum(weight_matrix(g, first[~is_bias]) ** 2) for g in (gen, fields))
    np.testing.assert_allclose(after, before, rtol=1e-5)
    kept = dataclasses.replace(
        fields, rows=gen.rows, genes=gen.genes, effects=gen.effects
    )  # all else is as it was
    assert jax.tree.structure(kept) == jax.tree.structure(gen)
    assert fields.effects.dtype == jnp.float32
    assert np.all(np.diff(fields.rows) >= 0)


def test_a_field_answers_to_its_edge_and_not_to_light():
    """In a full layer, away from the borders: nothing of an even image, most of a slope along u."""
    net = nne.network.init(KEY, (900, 1, 2), (1.0, 1.0))
    gen = nne.genome.init(KEY, net, 400, genes_per_weight=2)
    fields = nne.receptive_fields.arrange(KEY, net, gen, 2.0)
    of_gene = weight_matrix(fields, slice(900)).T.reshape(400, 30, 30)
    uniform = np.asarray(jax.random.uniform(KEY, (4, 400)))
    inside = np.all(np.abs(30 * uniform[:2] - 15) < 10, axis=0)
    of_gene, angle = of_gene[inside], 2 * np.pi * uniform[2, inside]
    size = np.sum(np.abs(of_gene), axis=(1, 2))
    assert np.sum(np.abs(np.sum(of_gene, axis=(1, 2)))) < 0.03 * np.sum(size)
    down, right = np.mgrid[:30, :30]
    along, across = (
        np.sum(of_gene * (down * y[:, None, None] + right * x[:, None, None]), axis=(1, 2))
        for y, x in ((np.sin(angle), np.cos(angle)), (np.cos(angle), -np.sin(angle)))
    )
    assert np.sum(np.abs(across)) < 0.15 * np.sum(np.abs(along))


def test_as_many_genes_a_weight_as_expected():
    net = nne.network.init(KEY, (900, 5, 2), (0.5, 1.0))
    gen = nne.genome.init(KEY, net, 2000, genes_per_weight=2)
    fields = nne.receptive_fields.arrange(KEY, net, gen, 2.0)
    senders = np.asarray(net.layers[0].senders)
    inside = np.all(np.abs(np.stack(np.divmod(senders, 30)) - 14.5) < 10, axis=0)
    counts = np.count_nonzero(weight_matrix(fields, np.flatnonzero(inside)), axis=1)
    expected = nne.receptive_fields.genes_per_weight(2000, 5, 900, 2.0)
    np.testing.assert_allclose(np.mean(counts), expected, rtol=0.05)


def test_an_image_need_not_be_square():
    net = nne.network.init(KEY, (12, 2, 2), (1.0, 1.0))
    gen = nne.genome.init(KEY, net, 8, genes_per_weight=2)
    fields = nne.receptive_fields.arrange(KEY, net, gen, 0.8, (3, 4))
    far = nne.receptive_fields.arrange(KEY, net, gen, 100.0, (4, 3))
    assert np.count_nonzero(weight_matrix(fields, slice(24))) < 24 * 4
    assert np.count_nonzero(weight_matrix(far, slice(24))) == 24 * 4  # of both units' four genes
    assert nne.receptive_fields.genes_per_weight(8, 2, 12, 100.0) == 4


@pytest.mark.slow
@pytest.mark.parametrize("num_haplotypes", [0, 4])
def test_evolution_on_all_engines_is_that_of_the_plain_one(num_haplotypes):
    ds = nne.data.load("digits")
    net = nne.network.init(KEY, (64, 8, 10), (0.5, 1.0))
    chromosomes = {"num_chromosomes": 4} if num_haplotypes else {}
    gen = nne.genome.init(KEY, net, 80, genes_per_weight=3, **chromosomes)
    gen = nne.receptive_fields.arrange(KEY, net, gen, 1.5)
    batch = jax.tree.map(lambda leaf: leaf[:40], ds.train)
    rule = nne.selection.intensity(0.5)
    sizes = {"population_size": 24, "num_haplotypes": num_haplotypes or None} | chromosomes

    def run(engine):
        fitness = nne.engines.make(net, gen, nne.fitness.log_likelihood, engine)
        step = nne.evolution.make_generation_step(fitness, rule, **sizes)
        return nne.evolution.evolve(step, nne.evolution.init(KEY, 80, rule), batch, 3)[0]

    expected = run("dense").allele_freqs
    assert float(jnp.std(expected)) > 0.01
    for engine in ("gathered", "layered", "batched"):
        np.testing.assert_allclose(run(engine).allele_freqs, expected, atol=1e-5)
