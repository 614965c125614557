"""Signals at moments when nothing can be raised."""

import os
import signal
import sys
import time

import pytest

from nne_jax.runs.stop import Stop


class Interrupting:
    """Gets a signal while it is destroyed."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)


def _stopped_twice():
    with Stop() as stop:
        stop.signal = signal.SIGINT  # the first one
        Interrupting()
        for _ in range(500):
            time.sleep(0.01)


def test_a_second_signal_is_not_lost_where_nothing_can_be_raised(capfd):
    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        _stopped_twice()
    assert capfd.readouterr().err == ""
    assert sys.unraisablehook is hook


def test_what_else_cannot_be_raised_goes_to_who_looked_at_it_before(monkeypatch):
    class Broken:
        def __del__(self):
            raise ValueError("broken")

    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: seen.append(unraisable.exc_type))
    with Stop():
        Broken()
    assert seen == [ValueError]


def held(*numbers, done):
    with Stop() as stop, stop.held():
        for number in numbers:
            signal.raise_signal(number)
        done.append("whole")
    return stop.signal


def test_what_is_held_is_done_whole():
    done = []
    with pytest.raises(KeyboardInterrupt):
        held(signal.SIGTERM, signal.SIGINT, done=done)
    assert done == ["whole"]
    assert held(signal.SIGTERM, done=done) == signal.SIGTERM  # one alone is no reason to raise


def test_a_third_signal_ends_what_is_held():
    done = []
    with pytest.raises(KeyboardInterrupt):
        held(signal.SIGINT, signal.SIGINT, signal.SIGINT, done=done)
    assert done == []
