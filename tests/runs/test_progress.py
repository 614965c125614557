"""How a run tells what it does, and in blocks of what size."""

import errno
import sys

import pytest

from nne_jax import runs
from nne_jax.runs.blocks import CAPACITY, Pace
from tests.runs.toys import position, quiet, start, walk


def test_progress_without_a_terminal_is_lines(capsys):
    runs.run(walk, start(), None, 10, evaluate=position, eval_every=5)
    error = capsys.readouterr().err
    assert "100% 10/10" in error
    assert "generations/s" in error
    assert "far: square" in error


class Gone:
    """A terminal that was closed, or a full disk behind ``2>``."""

    encoding = "ascii"

    def __init__(self, error):
        self.error, self.tries = error, 0

    def isatty(self):
        return True

    def write(self, text):
        self.tries += 1
        raise self.error

    def flush(self):
        raise self.error

    def fileno(self):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [BrokenPipeError(), OSError(errno.ENOSPC, "full"), ValueError("I/O operation on closed file")],
)
def test_a_run_does_not_die_of_its_progress(monkeypatch, error):
    stream = Gone(error)
    monkeypatch.setattr(sys, "stderr", stream)
    state, _ = runs.run(walk, start(), None, 10)
    monkeypatch.undo()
    assert int(state.generation) == 10
    assert stream.tries


def test_without_a_standard_error_there_is_no_progress(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    state, _ = runs.run(walk, start(), None, 10)
    monkeypatch.undo()
    assert int(state.generation) == 10


def test_a_block_takes_about_a_second():
    pace = Pace()
    assert pace.size == 1
    pace.took(1, seconds=100.0)  # it was compiled as well
    assert pace.size == 1
    pace.took(1, seconds=0.02)
    assert pace.size == 50
    pace.took(50, seconds=200.0)
    assert pace.size == 1
    pace.took(1, seconds=1e-9)
    assert pace.size == CAPACITY
    assert Pace(block_size=7).size == 7


def test_one_program_for_every_number_of_generations():
    traced = []

    def step(state, batch):
        traced.append(1)
        return walk(state, batch)

    quiet(step, start(), None, 40, eval_every=7, checkpoint_every=9)
    counted = len(traced)
    quiet(step, start(), None, 61, eval_every=11, checkpoint_every=13)
    assert len(traced) == counted
