import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from tests import oracles


@pytest.mark.slow
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
    assert abs(gen.rows.size - 0.01 * size) < 5 * np.sqrt(0.01 * size)
    genes_of_a_link = np.bincount(gen.rows, minlength=net.num_links)
    assert abs(genes_of_a_link.mean() - 20) < 0.5
    assert abs(genes_of_a_link.var() - 20 * 0.99) < 3  # binomial, not a fixed number
    effects = np.asarray(gen.effects)
    assert effects.min() >= -1
    assert effects.max() < 1
    quartiles = np.quantile(effects, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(quartiles, [-0.5, 0, 0.5], atol=0.03)


def test_a_genome_without_entries_gives_zero_weights(small):
    gen = nne.genome.init(jax.random.key(0), small.net, num_genes=3, density=0.0)
    np.testing.assert_array_equal(nne.genome.express(gen, jnp.ones(3)), 0)


PARAMS = {"bias": jnp.full(4, 2.0), "kernel": jnp.ones((3, 4)), "half": jnp.ones(2, jnp.bfloat16)}


@pytest.mark.slow
def test_any_pytree_of_parameters_comes_back_in_its_form(rng):
    gen = nne.genome.init(jax.random.key(2), PARAMS, num_genes=30, genes_per_weight=4)
    x = rng.integers(0, 2, 30)
    params = nne.genome.parameters(gen, jnp.asarray(x, bool))
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), params) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), PARAMS
    )
    flat = np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in jax.tree.leaves(params)])
    np.testing.assert_allclose(flat, oracles.dense_matrix(gen) @ x, rtol=0.01, atol=1e-6)
    kernel = slice(6, 18)  # bias, half, kernel
    exact = (oracles.dense_matrix(gen) @ x)[kernel].reshape(3, 4)
    np.testing.assert_allclose(params["kernel"], exact, rtol=1e-5, atol=1e-6)


def test_shapes_alone_are_enough_for_a_model():
    shapes = jax.eval_shape(lambda: PARAMS)
    one, other = (
        nne.genome.init(jax.random.key(2), model, 30, density=0.1) for model in (PARAMS, shapes)
    )
    np.testing.assert_array_equal(one.effects, other.effects)
    assert one.structure == other.structure


@pytest.mark.slow
def test_base_is_what_evolution_goes_on_around(small, rng):
    gen = nne.genome.init(jax.random.key(2), PARAMS, 30, density=0.1, base=PARAMS)
    without = nne.genome.parameters(gen, jnp.zeros(30, bool))
    assert jax.tree.all(jax.tree.map(lambda a, b: bool(jnp.all(a == b)), without, PARAMS))
    weights = rng.normal(size=small.net.num_links).astype(np.float32)
    x = jnp.asarray(rng.integers(0, 2, 9), bool)
    key = jax.random.key(4)
    plain, moved = (nne.genome.init(key, small.net, 9, 0.4, base=b) for b in (None, weights))
    expected = nne.genome.express(plain, x) + weights
    np.testing.assert_allclose(nne.genome.express(moved, x), expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(784, 300, 100, 10), (64, 64, 10)])
def test_fan_in_starts_a_network_of_any_depth_at_a_guess(sizes):
    """The likelihood of a guess is -log 10 = -2.303; with unit effects it is hundreds below."""
    net = nne.network.init(jax.random.key(0), sizes, (1.0,) * (len(sizes) - 1))
    inputs = 0.45 * jax.random.uniform(jax.random.key(1), (50, sizes[0]))
    batch = nne.data.Batch(inputs, jnp.arange(50) % 10)
    genotypes = nne.population.sample(jax.random.key(2), jnp.full(500, 0.5), 10)
    likelihood = {}
    for scale in ("fan_in", "unit"):
        gen = nne.genome.init(jax.random.key(3), net, 500, genes_per_weight=5, scale=scale)
        fitness = nne.engines.make(net, gen, nne.fitness.log_likelihood, "dense")
        likelihood[scale] = float(jnp.mean(fitness(genotypes, batch)))
    assert -2.45 < likelihood["fan_in"] < -2.25
    assert likelihood["unit"] < -4


@pytest.mark.slow
def test_fan_in_gives_weights_a_variance_of_one_over_the_inputs():
    model = {"kernel": jnp.zeros((40, 50)), "conv": jnp.zeros((3, 3, 8, 30)), "b": jnp.zeros(600)}
    gen = nne.genome.init(jax.random.key(0), model, 2000, genes_per_weight=5, scale="fan_in")
    genotypes = nne.population.sample(jax.random.key(1), jnp.full(2000, 0.5), 30)
    params = jax.vmap(nne.genome.parameters, (None, 0))(gen, genotypes)
    for name, inputs in (("kernel", 40), ("conv", 72), ("b", 600)):
        assert float(jnp.mean(params[name] ** 2)) * inputs == pytest.approx(1, abs=0.1), name
    gen = nne.genome.init(
        jax.random.key(0), model["kernel"], 2000, genes_per_weight=5, scale="fan_in", output_axis=0
    )
    assert float(jnp.max(jnp.abs(gen.effects))) == pytest.approx((6 / (5 * 50)) ** 0.5, rel=0.01)


def test_scale_is_the_largest_effect():
    one, small = (nne.genome.init(jax.random.key(0), PARAMS, 30, 0.2, scale=s) for s in (1, 0.02))
    np.testing.assert_allclose(small.effects, 0.02 * one.effects, rtol=1e-6)


@pytest.mark.slow
def test_the_identity_genome_takes_weights_for_alleles(small, rng):
    weights = jnp.asarray(rng.normal(size=small.net.num_links), jnp.float32)
    gen = nne.genome.identity(small.net)
    np.testing.assert_array_equal(nne.genome.express(gen, weights), weights)
    flat = jnp.arange(18, dtype=jnp.float32)
    params = nne.genome.parameters(nne.genome.identity(PARAMS), flat)
    np.testing.assert_array_equal(params["kernel"], flat[6:].reshape(3, 4))


def test_a_genome_is_no_array_to_compare():
    gen = nne.genome.identity(PARAMS)
    assert gen == gen
    assert gen != nne.genome.identity(PARAMS)
