"""An engine under jit, vmap and pickle, in chunks; how often it is traced and compiled."""

import dataclasses
import functools
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import engines
from nne_jax.errors import InputError
from tests.engines.cases import CALL, log_likelihood, on_cpu, population_fitness


@pytest.mark.slow
@on_cpu
@pytest.mark.parametrize("chunk_size", [1, 16, 23])
def test_the_chunk_size_changes_no_bit(name, case, chunk_size):
    whole = population_fitness(name, case)
    np.testing.assert_array_equal(population_fitness(name, case, chunk_size=chunk_size), whole)


@pytest.mark.slow
@on_cpu
def test_vmap_over_populations(name, case):
    net, gen, genotypes, batch = case
    two = jnp.stack([genotypes[:32], genotypes[32:]])
    function = engines.make(net, gen, log_likelihood, name)
    together = jax.vmap(function, (0, None))(two, batch)
    np.testing.assert_allclose(together.ravel(), population_fitness(name, case), rtol=2e-5)


@pytest.mark.slow
@on_cpu
def test_it_may_be_jitted_itself(name, case):
    net, gen, genotypes, batch = case
    jitted = jax.jit(engines.make(net, gen, log_likelihood, name))
    np.testing.assert_array_equal(jitted(genotypes, batch), population_fitness(name, case))


@pytest.mark.slow
@on_cpu
def test_nothing_is_traced_on_the_second_call(name, case):
    net, gen, genotypes, batch = case
    traces = []

    def counted(logits, labels):
        traces.append(1)
        return nne.fitness.reward(logits, labels)

    CALL(engines.make(net, gen, counted, name), genotypes, batch)
    first = len(traces)
    CALL(engines.make(net, gen, counted, name), ~genotypes, batch)
    assert len(traces) == first > 0


@pytest.mark.slow
@on_cpu
def test_equal_shapes_share_one_program(name, case):
    """Another network of equal shapes, another temperature, an equal partial: nothing is traced."""
    net, gen, genotypes, batch = case
    traces = []

    def counted(logits, labels, temperature):
        traces.append(1)
        return nne.fitness.log_likelihood(logits, labels, temperature)

    function = jax.jit(lambda function, *arguments: function(*arguments))
    other = dataclasses.replace(gen, effects=-gen.effects)
    counts = []
    for genome in (gen, other):
        bound = functools.partial(counted, temperature=3.0)
        function(engines.make(net, genome, bound, name), genotypes, batch)
        counts.append(len(traces))
    assert counts[0] == counts[1] > 0
    for temperature in (1.0, 2.0):
        traced = jax.tree_util.Partial(counted, temperature=temperature)
        found = function(engines.make(net, gen, traced, name), genotypes, batch)
        counts.append(len(traces))
    assert counts[2] == counts[3] > counts[1]
    plain = functools.partial(nne.fitness.log_likelihood, temperature=2.0)
    expected = engines.make(net, gen, plain, name)(genotypes, batch)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.slow
@on_cpu
def test_it_may_be_pickled(name, case):
    net, gen, genotypes, batch = case
    function = engines.make(net, gen, log_likelihood, name)
    again = pickle.loads(pickle.dumps(function))
    np.testing.assert_array_equal(again(genotypes, batch), function(genotypes, batch))


def test_under_jit_the_plain_engine_is_built(case):
    net, gen, genotypes, batch = case

    @jax.jit
    def inside(net, gen):
        return engines.make(net, gen, log_likelihood)(genotypes, batch)

    np.testing.assert_allclose(inside(net, gen), population_fitness("dense", case), rtol=1e-6)
    with pytest.raises(InputError, match="engine=gathered: it is laid out on the host"):
        jax.jit(lambda net, gen: engines.make(net, gen, log_likelihood, "gathered"))(net, gen)


@pytest.mark.parametrize("name", ["dense", "gathered", "layered", "batched", "packed"])
def test_a_network_is_laid_out_without_a_program_for_each_shape(name, caplog):
    key = jax.random.key(5)
    net = nne.network.init(key, (19, 21, 3), (0.4, 1.0))
    gen = nne.genome.init(key, net, num_genes=37, density=0.15)
    inputs = np.ones((5, 19)) * (np.arange(19) > 2)
    with jax.log_compiles():
        made = engines.make(
            net, gen, log_likelihood, "gathered" if name == "packed" else name, inputs=inputs
        )
        if name == "packed":
            made.without_fixed(np.where(np.arange(37) % 3, 0.0, 0.5))
    compiled = [r.getMessage() for r in caplog.records if "XLA compilation" in r.getMessage()]
    assert not compiled
