"""Whatever is typed, a command ends as a run or in one sentence; see ``launch.fuzz``."""

import collections

import pytest

from experiments.launch import fuzz
from tests.experiments.with_evosax import as_evosax_expects


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Where the trials' relative paths are, and their home."""
    fuzz.prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def count(trials):
    """How often a command ran and was refused; none ended in another way."""
    with fuzz.small_sizes():
        outcomes = [_outcome(trial) for trial in trials]
    assert [fault for outcome in outcomes if (fault := outcome.fault)] == []
    return collections.Counter("ran" if outcome.status == 0 else "refused" for outcome in outcomes)


def _outcome(trial):
    if trial.command not in ("peers", "benchmark", "frontier"):
        return fuzz.outcome(trial)
    with as_evosax_expects():
        return fuzz.outcome(trial)


@pytest.mark.slow
def test_sixty_commands_that_are_mostly_refused():
    plain = fuzz.Trial("evolve", fuzz.COMMANDS["evolve"])
    counted = count([*fuzz.trials(seed=18, number=60, changes=(4, 7)), plain])
    assert counted["ran"] + counted["refused"] == 61
    assert counted["refused"] > 50
    assert counted["ran"] > 0


@pytest.mark.slow
def test_thirty_more_commands():
    """``soak`` types more of them."""
    counted = count(fuzz.trials(seed=2, number=30))
    assert counted["ran"] + counted["refused"] == 30
    assert min(counted["ran"], counted["refused"]) > 3


def test_trials_are_the_same_for_a_seed_and_others_for_another():
    one, again, other = (list(fuzz.trials(seed, 30)) for seed in (5, 5, 6))
    assert one == again != other
    assert {trial.command for trial in one} == set(fuzz.COMMANDS)


def test_a_traceback_a_hang_and_many_lines_are_faults(monkeypatch):
    """The fuzzer itself can fail."""

    def ended(error):
        def call(*arguments):
            raise error

        monkeypatch.setattr(fuzz.launch, "call", call)
        return fuzz.outcome(fuzz.Trial("evolve", [])).fault

    assert "ZeroDivisionError" in ended(ZeroDivisionError())
    assert "_TooLongError" in ended(fuzz._TooLongError())
    assert "is not one sentence" in ended(fuzz.InputError("no"))
    assert ended(fuzz.InputError("--this=is: a\nsentence.")) is None
    assert "took 61 s" in fuzz.Outcome(fuzz.Trial("evolve", []), 0, "", 61.0).fault
