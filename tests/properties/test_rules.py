"""Every selection rule: frequencies stay frequencies, and no individual or allele is special."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nne_jax import selection
from tests.properties import strategies
from tests.properties.strategies import NUM_GENES
from tests.rules.cases import RULES

every_rule = pytest.mark.parametrize("name", RULES)
some_rules = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("weak", "intensity", "pbil") else pytest.mark.slow)
        for name in RULES
    ],
)
ORDINARY = strategies.ordinary_fitness, strategies.dyadic_frequencies


@partial(jax.jit, static_argnames="generations")
def after(rule, genotypes, fitness, p, generations=2):
    """Frequencies after generations of the same genotypes."""
    fitness, _ = selection.replace_non_finite(fitness)
    state = rule.init(p)
    for _ in range(generations):
        p, state = selection.apply(rule, genotypes, fitness, state, p)
    return p


def sizes(name):
    """A population of one, of two, and a larger one."""
    return st.just(2) if "cga" in name else st.sampled_from((1, 2, 5))


def drawn(data, name, fitness, p):
    return data.draw(strategies.populations(data.draw(sizes(name)), fitness, p))


@every_rule
@given(data=st.data())
def test_frequencies_stay_in_0_1_whatever_fitness_is(name, data):
    population = drawn(data, name, strategies.extreme_fitness, strategies.frequencies)
    p = after(RULES[name](), *population)
    assert ((p >= 0) & (p <= 1)).all()


@every_rule
@given(data=st.data())
def test_frequencies_of_0_and_1_stay_without_mutation(name, data):
    """To the bit; of genotypes that these frequencies can have."""
    genotypes, fitness, p = drawn(
        data, name, strategies.extreme_fitness, st.sampled_from((0.0, 1.0))
    )
    genotypes = jnp.broadcast_to(p == 1, genotypes.shape)
    moved = after(RULES[name](), genotypes, fitness, p, generations=1)
    mutated = "mutation" in name
    np.testing.assert_allclose(moved, 0.96 * p + 0.02 if mutated else p, atol=1e-7 * mutated)


@some_rules
@settings(max_examples=15)
@given(data=st.data())
def test_no_individual_is_special(name, data):
    genotypes, fitness, p = drawn(data, name, *ORDINARY)
    order = data.draw(strategies.orders(fitness.size))
    one = after(RULES[name](), genotypes, fitness, p)
    other = after(RULES[name](), genotypes[order], fitness[order], p)
    np.testing.assert_allclose(one, other, atol=1e-5)


@some_rules
@settings(max_examples=15)
@given(data=st.data())
def test_no_gene_is_special(name, data):
    genotypes, fitness, p = drawn(data, name, *ORDINARY)
    order = data.draw(strategies.orders(NUM_GENES))
    one = after(RULES[name](), genotypes, fitness, p)
    other = after(RULES[name](), genotypes[:, order], fitness, p[order])
    np.testing.assert_allclose(one[order], other, atol=1e-5)


@some_rules
@settings(max_examples=15)
@given(data=st.data())
def test_no_allele_is_special(name, data):
    """Where 0 is called 1, and 1 is called 0, frequencies are 1 - p."""
    genotypes, fitness, p = drawn(data, name, *ORDINARY)
    one = after(RULES[name](), genotypes, fitness, p)
    other = after(RULES[name](), ~genotypes, fitness, 1 - p)
    np.testing.assert_allclose(1 - one, other, atol=1e-4)


@given(strategies.vector(strategies.extreme_fitness, 5))
def test_what_is_not_finite_counts_as_the_lowest(fitness):
    replaced, count = selection.replace_non_finite(fitness)
    finite = np.isfinite(fitness)
    assert count == (~finite).sum()
    np.testing.assert_array_equal(replaced[finite], fitness[finite])
    lowest = np.min(fitness, where=finite, initial=np.inf) if finite.any() else 0
    assert (replaced[~finite] == lowest).all()


@given(strategies.vector(strategies.ordinary_fitness, 5), st.integers(-80, 80))
def test_standard_fitness_has_no_scale(fitness, exponent):
    """To the bit by powers of two; its mean is 0 and its sd 1, or all are 0."""
    standard = selection.standardise(fitness)
    np.testing.assert_array_equal(selection.standardise(fitness * 2.0**exponent), standard)
    sd = 0 if (fitness == fitness[0]).all() else 1
    np.testing.assert_allclose([jnp.mean(standard), jnp.std(standard)], [0, sd], atol=1e-5)
