"""Genomes of every density, of networks and of any model: expression is linear."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nne_jax import genome
from nne_jax.theory import bounds, enumeration
from tests import oracles
from tests.properties import strategies
from tests.properties.problems import problems

MODEL = {"bias": jnp.zeros(3), "kernel": jnp.zeros((2, 3)), "scale": jnp.zeros(())}


@pytest.mark.slow
@settings(max_examples=8)
@given(problems(), st.integers(0, 8), st.data())
def test_expressing_a_genome_is_linear(problem, eighths, data):
    """W x of a mean is the mean of W x; and it is the dense matrix in float64."""
    gen, share = problem.gen, eighths / 8
    shape = problem.genotypes.shape[1]
    x, y = (data.draw(strategies.vector(strategies.dyadic_frequencies, shape)) for _ in "xy")
    mixed = genome.express(gen, share * x + (1 - share) * y)
    apart = share * genome.express(gen, x) + (1 - share) * genome.express(gen, y)
    np.testing.assert_allclose(mixed, apart, atol=1e-5)
    base = 0 if gen.base is None else np.asarray(gen.base)
    matrix = oracles.dense_matrix(gen)
    np.testing.assert_allclose(mixed, base + matrix @ (share * x + (1 - share) * y), atol=1e-5)
    alone = [genome.express(gen, genotype) for genotype in problem.genotypes]
    np.testing.assert_allclose(genome.express(gen, problem.genotypes), alone, atol=1e-6)


@pytest.mark.slow
@settings(max_examples=6)
@given(problems())
def test_weights_are_within_their_range(problem):
    lowest, highest = bounds.weight_range(problem.gen)
    weights = genome.express(problem.gen, problem.genotypes)
    assert (weights >= lowest[None] - 1e-5).all()
    assert (weights <= highest[None] + 1e-5).all()


@settings(max_examples=10)
@given(st.sampled_from((1, 4)), st.sampled_from((0.0, 0.5, 1.0)), st.booleans())
def test_any_model_gets_its_own_form_back(num_genes, density, around):
    base = jax.tree.map(lambda leaf: leaf + 2, MODEL) if around else None
    gen = genome.init(jax.random.key(0), MODEL, num_genes, density, scale="fan_in", base=base)
    params = genome.parameters(gen, jnp.zeros(num_genes, bool))
    assert jax.tree.structure(params) == jax.tree.structure(MODEL)
    for leaf, expected in zip(jax.tree.leaves(params), jax.tree.leaves(base or MODEL), strict=True):
        np.testing.assert_array_equal(leaf, expected)
    weights = jnp.arange(10.0)
    again = genome.express(genome.identity(MODEL), weights)
    np.testing.assert_array_equal(again, weights)


@given(st.data(), st.integers(1, 4))
def test_all_genotypes_are_numbered_and_their_probabilities_add_up(data, num_genes):
    genotypes = enumeration.all_genotypes(num_genes)
    np.testing.assert_array_equal(enumeration.index(genotypes), np.arange(2**num_genes))
    p = data.draw(strategies.vector(strategies.dyadic_frequencies, num_genes))
    probabilities = enumeration.probabilities(p)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(), 1, atol=1e-6)
    np.testing.assert_allclose(probabilities @ genotypes.astype(jnp.float32), p, atol=1e-6)
