"""Wright-Fisher populations, of one and two too, whatever their fitness."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nne_jax import evolution, population, selection, wright_fisher
from tests.properties import strategies
from tests.properties.strategies import NUM_GENES

RULES = {
    "weak": selection.replicator(0.5),
    "intensity": selection.intensity(1.0),
    "truncation": selection.truncation(0.3),
}
sizes = st.sampled_from((1, 2, 5))
keys = st.integers(0, 2**32 - 1).map(jax.random.key)
reproduce = jax.jit(wright_fisher.reproduce)


def told(genotypes, fitness):
    return fitness


@jax.jit
def generation(rule, state, fitness, mutation_rate):
    """A generation whose fitness is given."""
    step = wright_fisher.make_generation_step(told, rule, mutation_rate)
    return step(state, fitness)


@pytest.mark.slow
@given(st.data(), st.sampled_from(sorted(RULES)), keys, st.booleans())
def test_a_generation_is_a_population_whatever_fitness_is(data, name, key, mutates):
    genotypes, fitness, _ = data.draw(
        strategies.populations(data.draw(sizes), strategies.extreme_fitness, strategies.frequencies)
    )
    state = wright_fisher.WrightFisherState(key, jnp.int32(3), genotypes)
    after, metrics = generation(RULES[name], state, fitness, 0.1 * mutates)
    assert after.genotypes.shape == genotypes.shape
    assert metrics.non_finite == (~np.isfinite(fitness)).sum()
    if not mutates:  # an allele that nobody has does not come, and one that all have stays
        fixed = np.asarray(genotypes == genotypes[:1]).all(axis=0)
        np.testing.assert_array_equal(after.genotypes[:, fixed], np.asarray(genotypes)[:, fixed])


@given(st.data(), keys)
def test_no_allele_is_special(data, key):
    """Children of parents whose alleles are called otherwise are the same children: to the bit."""
    size = data.draw(sizes)
    genotypes = data.draw(strategies.genotypes(size))
    fitness = jnp.abs(data.draw(strategies.vector(strategies.ordinary_fitness, size)))
    children = reproduce(key, genotypes, fitness, 0.1, 0.3)
    np.testing.assert_array_equal(reproduce(key, ~genotypes, fitness, 0.1, 0.3), ~children)


@given(st.data(), keys, st.sampled_from((1.0, 1e-38, 1e38)))
def test_the_unfit_have_no_children(data, key, scale):
    """Without recombination a child is one of the parents of positive fitness, if there is any."""
    genotypes = jnp.eye(5, NUM_GENES, dtype=bool)
    fitness = data.draw(strategies.vector(st.sampled_from((0.0, 1.0, 3.0)), 5)) * scale
    children = reproduce(key, genotypes, fitness, 0.0, 0.0)
    parents = np.argmax(children, axis=1)
    np.testing.assert_array_equal(genotypes[parents], children)
    assert (fitness[parents] > 0).all() or (fitness == 0).all()


@partial(jax.jit, static_argnames=("size", "antithetic"))
def sample(key, p, size, antithetic):
    return population.sample(key, p, size, antithetic)


@pytest.mark.slow
@given(st.data(), keys, sizes, st.booleans())
def test_samples_of_frequencies_0_and_1_are_exact(data, key, size, antithetic):
    p = data.draw(strategies.vector(st.sampled_from((0.0, 1.0, 0.5, 1e-30)), NUM_GENES))
    genotypes = np.asarray(sample(key, p, size, antithetic))
    assert genotypes.shape == (size, NUM_GENES)
    p = np.asarray(p)
    assert not genotypes[:, p == 0].any()
    assert genotypes[:, p == 1].all()
    larger = np.asarray(sample(key, p, 9, antithetic))  # the same individuals in it
    np.testing.assert_array_equal(larger[:size], genotypes)


@settings(max_examples=10)
@given(keys, st.sampled_from((0.0, 0.25, 1.0)), st.booleans())
def test_a_first_generation(key, spread, keep_fittest):
    rule = RULES["intensity"]
    p = evolution.init(key, NUM_GENES, rule, spread, keep_fittest).allele_freqs
    assert (jnp.abs(p - 0.5) <= spread / 2).all()
    assert 0 <= population.heterozygosity(p) <= 0.5
