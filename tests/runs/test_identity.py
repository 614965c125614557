"""What tells a run from another: the numbers, sizes and arguments of its step and batches."""

import functools

import jax
import jax.numpy as jnp
import pytest

import nne_jax as nne
from nne_jax.errors import InputError
from tests.runs.toys import quiet, start, walk


def test_a_step_with_other_numbers_is_another_run(tmp_path):
    def drift(rate):
        return jax.tree_util.Partial(lambda rate, state, batch: walk(state, rate), rate)

    quiet(drift(0.5), start(), None, 5, tmp_path)
    quiet(drift(0.5), start(), None, 6, tmp_path)
    with pytest.raises(InputError, match="holds a run with another step"):
        quiet(drift(0.25), start(), None, 7, tmp_path)


RULE = nne.selection.intensity(0.5)


def steps(size=4, antithetic=False, examples=2, strength=1, **options):
    """A step, and its batches, of other sizes and arguments: of the same arrays and numbers."""

    def fitness(genotype, batch, strength):
        del batch
        return strength * jnp.sum(genotype)

    function = functools.partial(fitness, strength=strength)
    measured = nne.engines.per_individual(function, **options)
    step = nne.evolution.make_generation_step(measured, RULE, size, antithetic)
    return step, nne.data.Minibatches(jnp.arange(4.0), examples)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "name", "old", "new"),
    [
        ({"size": 6}, "step.reproduction.population_size", "4", "6"),
        ({"antithetic": True}, "step.reproduction.antithetic", "False", "True"),
        ({"examples": 3}, "batches.batch_size", "2", "3"),
        ({"strength": 2}, "step.population_fitness.fitness_fn.strength", "1", "2"),
    ],
)
def test_a_step_of_other_sizes_is_another_run(tmp_path, changed, name, old, new):
    state = nne.evolution.init(jax.random.key(0), 5, RULE)

    def go_on(number, **options):
        step, batches = steps(**options)
        return quiet(step, state, batches, number, tmp_path)

    go_on(2)
    go_on(3, chunk_size=8, devices=jax.devices()[:1])  # how it is computed does not count
    with pytest.raises(InputError, match=f"a run with {name}={old}, and now it is {new}; give an"):
        go_on(4, **changed)


@pytest.mark.slow
def test_replicates_of_steps_of_another_size_are_another_run(tmp_path):
    start = nne.evolution.init(jax.random.key(0), 5, RULE)

    def go_on(number, size):
        step, batches = steps(size)
        together = nne.replicates.make_generation_step([step, step], batches)
        return quiet(together, nne.replicates.init([start, start]), None, number, tmp_path)

    go_on(1, 4)
    with pytest.raises(InputError, match=r"reproduction\.population_size=4, and now it is 6"):
        go_on(2, 6)
