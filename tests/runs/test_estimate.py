"""A run says once how long it takes, by generations that were measured."""

import pytest

from nne_jax import runs
from nne_jax.runs import estimate
from nne_jax.runs.estimate import Estimate, about
from tests.runs.toys import start, walk


@pytest.fixture
def clock(monkeypatch):
    """A list whose only element is the time."""
    now = [50.0]
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: now[0])
    return now


def test_compilation_is_no_measure_and_one_block_of_seconds_is(clock):
    measured = Estimate(1000)
    clock[0] += 60  # compiles
    assert measured.took(1) == ""
    clock[0] += 0.5
    assert measured.took(9) == ""  # too short a time
    clock[0] += 3.5
    assert measured.took(40) == "about 80 s for the other 950 generations"  # 49 in 4 s
    clock[0] += 100
    assert measured.took(10) == ""  # once


def test_a_run_of_seconds_says_nothing(clock):
    measured = Estimate(100)
    measured.took(1)
    clock[0] += 4
    assert measured.took(60) == ""


def test_of_a_population_that_grows_it_is_a_bound(clock):
    measured = Estimate(10_000, grows=True)
    measured.took(1)
    clock[0] += 10
    assert measured.took(99) == "at least about 17 min for the other 9900 generations"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (94, "90 s"), (95, "100 s"), (100, "2 min"), (5999, "100 min"), (6000, "1.7 h")],
)
def test_durations_have_as_many_digits_as_are_known(seconds, words):
    assert about(seconds) == f"about {words}"


def test_a_run_says_it_beside_its_progress(capsys, monkeypatch):
    """Whose clock goes a minute further at every look."""
    minutes = iter(range(0, 10**6, 60))
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: float(next(minutes)))
    runs.run(walk, start(), None, 10, block_size=2)
    assert capsys.readouterr().err.count("for the other 6 generations\n") == 1
    runs.run(walk, start(), None, 10, block_size=2, progress=False)
    assert capsys.readouterr().err == ""
