"""Replicates: each of them is the run that it would be alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import evolution, replicates, selection

NUMBER = 3
STRENGTHS = (0.3, 1.0, 2.0)


def problem(engine: str = "dense", **of_the_step):
    """A small network's fitness, drawn batches, and a function that makes its step."""
    net = nne.network.init(jax.random.key(1), (12, 8, 3), (0.6, 1.0))
    gen = nne.genome.init(jax.random.key(2), net, 40, genes_per_weight=4)
    inputs = jax.random.uniform(jax.random.key(3), (50, 12))
    split = nne.data.Batch(inputs, jnp.argmax(inputs[:, :3], axis=1).astype(jnp.int32))
    fitness = nne.engines.make(net, gen, nne.fitness.log_likelihood, engine=engine)

    def step(rule):
        return evolution.make_generation_step(fitness, rule, 32, **of_the_step)

    return step, nne.data.Minibatches(split, 10)


def starts(rules):
    return [evolution.init(jax.random.key(7 + i), 40, rule, 0.3) for i, rule in enumerate(rules)]


@pytest.mark.parametrize("engine", ["dense", "gathered", "fused"])
def test_each_is_the_run_that_it_would_be_alone(engine):
    step, batches = problem(engine)
    rules = [selection.intensity(selection.hyperbolic(s, 0.01)) for s in STRENGTHS]
    together = replicates.make_generation_step([step(rule) for rule in rules], batches)
    ended, history = evolution.evolve(together, replicates.init(starts(rules)), None, 5)
    assert int(ended.generation) == 5
    assert ended.allele_freqs.shape == (NUMBER, 40)
    assert history.fitness_max.shape == (5, NUMBER)
    for index, (rule, start) in enumerate(zip(rules, starts(rules), strict=True)):
        alone, own = evolution.evolve(step(rule), start, batches, 5)
        np.testing.assert_array_equal(ended.allele_freqs[index], alone.allele_freqs)
        np.testing.assert_array_equal(history.fitness_max[:, index], own.fitness_max)


def test_what_is_the_same_is_there_once():
    step, batches = problem()
    rules = [selection.intensity(s) for s in STRENGTHS]
    together = replicates.make_generation_step([step(rule) for rule in rules], batches)
    (strengths,) = together.differing
    assert strengths.tolist() == [np.float32(s) for s in STRENGTHS]
    one_many_times = replicates.make_generation_step([step(rules[0])] * NUMBER, batches)
    assert one_many_times.differing == ()
