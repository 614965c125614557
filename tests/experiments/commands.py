"""Commands, called within this process."""

import contextlib
import importlib
import io
from typing import NamedTuple

from experiments import launch
from experiments.launch import exits
from nne_jax.errors import InputError, StorageError


class Done(NamedTuple):
    """What a command left, as ``subprocess.run`` names it."""

    returncode: int
    stdout: str
    stderr: str


def run_command(name: str, *arguments: object) -> Done:
    """Calls ``experiments.<name>`` and says what a shell would see."""
    command = importlib.import_module(f"experiments.{name}")
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        status, sentence = _call(command, name, [str(argument) for argument in arguments])
    return Done(status, stdout.getvalue(), stderr.getvalue() + sentence)


def _call(command, name: str, arguments: list[str]) -> tuple[int, str]:
    try:
        launch.call(command.define, command.read, command.main, arguments)
    except (InputError, StorageError) as error:
        return exits.status_of(error), f"{exits.sentence_of(name, error)}\n"
    except launch.Stopped as stopped:
        return stopped.status, "" if str(stopped).startswith("exit") else f"{stopped}\n"
    return 0, ""
