import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.types import InputError
from tests import oracles


def test_express_is_the_dense_product(small, rng):
    genotypes = rng.integers(0, 2, (4, 9))
    expected = genotypes @ oracles.dense_matrix(small.gen).T
    weights = nne.genome.express(small.gen, jnp.asarray(genotypes, bool))
    np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-6)
    one = nne.genome.express(small.gen, jnp.asarray(genotypes[0]))
    np.testing.assert_array_equal(one, weights[0])


def test_expressed_frequencies_are_the_mean_weights(small):
    genotypes = oracles.all_genotypes(9)
    mean = oracles.probabilities(genotypes, np.asarray(small.p, float)) @ (
        genotypes @ oracles.dense_matrix(small.gen).T
    )
    np.testing.assert_allclose(nne.genome.express(small.gen, small.p), mean, rtol=1e-5, atol=1e-6)


def test_entries_follow_the_density_and_the_effects_are_uniform():
    net = nne.network.init(jax.random.key(0), (100, 50, 10), (0.1, 1.0))
    gen = nne.genome.init(jax.random.key(1), net, num_genes=2000, density=0.01)
    size = net.num_links * 2000
    assert abs(gen.links.size - 0.01 * size) < 5 * np.sqrt(0.01 * size)
    genes_of_a_link = np.bincount(gen.links, minlength=net.num_links)
    assert abs(genes_of_a_link.mean() - 20) < 0.5
    assert abs(genes_of_a_link.var() - 20 * 0.99) < 3  # binomial, not a fixed number
    effects = np.asarray(gen.effects)
    assert effects.min() >= -1
    assert effects.max() < 1
    quartiles = np.quantile(effects, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(quartiles, [-0.5, 0, 0.5], atol=0.03)


def test_weight_range_is_attained_and_never_left(small):
    weights = nne.genome.express(small.gen, jnp.asarray(oracles.all_genotypes(9)))
    lowest, highest = nne.genome.weight_range(small.gen)
    np.testing.assert_allclose(weights.min(axis=0), lowest, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weights.max(axis=0), highest, rtol=1e-5, atol=1e-6)


def test_a_genome_without_entries_gives_zero_weights(small):
    gen = nne.genome.init(jax.random.key(0), small.net, num_genes=3, density=0.0)
    np.testing.assert_array_equal(nne.genome.express(gen, jnp.ones(3)), 0)


@pytest.mark.parametrize(("genes", "density", "match"), [(0, 0.1, "num_genes"), (3, -0.1, "outs")])
def test_bad_input(small, genes, density, match):
    with pytest.raises(InputError, match=match):
        nne.genome.init(jax.random.key(0), small.net, genes, density)
