"""Any flags, of any command: it ends as a run, or in one sentence. See ``launch.fuzz``."""

import contextlib
from pathlib import Path
from unittest import mock

import numpy as np

from experiments.launch import fuzz
from experiments.trials.outcome import Outcome


def prepare(folder: Path) -> None:
    """Nothing: no trial is compared with another."""


def trial(rng: np.random.Generator, folder: Path, prepared: None = None) -> Outcome:
    """Gives a command some flags."""
    outcome = Outcome()
    outcome.count("trials")
    folder.mkdir(parents=True)
    fuzz.prepare(folder)
    home = mock.patch.dict("os.environ", HOME=str(folder / "home"))
    with contextlib.chdir(folder), home, fuzz.small_sizes():
        typed = list(fuzz.trials(int(rng.integers(2**32)), len(fuzz.COMMANDS)))
        ended = fuzz.outcome(typed[rng.integers(len(typed))])
    outcome.count("ran" if ended.status == 0 else "refused")
    failure = "tracebacks" if ended.status is None else "wrong exits"
    outcome.expect(not ended.fault, failure, str(ended.fault))
    return outcome
