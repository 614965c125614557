"""Every engine on every network: the same fitness, that of a float64 loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings

from nne_jax import engines, fitness, phenotype
from nne_jax.engines import fused
from tests import oracles
from tests.properties.problems import problems

DEEP = ((3, 2), (3, 4, 3, 2), (3, 1))


def expected(problem):
    net, gen, batch, genotypes = problem
    base = 0 if gen.base is None else np.asarray(gen.base, float)
    weights = base + np.asarray(genotypes, float) @ oracles.dense_matrix(gen).T
    each = [oracles.logits(net, w, batch.inputs) for w in weights]
    return [-oracles.cross_entropy(z, batch.labels).mean() for z in each]


def measured(problem, engine, **options):
    net, gen, batch, genotypes = problem
    made = engines.make(net, gen, fitness.log_likelihood, engine, **options)
    return jax.jit(made)(genotypes, batch)


def assert_close(actual, desired):
    np.testing.assert_allclose(actual, desired, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@settings(max_examples=6)
@given(problems())
def test_dense_gathered_and_batched_are_a_float64_loop(problem):
    for engine in ("dense", "gathered", "batched"):
        assert_close(measured(problem, engine), expected(problem))


@pytest.mark.slow
@settings(max_examples=4)
@given(problems())
def test_links_of_silent_inputs_have_no_part_in_it(problem):
    for engine in ("dense", "gathered"):
        found = measured(problem, engine, inputs=problem.batch.inputs)
        assert_close(found, expected(problem))


@settings(max_examples=5)
@given(problems(DEEP))
def test_networks_of_any_depth(problem):
    assert_close(measured(problem, "dense"), expected(problem))


@settings(max_examples=4)
@given(problems())
def test_any_model_is_the_network_too(problem):
    net, gen, batch, genotypes = problem

    def individual(weights, batch):
        return fitness.log_likelihood(phenotype.apply(net, weights, batch.inputs), batch.labels)

    found = jax.jit(engines.per_individual(individual, gen))(genotypes, batch)
    assert_close(found, expected(problem))


@pytest.mark.slow
@settings(max_examples=8)
@given(problems())
def test_the_fused_kernel_in_the_interpreter(problem):
    assert_close(measured(problem, fused.INTERPRETED), expected(problem))


@pytest.mark.slow
@settings(max_examples=30)
@given(problems())
def test_many_more_networks(problem):
    dense = measured(problem, "dense")
    assert_close(dense, expected(problem))
    assert_close(measured(problem, "gathered", chunk_size=1), dense)
    assert jnp.isfinite(dense).all()
