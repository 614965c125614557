"""Compiled programs are freed before they fill the memory maps of a process."""

import jax
import jax.numpy as jnp
import pytest

import nne_jax as nne
from experiments.launch.kept import kept
from nne_jax.runs import programs


@pytest.fixture
def traced(monkeypatch, tmp_path):
    """How often a function was traced, in a process that has ten memory maps, six of them taken."""
    monkeypatch.setattr(programs, "_MAPS", tmp_path / "maps")
    monkeypatch.setattr(programs, "_MOST", tmp_path / "max_map_count")
    (tmp_path / "maps").write_text("7f00-7f01 r-xp\n" * 6)
    (tmp_path / "max_map_count").write_text("10\n")
    traces = []

    @jax.jit
    def function(x):
        traces.append(1)
        return x + 1

    def count():
        function(jnp.ones(3))
        return len(traces)

    assert count() == count() == 1
    return count


def test_they_are_freed_when_more_than_half_are_taken(traced, tmp_path):
    assert programs.free_programs()
    assert traced() == 2
    (tmp_path / "maps").write_text("7f00-7f01 r-xp\n" * 5)
    assert not programs.free_programs()
    assert traced() == 2


@pytest.mark.parametrize("file", ["maps", "max_map_count"])
def test_where_the_system_does_not_tell_they_stay(traced, tmp_path, file):
    (tmp_path / file).unlink()
    assert not programs.free_programs()
    assert traced() == 1


def test_a_run_frees_those_of_earlier_ones(traced):
    rule = nne.selection.intensity(1.0)
    fitness = nne.engines.per_individual(lambda genotype, batch: jnp.sum(genotype))
    step = nne.evolution.make_generation_step(fitness, rule, 4)
    state = nne.evolution.init(jax.random.key(0), 3, rule)
    nne.runs.run(step, state, None, num_generations=1, progress=False)
    assert traced() == 2


def test_a_part_that_is_made_frees_those_of_earlier_ones(traced, tmp_path):
    for _ in range(2):  # the second time it is read
        assert kept(tmp_path / "part.json", {"seed": 1}, lambda: 3) == 3
        assert traced() == 2


def test_maps_are_counted_where_there_are_some():
    """This process has some, and programs add to them."""
    if not programs._MAPS.exists():
        pytest.skip("this system has no /proc/self/maps")
    before = len(programs._MAPS.read_bytes().splitlines())
    functions = [jax.jit(lambda x, by=by: jnp.sort(x) * by) for by in range(20)]
    for function in functions:
        function(jnp.ones(5))
    after = len(programs._MAPS.read_bytes().splitlines())
    assert before + 20 <= after < int(programs._MOST.read_text())
