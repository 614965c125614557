"""What population genetics asks of every selection rule."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import selection
from nne_jax.errors import InputError
from tests.rules.cases import NUM_GENES, RULES, every_rule, population, size_of, update


def without_selection(name, genotypes, p):
    """Where equal fitness, and mutation at 0.02, leave p: PBIL and UMDA drift with the sample."""
    rate = {"pbil": 0.1, "umda": 1.0}.get(name.partition(" ")[0], 0.0)
    p = (1 - rate) * p + rate * jnp.mean(genotypes, axis=0, dtype=jnp.float32)
    return 0.96 * p + 0.02 if "mutation" in name else p


@every_rule
def test_frequencies_stay_in_0_1(name):
    genotypes, fitness, p = population(name)
    for extreme in (fitness, 1e6 * jnp.abs(fitness), jnp.zeros_like(fitness).at[0].set(1e30)):
        after = update(name, genotypes, extreme, p, generations=5)
        assert jnp.all((after >= 0) & (after <= 1))


@every_rule
def test_permuting_individuals_changes_nothing(name):
    genotypes, fitness, p = population(name)
    order = jax.random.permutation(jax.random.key(1), fitness.size)
    np.testing.assert_allclose(
        update(name, genotypes[order], fitness[order], p),
        update(name, genotypes, fitness, p),
        rtol=1e-4,
        atol=1e-6,
    )


@every_rule
def test_permuting_genes_permutes_frequencies(name):
    genotypes, fitness, p = population(name)
    order = jax.random.permutation(jax.random.key(1), NUM_GENES)
    np.testing.assert_allclose(
        update(name, genotypes[:, order], fitness, p[order]),
        update(name, genotypes, fitness, p)[order],
        rtol=1e-5,
        atol=1e-7,
    )


@pytest.mark.slow
@every_rule
def test_relabelling_alleles_mirrors_the_frequencies(name):
    genotypes, fitness, p = population(name)
    np.testing.assert_allclose(
        update(name, ~genotypes, fitness, 1 - p, generations=3),
        1 - update(name, genotypes, fitness, p, generations=3),
        atol=2e-6,
    )


def test_relabelling_alleles_swaps_their_marginal_fitness():
    genotypes, fitness, _ = population("weak")
    f1, f0 = selection.marginal_fitness(genotypes, fitness)
    g1, g0 = selection.marginal_fitness(~genotypes, fitness)
    chex.assert_trees_all_equal((g1, g0), (f0, f1))


@every_rule
def test_the_fitter_allele_gains(name):
    genotypes = jnp.array([[1, 0], [0, 1], [1, 0], [0, 1]], bool)[: size_of(name)]
    p = jnp.array([0.5, 0.5])
    after = update(name, genotypes, jnp.array([2.0, 1.0, 1.9, 1.1])[: size_of(name)], p)
    assert after[0] > 0.5 > after[1]


@every_rule
def test_equal_fitness_and_monomorphic_genes_do_not_move(name):
    """Selection needs variation of fitness and of the gene; mutation moves p by μ(1-2p)."""
    genotypes, fitness, p = population(name)
    genotypes = genotypes.at[:, 0].set(True).at[:, 1].set(False)
    expected = without_selection(name, genotypes, p)
    after = update(name, genotypes, jnp.ones_like(fitness), p)
    np.testing.assert_allclose(after, expected, atol=1e-6)
    moved = jnp.abs(update(name, genotypes, fitness, p) - p)
    rounding = 1e-6 if any(word in name for word in ("mutation", "pbil", "umda")) else 0
    assert jnp.all(moved[:2] <= jnp.abs(expected - p)[:2] + rounding)


@every_rule
def test_fixed_alleles_come_back_by_mutation_only(name):
    genotypes, fitness, p = population(name)
    p = p.at[:2].set(jnp.array([0.0, 1.0]))
    if "cga" in name:  # which looks at the sample alone, and so needs one of these frequencies
        genotypes = genotypes.at[:, :2].set(p[None, :2] > 0)
    after = update(name, genotypes, fitness, p)[:2]
    expected = [0.02, 0.98] if "mutation" in name else [0, 1]
    np.testing.assert_allclose(after, expected, atol=1e-6)


@pytest.mark.slow
@every_rule
@pytest.mark.parametrize("offset", [-1000.0, -3.0, 1000.0])
def test_an_allele_all_of_whose_carriers_are_less_fit_never_gains(name, offset):
    """Also where relative fitness 1 + ε δ would be negative: it counts as 0 (FAULTS K1)."""
    _, fitness, _ = population(name)
    fitness = jnp.sort(fitness) + offset
    for carriers in {1, size_of(name) - 1}:
        genotypes = (jnp.arange(fitness.size) < carriers)[:, None]
        p = jnp.mean(genotypes, axis=0, dtype=jnp.float32)
        mutated = 0.02 * (1 - 2 * p) if "mutation" in name else 0
        assert update(name, genotypes, fitness, p) <= p + jnp.maximum(mutated, 0) + 1e-6


def test_nobody_breeds_where_all_relative_fitness_would_be_negative():
    """With 1 + ε δ of -2 and -1 the worse allele would gain: p = 1/3 of 1/2."""
    genotypes, p = jnp.array([[0], [1]]), jnp.array([0.5])
    rule = selection.replicator(1.0)
    fitness = jnp.array([-3.0, -2.0])
    np.testing.assert_array_equal(rule.relative_fitness(fitness, rule.init(p)), 0)
    np.testing.assert_array_equal(update(rule, genotypes, fitness, p), p)


@pytest.mark.slow
@every_rule
@pytest.mark.parametrize("size", [1, 2])
def test_the_smallest_populations(name, size):
    if "cga" in name and size != 2:
        with pytest.raises(InputError, match="population_size=1: cga compares two genotypes"):
            update(name, *population(name, size=size))
        return
    genotypes, fitness, p = population(name, size=size)
    after = update(name, genotypes, fitness, p, generations=3)
    assert jnp.all((after >= 0) & (after <= 1))
    if size == 1:
        once = update(name, genotypes, fitness, p)
        np.testing.assert_allclose(once, without_selection(name, genotypes, p), atol=1e-6)


@every_rule
def test_a_rule_that_says_so_keeps_what_is_fixed(name):
    """And those with mutation say nothing, for theirs comes back."""
    genotypes, fitness, p = population(name)
    p = p.at[:8].set(jnp.array([0.0, 1.0] * 4))
    genotypes = genotypes.at[:, :8].set(p[:8] == 1)
    kept = jnp.all(update(name, genotypes, fitness, p, generations=3)[:8] == p[:8])
    says = getattr(RULES[name](), "keeps_fixed", False)
    assert kept or not says
    if "mutation" in name:
        assert not kept
        assert not says
    if name in ("weak", "intensity", "truncation", "log odds, adam"):
        assert says
