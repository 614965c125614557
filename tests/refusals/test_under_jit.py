"""What has no value yet: shapes are refused all the same; numbers become NaN, or are counted."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.tree_util import Partial

from nne_jax import evolution, genome, network, population, selection, theory, wright_fisher
from nne_jax.adapters import AskTell, evosax
from nne_jax.adapters import optax as own_optax
from nne_jax.errors import InputError
from tests.adapters.test_evosax import Strategy
from tests.refusals.parts import (
    BATCH,
    FITNESS,
    GENOTYPES,
    KEY,
    NAN,
    POPULATION_FITNESS,
    RULE,
    STATE,
    STEP,
    WF_STATE,
    NoPytree,
    P,
)


def ones(genotypes, batch):
    return jnp.sum(genotypes, axis=1)


NUMBERS = {  # of every rule, with what is out of their bounds
    "replicator": (selection.replicator, -1.0),
    "intensity": (selection.intensity, -1.0),
    "truncation": (selection.truncation, 1.5),
    "pbil": (selection.pbil, 1.5),
    "pbil's fraction": (lambda x: selection.pbil(0.1, x), -0.5),
    "umda": (selection.umda, 2.0),
    "cga": (selection.cga, -0.1),
    "mutation": (lambda x: selection.with_mutation(RULE, x), 0.7),
}


def always(value, generation):
    """A schedule."""
    return value


def generation(rule):
    size = 2 if isinstance(rule, selection.estimation.CGA) else 4
    step = evolution.make_generation_step(ones, rule, size)
    state = evolution.init(KEY, 9, rule, spread=0.0)
    return evolution.evolve(step, state, None, 1)[1].heterozygosity[0]


heterozygosity = jax.jit(generation)  # of a rule, whose numbers are traced


@pytest.mark.parametrize("name", NUMBERS)
def test_a_schedule_out_of_its_bounds_is_seen_in_the_metrics(name):
    """A negative strength would let the worse allele gain."""
    make, outside = NUMBERS[name]
    for value in (outside, NAN, jnp.inf):
        assert jnp.isnan(heterozygosity(make(Partial(always, value))))
    assert jnp.isfinite(heterozygosity(make(Partial(always, 0.3))))


@pytest.mark.parametrize("name", ["intensity", "mutation"])
def test_so_is_a_number_under_vmap_and_alone(name):
    make, outside = NUMBERS[name]
    mapped = jax.vmap(lambda x: generation(make(x)))(jnp.array([0.3, outside]))
    np.testing.assert_array_equal(jnp.isfinite(mapped), [True, False])


def test_rounding_is_not_out_of_bounds():
    """Of a schedule that ends at 0, say."""
    assert generation(selection.intensity(lambda t: jnp.float32(-1e-9))) == 0.5


@pytest.mark.parametrize(
    "options",
    [
        {"rule": selection.intensity(lambda t: NAN)},
        {"rule": selection.truncation(lambda t: 7.0)},
        {"mutation_rate": 0.9},
        {"recombination_rate": -0.1},
    ],
)
def test_in_a_real_population_nobody_then_counts(options):
    """Genotypes cannot be NaN: the metrics say that the generation means nothing."""

    @jax.jit
    def non_finite(options):
        options = {"rule": RULE, **options}
        step = wright_fisher.make_generation_step(POPULATION_FITNESS, **options)
        return step(WF_STATE, BATCH)[1].non_finite

    assert non_finite(options) == 4
    assert non_finite({"mutation_rate": 0.1}) == 0


@pytest.mark.parametrize("wrong", [NAN, 1.5, -0.5])
def test_frequencies_that_are_none_end_as_nan(wrong):
    state = STATE._replace(allele_freqs=P.at[0].set(wrong))
    state, history = evolution.evolve(STEP, state, BATCH, 1)
    assert jnp.isnan(history.heterozygosity[0])
    np.testing.assert_array_equal(jnp.isnan(state.allele_freqs), [True] + 8 * [False])


@jax.tree_util.register_static
class Beyond(NoPytree):
    """A rule that leaves [0, 1]."""

    def update(self, p, f1, f0, state):
        return p + 0.6, state


def test_a_rule_that_leaves_0_1_is_seen_in_the_metrics():
    assert jnp.isnan(generation(Beyond()))


def test_nobody_finite_is_seen_in_the_metrics_of_a_strategy():
    strategy = Strategy(4, jnp.zeros(3))
    step = evosax.make_generation_step(lambda x, b: NAN * x[:, 0], strategy)
    _, metrics = step(evosax.init(KEY, strategy, None, jnp.zeros(3)), None)
    assert metrics.non_finite == 4
    assert jnp.isnan(metrics.fitness_max)


def test_a_spread_out_of_bounds_ends_as_nan():
    spreads = jnp.array([0.5, 1.5])
    p = jax.vmap(lambda spread: population.init_allele_freqs(KEY, 3, spread))(spreads)
    np.testing.assert_array_equal(jnp.isnan(p).all(axis=1), [False, True])


def test_the_worse_allele_never_gains_by_the_equation():
    """1 + ε f of -2 and -1 would give p = 2/3 to the worse one (FAULTS K1)."""
    p, f1, f0 = jnp.array([0.5]), jnp.array([-3.0]), jnp.array([-2.0])
    assert selection.weak_selection(p, f1, f0, 1.0) == p
    table = jnp.array([-2.0, -3.0])
    assert theory.infinite.generations(table, p, 1.0, 1).allele_freqs[1] == p
    assert selection.weak_selection(p, f1, f0, 0.4) < p


@pytest.mark.parametrize("scale", [1e20, 1e-20, 1e38, 1e-37])
def test_fitness_of_any_scale_is_standardised(scale):
    np.testing.assert_allclose(
        selection.standardise(scale * jnp.array([1.0, 3.0])), [-1, 1], rtol=1e-6
    )


@pytest.mark.slow
def test_ask_and_tell_of_another_generation():
    es = AskTell(selection.intensity(1.0), 9, 4, spread=0.0)
    state = es.init(KEY)
    genotypes, _ = es.ask(state)
    told = es.tell(state, FITNESS, genotypes)
    np.testing.assert_array_equal(told.allele_freqs, es.tell(state, FITNESS).allele_freqs)
    mistaken = jax.jit(es.tell)(told, FITNESS, genotypes)
    np.testing.assert_array_equal(mistaken.allele_freqs, told.allele_freqs)
    with pytest.raises(InputError, match=r"fitness: float32 of shape \(3,\)"):
        jax.jit(es.tell)(state, FITNESS[:3])


def test_large_integers_are_told_as_they_are():
    """As int32 three thousand million would be negative."""
    es = AskTell(selection.truncation(0.5), 9, 4, spread=0.0, keep_fittest=True)
    state = es.tell(es.init(KEY), [3 * 10**9, 1, 2, 3])
    assert state.fittest.fitness == 3e9


def test_sizes_that_numpy_counts_do_not_overflow():
    """3 x 100 units have 300 links, where an int8 has no room for so many."""
    net = network.init(KEY, np.array([3, 100], np.int8), (1.0,))
    assert net.num_links == 300
    assert genome.init(KEY, net, np.uint8(200), 1.0).effects.size == 60_000
    assert population.sample(KEY, P, np.uint8(3), antithetic=True).shape == (3, 9)


def test_a_search_that_has_left_the_numbers_has_no_fitness():
    found = evosax.through_threshold(ones)(jnp.array([[NAN, 1.0], [1.0, 1.0]]), None)
    np.testing.assert_array_equal(found, [NAN, 2.0])


def test_frequencies_that_are_none_stay_so_in_optax():
    optimiser = own_optax.replicator(0.1)

    @jax.jit
    def step(p):
        return optax.apply_updates(p, optimiser.update(jnp.ones(2), optimiser.init(p), p)[0])

    np.testing.assert_array_equal(jnp.isnan(step(jnp.array([0.5, 1.5]))), [False, True])


def test_a_step_made_by_hand_of_plain_functions():
    reproduction = evolution.FromFrequencies(RULE, 4, False)
    by_hand = evolution.GenerationStep(ones, reproduction, lambda x, f, n, s: {"best": f.max()})
    state, history = evolution.evolve(by_hand, STATE, None, 2)
    expected, _ = evolution.evolve(evolution.make_generation_step(ones, RULE, 4), STATE, None, 2)
    np.testing.assert_array_equal(state.allele_freqs, expected.allele_freqs)
    assert history["best"].shape == (2,)


@pytest.mark.parametrize("constant", [3, 3.0, jnp.int32(3)])
def test_fitness_may_be_a_constant_or_whole_numbers(constant):
    state, history = evolution.evolve(
        evolution.make_generation_step(lambda x, b: jnp.full(4, constant), RULE, 4), STATE, None, 1
    )
    assert history.fitness_mean[0] == 3
    np.testing.assert_array_equal(state.allele_freqs, STATE.allele_freqs)
    each = evolution.maximise(KEY, lambda x: constant, 9, RULE, 4, 1)[1]
    assert each.fitness_max[0] == 3


def test_shapes_are_refused_under_jit_too():
    for call, sentence in (
        (
            lambda: jax.jit(selection.marginal_fitness)(GENOTYPES, FITNESS[:3]),
            "fitness: float32 of",
        ),
        (lambda: jax.vmap(population.sample, (0, None, None))(KEY[None], P[None], 4), "allele_fre"),
        (lambda: jax.jit(STEP)(STATE._replace(allele_freqs=P[:8]), BATCH), "genotypes: bool of"),
    ):
        with pytest.raises(InputError, match=sentence):
            call()
