"""Derivatives through a generation's selection, against central differences in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import selection

KEY = jax.random.key(0)
RULES = {
    "replicator": selection.replicator,
    "intensity": selection.intensity,
    "mutation": lambda strength: selection.with_mutation(selection.intensity(strength), 0.01),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("what", ["strength", "fitness"])
def test_frequencies_by_the_strength_of_selection_and_by_fitness(name, what):
    with jax.enable_x64(True):
        p = jnp.full(5, 0.3)
        genotypes = nne.population.sample(KEY, jnp.full(5, 0.4), 40)
        fitness = jnp.exp(0.3 * jax.random.normal(KEY, (40,)))

        def after(x):
            strength, exponent = (x, 1.0) if what == "strength" else (0.3, x)
            rule = RULES[name](strength)
            moved, _ = selection.apply(rule, genotypes, fitness**exponent, rule.init(p), p)
            return jnp.sum(moved)

        at, d = 0.3 if what == "strength" else 1.0, 1e-5
        differences = (after(at + d) - after(at - d)) / (2 * d)
        assert abs(differences) > 0.01
        np.testing.assert_allclose(jax.grad(after)(at), differences, rtol=1e-6)
        np.testing.assert_allclose(jax.jvp(after, (at,), (1.0,))[1], differences, rtol=1e-6)


@pytest.mark.parametrize("expected", [None, 0.5])
def test_marginal_fitness_is_linear_in_fitness(expected):
    """f1 is the mean of two carriers; with p = 1/2 both have a share of 1/(N p) = 1/2 as well."""
    genotypes = jnp.array([[1], [1], [0], [0]], bool)
    fitness, p = jnp.array([1.0, 2.0, 3.0, 5.0]), None if expected is None else jnp.array([0.5])
    derivatives = jax.jacobian(lambda f: selection.marginal_fitness(genotypes, f, p))(fitness)
    np.testing.assert_allclose(derivatives[0], [[0.5, 0.5, 0, 0]], atol=1e-7)
    np.testing.assert_allclose(derivatives[1], [[0, 0, 0.5, 0.5]], atol=1e-7)


def test_individuals_that_share_haplotypes():
    shared = nne.assortment.assort(KEY, jnp.full(8, 0.4), 40, 4, 2)
    fitness = jax.random.normal(KEY, (40,))
    one, other = (
        jax.grad(lambda f, x=x: jnp.sum(selection.marginal_fitness(x, f)[0] ** 2))(fitness)
        for x in (shared, shared.genotypes())
    )
    assert jnp.std(one) > 0.01
    np.testing.assert_allclose(one, other, rtol=1e-5)


def test_equal_fitness_has_a_derivative():
    np.testing.assert_array_equal(
        jax.grad(lambda f: jnp.sum(selection.standardise(f) ** 3))(jnp.ones(4)), 0
    )
