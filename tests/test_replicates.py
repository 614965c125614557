"""Replicates: each of them is the run that it would be alone."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import evolution, fitness, replicates, selection, wright_fisher
from nne_jax.runs import rows as run_rows
from tests.runs.toys import quiet, timeless

STRENGTHS = (0.3, 1.0, 2.0)
NUMBER = len(STRENGTHS)
NUM_GENES = 40


@functools.cache
def problem(engine: str = "dense", num_chromosomes: int = 1):
    """A small network's fitness, and batches that are drawn."""
    net = nne.network.init(jax.random.key(1), (12, 8, 3), (0.6, 1.0))
    gen = nne.genome.init(
        jax.random.key(2), net, NUM_GENES, genes_per_weight=4, num_chromosomes=num_chromosomes
    )
    inputs = jax.random.uniform(jax.random.key(3), (50, 12))
    split = nne.data.Batch(inputs, jnp.argmax(inputs[:, :3], axis=1).astype(jnp.int32))
    made = nne.engines.make(net, gen, fitness.log_likelihood, engine=engine)
    return made, nne.data.Minibatches(split, 10)


def starts(rules):
    keys = map(jax.random.key, range(7, 7 + len(rules)))
    return [
        evolution.init(key, NUM_GENES, rule, 0.3) for key, rule in zip(keys, rules, strict=True)
    ]


def frequencies(rules, made=None, **options):
    """Steps and first states of rules."""
    made = problem()[0] if made is None else made
    steps = [evolution.make_generation_step(made, rule, 400, **options) for rule in rules]
    return steps, starts(rules)


def intensities():
    return [selection.intensity(selection.hyperbolic(s, 0.01)) for s in STRENGTHS]


def mutating():
    return [selection.with_mutation(selection.replicator(0.1), 0.01 * s) for s in STRENGTHS]


def haplotypes():
    made, _ = problem("dense", 2)
    return frequencies(intensities(), made, num_haplotypes=6, num_chromosomes=2)


def cooling():
    made, _ = problem()
    steps, first = [], []
    for start in STRENGTHS:
        schedule = selection.hyperbolic(10 * start, 0.1)
        function = fitness.scheduled(fitness.log_likelihood, temperature=schedule)
        own = nne.engines.make(*made.model, function, engine="dense")
        (step,), (state,) = frequencies(intensities()[:1], own)
        steps.append(step)
        first.append(state)
    return steps, first


def living():
    made, _ = problem()
    steps = [
        wright_fisher.make_generation_step(made, selection.intensity(s), 0.001 * s, 0.1 * s)
        for s in STRENGTHS
    ]
    keys = map(jax.random.key, range(NUMBER))
    return steps, [wright_fisher.init(key, NUM_GENES, 64, spread=0.5) for key in keys]


CASES = {
    "intensity": lambda: frequencies(intensities()),
    "gathered": lambda: frequencies(intensities(), problem("gathered")[0]),
    "mutation": lambda: frequencies(mutating()),
    "haplotypes": haplotypes,
    "temperature": cooling,
    "wright_fisher": living,
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_each_is_the_run_that_it_would_be_alone(case):
    steps, first = CASES[case]()
    batches = problem()[1]
    together = replicates.make_generation_step(steps, batches)
    ended, history = evolution.evolve(together, replicates.init(first), None, 4)
    assert int(ended.generation) == 4
    assert history.fitness_max.shape == (4, NUMBER)
    for index, (step, state) in enumerate(zip(steps, first, strict=True)):
        alone, own = evolution.evolve(step, state, batches, 4)
        np.testing.assert_array_equal(ended.allele_freqs[index], alone.allele_freqs)
        np.testing.assert_array_equal(history.fitness_max[:, index], own.fitness_max)
        assert np.std(alone.allele_freqs - state.allele_freqs) > 0
        again = replicates.populations(ended)[index]
        np.testing.assert_array_equal(again.allele_freqs, alone.allele_freqs)


@pytest.mark.slow
def test_at_once_is_the_same_but_for_the_rounding_of_sums():
    steps, first = frequencies(intensities())
    together = replicates.make_generation_step(steps, problem()[1])
    at_once = together.__class__(**{**vars(together), "in_turn": False})
    state = replicates.init(first)
    one, other = (evolution.evolve(step, state, None, 2)[0] for step in (together, at_once))
    np.testing.assert_allclose(other.allele_freqs, one.allele_freqs, atol=1e-6)


def test_what_is_the_same_is_there_once():
    rules = [selection.intensity(s) for s in STRENGTHS]
    steps, _ = frequencies(rules)
    (strengths,) = replicates.make_generation_step(steps, problem()[1]).differing
    assert strengths.tolist() == [float(np.float32(s)) for s in STRENGTHS]
    one_many_times = replicates.make_generation_step(steps[:1] * NUMBER, problem()[1])
    assert one_many_times.differing == ()


@pytest.mark.slow
def test_one_population_is_itself():
    (step, *_), (state, *_) = frequencies(intensities())
    batches = problem()[1]
    together = replicates.make_generation_step([step], batches)
    ended, _ = evolution.evolve(together, replicates.init([state]), None, 3)
    alone, _ = evolution.evolve(step, state, batches, 3)
    np.testing.assert_array_equal(ended.allele_freqs, alone.allele_freqs[None])


@pytest.mark.slow
def test_a_run_has_a_row_for_each_and_goes_on_to_the_bit(tmp_path):
    steps, first = frequencies(intensities())
    together = replicates.make_generation_step(steps, problem()[1])
    state = replicates.init(first)

    def evaluate(own):
        return {"highest": float(own.allele_freqs.max())}

    options = {"evaluate": evaluate, "eval_every": 4, "checkpoint_every": 3}
    whole, rows = quiet(together, state, None, 8, tmp_path / "whole", **options)
    quiet(together, state, None, 5, tmp_path / "cut", **options)
    resumed, again = quiet(together, state, None, 8, tmp_path / "cut", **options)
    np.testing.assert_array_equal(resumed.allele_freqs, whole.allele_freqs)
    evaluated = [(row["generation"], row["replicate"]) for row in rows if "highest" in row]
    assert evaluated == [(g, r) for g in (0, 4, 8) for r in range(NUMBER)]
    assert len(rows) == 9 * NUMBER
    last = [row["highest"] for row in rows[-NUMBER:]]
    np.testing.assert_array_equal(last, whole.allele_freqs.max(axis=1))
    of_5 = [row for row in again if row["generation"] != 5]  # where the first part ended
    assert timeless(of_5) == timeless([row for row in rows if row["generation"] != 5])
    assert timeless(run_rows.read(tmp_path / "whole" / "metrics.jsonl")) == timeless(rows)

    _, history = evolution.evolve(steps[2], first[2], problem()[1], 8)
    own = [row["fitness_max"] for row in rows if row["replicate"] == 2 and row["generation"]]
    np.testing.assert_array_equal(np.float32(own), history.fitness_max)


def test_a_whole_number_beside_others_is_one_of_them():
    """A strength of 1 beside one of 0.5: neither is of another kind."""
    fitness = nne.engines.per_individual(lambda genotype, batch: jnp.sum(genotype))

    def freqs(strengths):
        rules = [nne.selection.intensity(strength) for strength in strengths]
        steps = [nne.evolution.make_generation_step(fitness, rule, 6) for rule in rules]
        state = nne.replicates.init([nne.evolution.init(jax.random.key(0), 5, r) for r in rules])
        together = nne.replicates.make_generation_step(steps)
        return nne.evolution.evolve(together, state, None, 2)[0].allele_freqs

    np.testing.assert_array_equal(freqs((0.5, 1)), freqs((0.5, 1.0)))


def test_the_first_state_may_be_made_under_jit():
    rule = nne.selection.intensity(0.5)

    @jax.jit
    def start(key):
        return nne.replicates.init([nne.evolution.init(k, 3, rule) for k in jax.random.split(key)])

    assert start(jax.random.key(0)).allele_freqs.shape == (2, 3)
