"""Every selection rule under jit, vmap, scan and pickle."""

import itertools
import pickle

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nne_jax import evolution, selection
from tests.rules.cases import NUM_GENES, RULES, every_rule, hyperbolic, population, update


@every_rule
def test_no_rank_and_no_dtype_is_promoted(name):
    arguments = population(name)
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        strict = update(name, *arguments, generations=2)
    np.testing.assert_array_equal(strict, update(name, *arguments, generations=2))


@every_rule
def test_state_keeps_its_structure_and_p_its_dtype_under_scan(name):
    rule, (genotypes, fitness, p) = RULES[name](), population(name)

    def body(carry, _):
        p, state = carry
        return selection.apply(rule, genotypes, fitness, state, p), None

    (scanned, _), _ = jax.lax.scan(body, (p, rule.init(p)), length=4)
    assert scanned.dtype == jnp.float32
    looped = update(name, genotypes, fitness, p, generations=4)
    np.testing.assert_allclose(scanned, looped, rtol=1e-4, atol=1e-6)


@every_rule
def test_a_rule_is_an_argument_of_jit_and_nothing_is_traced_on_the_second_call(name):
    rule, (genotypes, fitness, p) = RULES[name](), population(name)
    expected = update(name, genotypes, fitness, p, generations=3)
    chex.clear_trace_counter()
    traced = jax.jit(chex.assert_max_traces(selection.apply, n=1))
    state = rule.init(p)
    for _ in range(3):
        p, state = traced(RULES[name](), genotypes, fitness, state, p)
    np.testing.assert_allclose(p, expected, rtol=1e-5, atol=1e-7)


@every_rule
def test_two_equal_rules_are_the_same_to_the_compiler(name):
    one, other = RULES[name](), RULES[name]()
    assert jax.tree.structure(one) == jax.tree.structure(other)
    chex.assert_trees_all_equal(one, other)


def test_two_classes_are_never_the_same_to_the_compiler():
    """With jaxlib 0.10's dataclasses they are, where fields are alike, and jit mixes them up."""
    kinds = {name: jax.tree.structure(make()) for name, make in RULES.items()}
    for one, other in itertools.combinations(kinds.values(), 2):
        assert (one == other) == (repr(one) == repr(other))
    assert kinds["weak"] != kinds["intensity"]
    assert kinds["truncation + mutation"] != kinds["weak + mutation"]


def test_two_equal_steps_share_one_compiled_program():
    traces = []

    def fitness(genotypes, batch):
        traces.append(batch)
        return jnp.mean(genotypes, axis=1, dtype=jnp.float32)

    states = []
    for strength in (0.5, 0.5, 0.1):
        rule = selection.with_mutation(selection.intensity(strength), 0.1 * strength)
        step = evolution.make_generation_step(fitness, rule, 30)
        state = evolution.init(jax.random.key(0), NUM_GENES, rule)
        states.append(evolution.evolve(step, state, None, 2)[0].allele_freqs)
    assert len(traces) == 1
    np.testing.assert_array_equal(*states[:2])
    assert not np.allclose(states[0], states[2])


@pytest.mark.parametrize(
    "name",
    [name for name in RULES if not any(word in name for word in ("odds", "adam", "scheduled"))],
)
def test_an_unpickled_rule_gives_the_same_bits(name):
    rule = RULES[name]()
    unpickled = pickle.loads(pickle.dumps(rule))
    assert unpickled == rule
    arguments = population(name)
    np.testing.assert_array_equal(update(unpickled, *arguments, 3), update(rule, *arguments, 3))


NUMBERS = {
    "intensity": (selection.intensity, [0.1, 0.5, 3.0]),
    "epsilon": (selection.replicator, [0.1, 0.5, 3.0]),
    "selected fraction of truncation": (selection.truncation, [0.1, 0.5, 0.9]),
    "mutation rate": (
        lambda rate: selection.with_mutation(selection.intensity(0.5), rate),
        [0.0, 0.1, 0.5],
    ),
    "start": (lambda start: selection.replicator(hyperbolic(start, 0.5)), [0.1, 0.5, 3.0]),
    "decay": (lambda decay: selection.intensity(hyperbolic(0.5, decay)), [0.0, 0.5, 3.0]),
    "decay of the mutation rate": (
        lambda decay: selection.with_mutation(selection.umda(), hyperbolic(0.1, decay)),
        [0.0, 0.5, 3.0],
    ),
    "learning rate": (selection.pbil, [0.01, 0.5, 1.0]),
    "selected fraction of pbil": (lambda x: selection.pbil(0.1, x), [0.1, 0.5, 0.9]),
    "margin of pbil": (lambda margin: selection.pbil(0.5, 0.5, margin), [0.0, 0.1, 0.5]),
    "selected fraction of umda": (selection.umda, [0.1, 0.5, 0.9]),
    "margin of umda": (lambda margin: selection.umda(0.5, margin), [0.0, 0.1, 0.5]),
    "step": (selection.cga, [0.01, 0.1, 1.0]),
    "margin of cga": (lambda margin: selection.cga(0.1, margin), [0.0, 0.1, 0.5]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_vmap_over_every_number_is_the_loop_and_is_traced_once(name):
    make, values = NUMBERS[name]
    rule_name = "cga" if name in ("step", "margin of cga") else name
    genotypes, fitness, p = population(rule_name)
    chex.clear_trace_counter()

    @jax.jit
    @chex.assert_max_traces(n=1)
    def after(rule):
        return update(rule, genotypes, fitness, p, generations=3)

    rules = jax.vmap(make)(jnp.array(values))
    mapped = jax.vmap(after)(rules)
    for value, row in zip(values, mapped, strict=True):
        alone = update(make(value), genotypes, fitness, p, generations=3)
        np.testing.assert_allclose(row, alone, rtol=1e-5, atol=1e-7)
    assert not np.allclose(mapped[0], mapped[2])


@pytest.mark.slow
def test_vmap_over_an_optimisers_own_numbers_in_its_state():
    rule = selection.log_odds_gradient(optax.inject_hyperparams(optax.sgd)(learning_rate=0.1))
    genotypes, fitness, p = population("log odds")
    state, rates = rule.init(p), jnp.array([0.01, 0.3])

    def after(rate):
        varied = state._replace(hyperparams={"learning_rate": rate})
        return selection.apply(rule, genotypes, fitness, varied, p)[0]

    for rate, row in zip(rates, jax.vmap(after)(rates), strict=True):
        alone = update(selection.log_odds_gradient(optax.sgd(float(rate))), genotypes, fitness, p)
        np.testing.assert_allclose(row, alone, rtol=1e-5)


@pytest.mark.slow
def test_vmap_over_rules_in_evolve():
    def fitness(genotypes, batch):
        return jnp.mean(genotypes, axis=1, dtype=jnp.float32)

    def evolved(rule):
        step = evolution.make_generation_step(fitness, rule, 30)
        state = evolution.init(jax.random.key(0), NUM_GENES, rule)
        return evolution.evolve(step, state, None, 5)[0].allele_freqs

    values = [0.1, 0.5, 2.0]
    mapped = jax.vmap(evolved)(jax.vmap(selection.intensity)(jnp.array(values)))
    for value, row in zip(values, mapped, strict=True):
        np.testing.assert_allclose(row, evolved(selection.intensity(value)), rtol=1e-5)


@pytest.mark.slow
@every_rule
def test_vmap_over_populations(name):
    rule = RULES[name]()
    genotypes, fitness, p = jax.tree.map(
        lambda *x: jnp.stack(x), *[population(name, seed) for seed in range(3)]
    )
    states = jax.vmap(rule.init)(p)
    after, _ = jax.vmap(lambda *x: selection.apply(rule, *x))(genotypes, fitness, states, p)
    for index in range(3):
        alone = update(name, genotypes[index], fitness[index], p[index])
        np.testing.assert_allclose(after[index], alone, rtol=1e-4, atol=1e-6)
