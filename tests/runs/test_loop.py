"""``runs.run`` with steps of every kind, in this process."""

import json
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import runs
from nne_jax.errors import InputError
from tests.runs.toys import position, quiet, same, start, timeless, walk


def test_rows_are_metrics_evaluations_and_seconds():
    state, rows = quiet(walk, start(), None, 5, evaluate=position, eval_every=2)
    assert int(state.generation) == 5
    assert [row["generation"] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert [row["generation"] for row in rows if "position" in row] == [0, 2, 4, 5]
    assert rows[0]["position"] == [0, 0, 0]
    assert rows[0]["seconds"] == 0
    assert rows[5]["position"] == state.position.tolist()
    assert rows[5]["far"]["square"] == pytest.approx(float(jnp.sum(state.position**2)))
    assert rows[5]["mean"] == pytest.approx(float(jnp.mean(state.position)))
    assert rows[5]["positive"] == int(jnp.sum(state.position > 0))
    assert isinstance(rows[5]["positive"], int)
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds)
    json.dumps(rows)


def test_it_is_evolve_to_the_bit_however_it_is_cut_up():
    expected, history = nne.evolution.evolve(walk, start(), None, 60)
    for options in ({}, {"block_size": 1}, {"block_size": 7}, {"eval_every": 11}):
        state, rows = quiet(walk, start(), None, 60, **options)
        same(state, expected)
        np.testing.assert_array_equal([row["mean"] for row in rows], history["mean"])


@pytest.mark.slow
def test_batches_may_be_arrays_or_a_function_of_a_key():
    def batches(key):
        return jax.random.uniform(key, (3,))

    for given in (jnp.arange(3.0), batches):
        state, _ = quiet(walk, start(), given, 20)
        expected, _ = nne.evolution.evolve(walk, start(), given, 20)
        same(state, expected)


def one_max(genotype, batch):
    return jnp.sum(genotype)


def one_max_step(population_size=50):
    rule = nne.selection.intensity(1.0)
    fitness = nne.engines.per_individual(one_max)
    step = nne.evolution.make_generation_step(fitness, rule, population_size)
    return step, nne.evolution.init(jax.random.key(0), 30, rule, spread=0.0)


@pytest.mark.slow
def test_later_generations_may_have_another_step_and_other_batches(tmp_path):
    def run_back(state, batch):
        after, metrics = walk(state, batch)
        return after._replace(position=-after.position), metrics

    later = [(5, walk, jnp.full(3, 2.0)), (8, run_back, jnp.full(3, 3.0))]
    state = start()
    for step, batch, number in ((walk, 1.0, 5), (walk, 2.0, 3), (run_back, 3.0, 4)):
        state, _ = nne.evolution.evolve(step, state, jnp.full(3, batch), number)
    for options in ({}, {"block_size": 1}, {"block_size": 7}, {"eval_every": 11}):
        ended, rows = quiet(walk, start(), jnp.ones(3), 12, later=later, **options)
        same(ended, state)
        assert len(rows) == 12
    for stop in (4, 5, 6, 8, 12):
        quiet(walk, start(), jnp.ones(3), stop, tmp_path / str(stop), later=later)
        ended, again = quiet(walk, start(), jnp.ones(3), 12, tmp_path / str(stop), later=later)
        same(ended, state)
        assert timeless(again) == timeless(rows)
    with pytest.raises(InputError, match="holds a run with another later"):
        quiet(walk, start(), jnp.ones(3), 20, tmp_path / "12")


@pytest.mark.parametrize(
    ("later", "message"),
    [
        ([(0, walk, None)], "later: a generation"),
        ([(5, walk, None), (5, walk, None)], "later: generation 5 comes after 5; give each once"),
        ([(5, 3, None)], "step: it is int; give a function"),
    ],
)
def test_what_cannot_come_later_is_refused_before_the_run(later, message, tmp_path):
    with pytest.raises(InputError, match=message):
        quiet(walk, start(), None, 9, tmp_path / "run", later=later)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_one_max_is_solved_in_a_folder_and_goes_on_to_the_bit(tmp_path):
    step, state = one_max_step()
    ended, rows = quiet(step, state, None, 60, tmp_path / "straight", checkpoint_every=20)
    assert rows[-1]["fitness_max"] == 30
    assert {path.name for path in (tmp_path / "straight").iterdir()} == {
        ".lock", "config.json", "metrics.jsonl", "checkpoints",
    }  # fmt: skip
    names = sorted(path.name for path in (tmp_path / "straight" / "checkpoints").iterdir())
    assert names == ["20", "40", "60"]
    assert nne.runs.rows.read(tmp_path / "straight" / "metrics.jsonl") == rows
    lines = (tmp_path / "straight" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["generation"] for line in lines] == list(range(1, 61))

    quiet(step, state, None, 23, tmp_path / "cut")
    resumed, resumed_rows = quiet(step, state, None, 60, tmp_path / "cut")
    same(resumed, ended)
    assert timeless(resumed_rows) == timeless(rows)


def test_what_was_logged_after_the_last_checkpoint_is_made_again(tmp_path):
    """As after kill -9: rows that no checkpoint is of, the last of them half-written."""
    ended, rows = quiet(walk, start(), None, 20, tmp_path / "straight")
    quiet(walk, start(), None, 10, tmp_path / "cut")
    with (tmp_path / "cut" / "metrics.jsonl").open("a") as file:
        file.write('{"generation": 11, "mean": 99.0, "seconds": 1.0}\n{"generation": 12, "me')
    with pytest.warns(UserWarning, match="1 damaged line, set aside"):
        resumed, resumed_rows = quiet(walk, start(), None, 20, tmp_path / "cut")
    same(resumed, ended)
    assert timeless(resumed_rows) == timeless(rows)


def test_a_run_that_is_complete_is_left_as_it_is(tmp_path):
    ended, rows = quiet(walk, start(), None, 10, tmp_path / "run", evaluate=position)
    again, again_rows = quiet(walk, start(), None, 10, tmp_path / "run", evaluate=position)
    same(again, ended)
    assert again_rows == rows


def test_no_generations():
    state, rows = quiet(walk, start(), None, 0, evaluate=position)
    same(state, start())
    assert [row["generation"] for row in rows] == [0]


def test_some_generations_are_logged():
    _, rows = quiet(walk, start(), None, 10, log_every=4, evaluate=position, eval_every=5)
    assert [row["generation"] for row in rows] == [0, 4, 5, 8, 10]


class Broken(NamedTuple):
    non_finite: jax.Array
    loss: jax.Array


def sometimes_broken(state, batch):
    """Broken in the sixth generation."""
    broken = state.generation == 5
    after = state._replace(generation=state.generation + 1)
    return after, Broken(jnp.where(broken, 3, 0), jnp.where(broken, jnp.nan, 1.0))


def test_by_default_a_run_has_ten_thousand_rows_at_most(monkeypatch):
    monkeypatch.setattr(nne.runs.loop, "MOST_ROWS", 10)
    assert [row["generation"] for row in quiet(walk, start(), None, 10)[1]] == [*range(1, 11)]
    assert [row["generation"] for row in quiet(walk, start(), None, 25)[1]] == [*range(3, 25, 3)]


def test_a_generation_with_broken_networks_is_always_logged_and_no_row_holds_nan(tmp_path):
    _, rows = quiet(sometimes_broken, start(), None, 20, tmp_path / "run", log_every=10)
    assert [row["generation"] for row in rows] == [6, 10, 20]
    assert sum(row["non_finite"] for row in rows) == 3
    assert rows[0]["loss"] is None
    assert "NaN" not in (tmp_path / "run" / "metrics.jsonl").read_text()


def test_intervals_may_be_as_large_as_one_likes():
    _, rows = quiet(
        walk, start(), None, 3, eval_every=10**9, checkpoint_every=10**9 + 7, log_every=10**12
    )
    assert rows == []


@pytest.mark.slow
def test_the_checkpoints_hold_the_fittest_too(tmp_path):
    rule = nne.selection.intensity(1.0)
    step, _ = one_max_step()
    state = nne.evolution.init(jax.random.key(0), 30, rule, keep_fittest=True)
    ended, _ = quiet(step, state, None, 20, tmp_path / "straight")
    quiet(step, state, None, 10, tmp_path / "cut")
    resumed, _ = quiet(step, state, None, 20, tmp_path / "cut")
    same(resumed, ended)
    assert int(resumed.fittest.fitness) == int(jnp.sum(resumed.fittest.genotype))


class Headless(NamedTuple):
    position: jax.Array


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_generations": -1}, "num_generations=-1: give a whole number, at least 0"),
        ({"num_generations": 5.0}, "num_generations=5.0: give a whole number"),
        ({"num_generations": 2**31}, "num_generations=2147483648: give a whole number, at most"),
        ({"eval_every": 0}, "eval_every=0: give a whole number"),
        ({"eval_every": 2.5}, "eval_every=2.5: give a whole number"),
        ({"checkpoint_every": 0}, "checkpoint_every=0: give a whole number"),
        ({"log_every": True}, "log_every=True: give a whole number"),
        ({"block_size": 0}, "block_size=0: give a whole number"),
        ({"state": Headless(jnp.zeros(3))}, "state: Headless has no generation"),
        ({"state": (1, 2)}, "state: tuple has no generation"),
        (
            {"state": start()._replace(generation=jnp.int32(9))},
            "num_generations=5: the state is at generation 9 already",
        ),
        ({"batches": "images"}, "batches: it is str; give a pytree of arrays"),
        ({"step": lambda s, b: (s, s.position)}, "give a NamedTuple of scalars, or a dictionary"),
        ({"step": lambda s, b: (s, {"x": s.position})}, r"metrics: x has shape \(3,\)"),
        ({"evaluate": lambda state: {"net": object()}}, "evaluate returned: object is nothing"),
        ({"evaluate": lambda state: 0.5}, "evaluate: returned a float; give a dictionary"),
    ],
)
def test_bad_input_is_one_sentence(arguments, message):
    given = {"step": walk, "state": start(), "batches": None, "num_generations": 5}
    with pytest.raises(InputError, match=message):
        runs.run(**given | {"progress": False} | arguments)


def test_frequencies_stay_finite_numbers():
    step, state = one_max_step()
    state, rows = quiet(step, state, None, 10)
    assert all(math.isfinite(row["heterozygosity"]) for row in rows)
    assert jnp.all((state.allele_freqs >= 0) & (state.allele_freqs <= 1))
