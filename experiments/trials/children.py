"""Processes of trials, made in half a second by a server that has imported what they need."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = (
    "jax", "orbax.checkpoint", "sklearn.datasets", "matplotlib.figure", "tqdm",
    "experiments.evolve", "nne_jax.runs.plots", "nne_jax.runs.checkpoint",
)  # fmt: skip
_CONTEXT.set_forkserver_preload(list(_PRELOADED))
PATIENCE = 300.0  # seconds: longer than any of the processes takes


class Child:
    """A process that calls a function; what it prints goes to a file."""

    def __init__(
        self, log: Path, function: Callable[..., None], *arguments: Any, together: Any = None
    ):
        """Starts it.

        Args:
          log: the file.
          function: of a module.
          *arguments: that can be pickled.
          together: of ``together``: it begins when all others have started.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        given = (str(log), together, function, arguments)
        self._process = _CONTEXT.Process(target=_main, args=given, daemon=True)  # ends with us
        self._process.start()

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.is_alive()

    def send(self, number: int) -> None:
        """Sends it a signal, unless it has ended."""
        if self.is_alive():
            os.kill(self._process.pid, number)

    def wait_for(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Waits until something holds; False if the process has ended before, or time is up."""
        end = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.0005)
        return False

    def ended(self, seconds: float = PATIENCE) -> int:
        """Its exit status when it has ended, as a shell gives it; 124 where it had to be killed."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            self.send(signal.SIGKILL)
            self._process.join()
            return 124
        code = self._process.exitcode
        return code if code >= 0 else 128 - code

    def printed(self) -> str:
        """What it has printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def together(number: int) -> Any:
    """Makes so many children begin at the same moment."""
    return _CONTEXT.Barrier(number)


def _main(log: str, barrier: Any, function: Callable[..., None], arguments: tuple) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    if barrier is not None:
        barrier.wait()
    function(*arguments)
