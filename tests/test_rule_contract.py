"""Every selection rule is registered here once and gets every property test."""

import itertools
import pickle

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nne_jax import evolution, selection
from nne_jax.errors import InputError

hyperbolic = selection.hyperbolic
# optax's are closures, equal to themselves alone, which pickle refuses
SGD, ADAM, LINEAR = optax.sgd(0.3), optax.adam(0.1), optax.linear_schedule(1.0, 0.1, 10)
RULES = {
    "weak": lambda: selection.replicator(0.5),
    "weak, scheduled": lambda: selection.replicator(LINEAR),
    "weak, hyperbolic": lambda: selection.replicator(hyperbolic(0.5, 0.1)),
    "intensity": lambda: selection.intensity(0.5),
    "truncation": lambda: selection.truncation(0.3),
    "log odds, sgd": lambda: selection.log_odds_gradient(SGD),
    "log odds, adam": lambda: selection.log_odds_gradient(ADAM),
    "pbil": lambda: selection.pbil(0.1, 0.5, margin=0.0),
    "umda": lambda: selection.umda(0.5, margin=0.0),
    "cga": lambda: selection.cga(0.05, margin=0.0),
    "weak + mutation": lambda: selection.with_mutation(selection.replicator(0.5), 0.02),
    "intensity + mutation": lambda: selection.with_mutation(selection.intensity(0.5), 0.02),
    "truncation + mutation": lambda: selection.with_mutation(selection.truncation(0.3), 0.02),
    "adam + mutation": lambda: selection.with_mutation(selection.log_odds_gradient(ADAM), 0.02),
    "pbil + mutation": lambda: selection.with_mutation(selection.pbil(margin=0.0), 0.02),
    "umda + mutation": lambda: selection.with_mutation(selection.umda(margin=0.0), 0.02),
    "cga + mutation": lambda: selection.with_mutation(selection.cga(0.05, margin=0.0), 0.02),
}
every_rule = pytest.mark.parametrize("name", RULES)
NUM_GENES = 20


def size_of(name):
    return 2 if "cga" in name else 50


def population(name, seed=0, size=None):
    size = size or size_of(name)
    keys = jax.random.split(jax.random.key(seed), 3)
    p = jax.random.uniform(keys[0], (NUM_GENES,))
    genotypes = jax.random.bernoulli(keys[1], p[None], (size, NUM_GENES))
    return genotypes, jax.random.normal(keys[2], (size,)) + 2, p


apply = jax.jit(selection.apply)


def update(rule, genotypes, fitness, p, generations=1):
    rule = RULES[rule]() if isinstance(rule, str) else rule
    state = rule.init(p)
    for _ in range(generations):
        p, state = apply(rule, genotypes, fitness, state, p)
    return p


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
