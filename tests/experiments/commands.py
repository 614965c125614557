"""Commands, called within this process."""

import contextlib
import importlib
import io
from typing import NamedTuple

from experiments import launch
from nne_jax.errors import InputError


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
        status = _call(command, name, [str(argument) for argument in arguments])
    if isinstance(status, str):
        return Done(1, stdout.getvalue(), f"{stderr.getvalue()}{status}\n")
    return Done(status or 0, stdout.getvalue(), stderr.getvalue())


def _call(command, name: str, arguments: list[str]) -> int | str | None:
    try:
        launch.call(command.define, command.read, command.main, arguments)
    except InputError as error:
        return f"{name}: {error}"
    except SystemExit as end:
        return end.code
    return None
