"""Every selection rule is registered here once and gets every property test."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nne_jax import selection

RULES = {
    "weak": lambda: selection.replicator(0.5),
    "weak, scheduled": lambda: selection.replicator(optax.linear_schedule(1.0, 0.1, 10)),
    "intensity": lambda: selection.intensity(0.5),
    "truncation": lambda: selection.truncation(0.3),
    "log odds, sgd": lambda: selection.log_odds_gradient(optax.sgd(0.3)),
    "log odds, adam": lambda: selection.log_odds_gradient(optax.adam(0.1)),
    "intensity + mutation": lambda: selection.with_mutation(selection.intensity(0.5), 0.02),
    "adam + mutation": lambda: selection.with_mutation(
        selection.log_odds_gradient(optax.adam(0.1)), 0.02
    ),
}
every_rule = pytest.mark.parametrize("name", RULES)


def population(seed=0, size=50, num_genes=20):
    keys = jax.random.split(jax.random.key(seed), 3)
    p = jax.random.uniform(keys[0], (num_genes,))
    genotypes = jax.random.bernoulli(keys[1], p, (size, num_genes))
    return genotypes, jax.random.normal(keys[2], (size,)) + 2, p


def update(name, genotypes, fitness, p, generations=1):
    rule = RULES[name]()
    state = rule.init(p)
    for _ in range(generations):
        p, state = rule.update(genotypes, fitness, state, p)
    return p


@every_rule
def test_frequencies_stay_in_0_1(name):
    genotypes, fitness, p = population()
    for extreme in (fitness, 1e6 * jnp.abs(fitness), jnp.zeros(50).at[0].set(1e30)):
        after = update(name, genotypes, extreme, p, generations=5)
        assert jnp.all((after >= 0) & (after <= 1))


@every_rule
def test_permuting_individuals_changes_nothing(name):
    genotypes, fitness, p = population()
    order = jax.random.permutation(jax.random.key(1), 50)
    np.testing.assert_allclose(
        update(name, genotypes[order], fitness[order], p),
        update(name, genotypes, fitness, p),
        rtol=1e-4,
        atol=1e-6,
    )


@every_rule
def test_permuting_genes_permutes_frequencies(name):
    genotypes, fitness, p = population()
    order = jax.random.permutation(jax.random.key(1), 20)
    np.testing.assert_allclose(
        update(name, genotypes[:, order], fitness, p[order]),
        update(name, genotypes, fitness, p)[order],
        rtol=1e-5,
        atol=1e-7,
    )


@every_rule
def test_relabelling_alleles_mirrors_the_frequencies(name):
    genotypes, fitness, p = population()
    np.testing.assert_allclose(
        update(name, ~genotypes, fitness, 1 - p, generations=3),
        1 - update(name, genotypes, fitness, p, generations=3),
        atol=2e-6,
    )


def test_relabelling_alleles_swaps_their_marginal_fitness():
    genotypes, fitness, _ = population()
    f1, f0 = selection.marginal_fitness(genotypes, fitness)
    g1, g0 = selection.marginal_fitness(~genotypes, fitness)
    chex.assert_trees_all_equal((g1, g0), (f0, f1))


@every_rule
def test_the_fitter_allele_gains(name):
    genotypes = jnp.array([[1, 0], [1, 0], [0, 1], [0, 1]], bool)
    p = jnp.array([0.5, 0.5])
    after = update(name, genotypes, jnp.array([2.0, 1.9, 1.0, 1.1]), p)
    assert after[0] > 0.5 > after[1]


@every_rule
def test_equal_fitness_and_monomorphic_genes_do_not_move(name):
    """Selection needs variation of fitness and of the gene; mutation moves p by μ(1-2p)."""
    genotypes, fitness, p = population()
    genotypes = genotypes.at[:, 0].set(True).at[:, 1].set(False)
    bound = 0.02 * jnp.abs(1 - 2 * p) + 1e-6 if "mutation" in name else 0
    assert jnp.all(jnp.abs(update(name, genotypes, jnp.ones(50), p) - p) <= bound + 1e-6)
    moved = jnp.abs(update(name, genotypes, fitness, p) - p)
    assert jnp.all(moved[:2] <= jnp.broadcast_to(bound, 20)[:2])


@every_rule
def test_fixed_alleles_come_back_by_mutation_only(name):
    genotypes, fitness, p = population()
    p = p.at[:2].set(jnp.array([0.0, 1.0]))
    after = update(name, genotypes, fitness, p)[:2]
    expected = [0.02, 0.98] if "mutation" in name else [0, 1]
    np.testing.assert_allclose(after, expected, atol=1e-6)


@every_rule
def test_state_keeps_its_structure_and_p_its_dtype_under_scan(name):
    rule, (genotypes, fitness, p) = RULES[name](), population()

    def body(carry, _):
        p, state = carry
        return rule.update(genotypes, fitness, state, p), None

    (scanned, _), _ = jax.lax.scan(body, (p, rule.init(p)), length=4)
    assert scanned.dtype == jnp.float32
    looped = update(name, genotypes, fitness, p, generations=4)
    np.testing.assert_allclose(scanned, looped, rtol=1e-4, atol=1e-6)


@every_rule
def test_nothing_is_traced_on_the_second_call(name):
    rule, (genotypes, fitness, p) = RULES[name](), population()
    chex.clear_trace_counter()
    traced = jax.jit(chex.assert_max_traces(rule.update, n=1))
    state = rule.init(p)
    for _ in range(3):
        p, state = traced(genotypes, fitness, state, p)


@every_rule
def test_vmap_over_populations(name):
    rule = RULES[name]()
    genotypes, fitness, p = jax.tree.map(
        lambda *x: jnp.stack(x), *[population(seed) for seed in range(3)]
    )
    states = jax.vmap(rule.init)(p)
    after, _ = jax.vmap(rule.update)(genotypes, fitness, states, p)
    for index in range(3):
        alone = update(name, genotypes[index], fitness[index], p[index])
        np.testing.assert_allclose(after[index], alone, rtol=1e-4, atol=1e-6)
