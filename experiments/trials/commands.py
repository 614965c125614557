"""Programs, called within this process or another, and what a shell would see of them."""

import contextlib
import importlib
import io
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from experiments import launch
from experiments.launch import exits
from nne_jax.errors import InputError, StorageError


class Done(NamedTuple):
    """What a program left, as ``subprocess.run`` names it."""

    returncode: int
    stderr: str  # a traceback, if there was one, and warnings

    def is_refusal(self, *statuses: int) -> bool:
        """Whether it ended with one of these statuses and a sentence of one line."""
        last = self.stderr.strip().rpartition("\n")[2]
        return self.returncode in statuses and last.endswith(".") and ": " in last


def call(name: str, *arguments: object) -> Done:
    """Calls ``experiments.<name>`` in this process."""
    command = importlib.import_module(f"experiments.{name}")
    argv = [str(argument) for argument in arguments]
    return done(name, lambda: launch.call(command.define, command.read, command.main, argv))


def done(name: str, function: Callable[[], Any]) -> Done:
    """Calls a function in this process; its exceptions become statuses and sentences.

    Raises:
      KeyboardInterrupt: a signal has ended it: somebody wants all of this to end.
    """
    stderr = io.StringIO()
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(stderr),
        warnings.catch_warnings(record=True) as caught,
        _logged(stderr),
    ):
        warnings.simplefilter("always")
        status, words = _status(name, function)
    said = [f"{name}: warning: {w.message}\n" for w in caught if w.category is UserWarning]
    if status > 128:
        raise KeyboardInterrupt
    return Done(status, f"{stderr.getvalue()}{''.join(said)}{words}")


@contextlib.contextmanager
def _logged(stream: TextIO) -> Iterator[None]:
    """Writes what libraries log, which goes to the standard error of the beginning."""
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def _status(name: str, function: Callable[[], Any]) -> tuple[int, str]:
    try:
        function()
    except launch.Stopped as stopped:
        return stopped.status, f"{stopped}\n"
    except (InputError, StorageError) as error:
        return exits.status_of(error), f"{exits.sentence_of(name, error)}\n"
    except Exception as error:
        return exits.status_of(error), traceback.format_exc()
    return 0, ""


def program(name: str, arguments: list[str], folder: Path | None = None) -> None:
    """Is ``python -m experiments.<name>``; for a process of its own.

    Args:
      name: of the command.
      arguments: its arguments.
      folder: to be in.
    """
    if folder is not None:
        os.chdir(folder)
    command = importlib.import_module(f"experiments.{name}")
    sys.argv = [name, *arguments]
    launch.run(command.define, command.read, command.main)
