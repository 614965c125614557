"""``experiments.soak`` itself: what it writes, also when it is interrupted."""

import json
import signal

import pytest

from experiments import soak
from experiments.trials import kills
from experiments.trials.interruption import Interruption
from experiments.trials.outcome import Outcome
from tests.experiments.commands import run_command


class Kind:
    """Trials that cost nothing; the third one breaks a promise, or somebody interrupts it."""

    def __init__(self, interrupted=False):
        self.made, self.interrupted = 0, interrupted

    def prepare(self, folder):
        return "prepared"

    def trial(self, rng, folder, prepared):
        assert prepared == "prepared"
        self.made += 1
        if self.interrupted and self.made == 3:
            raise KeyboardInterrupt
        outcome = Outcome()
        outcome.count("trials")
        outcome.expect(self.made != 3, "tracebacks", f"drew {rng.integers(100)}")
        return outcome


@pytest.mark.parametrize(("interrupted", "status", "made"), [(False, 70, 5), (True, 130, 2)])
def test_what_it_writes(tmp_path, monkeypatch, interrupted, status, made):
    kind = Kind(interrupted)
    monkeypatch.setitem(soak.KINDS, "disk", kind)
    done = run_command(
        "soak", "--minutes=1e-9", "--kinds=disk", f"--output={tmp_path / 'soak.json'}"
    )
    assert done.returncode == status
    record = json.loads((tmp_path / "soak.json").read_text())
    assert record["kinds"]["disk"]["trials"] == made
    assert record["kinds"]["disk"]["tracebacks"] == (not interrupted)
    assert record["kinds"]["disk"]["failures"] == ["disk 2: tracebacks: drew 20"][: 1 - interrupted]
    assert record["seed"] == 0
    assert "disk" in done.stdout


def test_bad_input(tmp_path):
    output = f"--output={tmp_path / 'soak.json'}"
    for arguments, message in (
        (["--minutes=0"], "--minutes=0.0: must be more than 0"),
        (["--kinds=floods"], "--kinds=floods: each must be one of generations, kills"),
    ):
        done = run_command("soak", output, *arguments)
        assert done.returncode == 1
        assert message in done.stderr


def test_kinds_have_the_same_form():
    for kind in soak.KINDS.values():
        assert kind.prepare.__doc__
        assert kind.trial.__doc__
    assert soak.KINDS["kills"] is kills


def test_a_signal_that_a_trial_takes_for_its_own_ends_the_soak():
    with Interruption() as interruption:
        interruption.check()
        before = signal.signal(signal.SIGINT, lambda *_: None)  # as a run in this process has
        signal.raise_signal(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
    assert signal.set_wakeup_fd(-1) == -1
