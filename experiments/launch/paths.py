"""Paths that a user gives: a home's ``~``, names that no file can have, folders to write in."""

import os
import tempfile
from pathlib import Path

from nne_jax.errors import InputError

ANOTHER_FILE = "give another file"
_LONGEST = 200  # bytes of a name: file systems have 255, and what is half written has a longer one


def expanded(flag: str, path: str) -> str:
    """A path in which a user's home is written out.

    Raises:
      InputError: there is no home, or no file can have that name.

    >>> expanded("--workdir", "--resume")
    Traceback (most recent call last):
    nne_jax.errors.InputError: --workdir=--resume: looks like an option; give ./--resume if ...
    """
    given = f"{flag}={path}"
    if path.startswith("-"):
        raise InputError(
            f"{given}: looks like an option; give ./{path} if a file is called like that."
        )
    whole = os.path.expanduser(path)
    if whole.startswith("~"):
        raise InputError(f"{given}: there is no such home folder here; write the path out.")
    try:
        names = os.fsencode(whole).split(os.fsencode(os.sep))
    except UnicodeEncodeError as error:
        raise InputError(
            f"{given}: the system's encoding ({error.encoding}) has not got such names; give "
            "another one."
        ) from error
    if b"\0" in b"".join(names) or max(map(len, names)) > _LONGEST:
        raise InputError(f"{given}: no file can have such a name; give a shorter or simpler one.")
    return whole


def each_expanded(flag: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """``expanded`` of a path, or of each of several."""
    if isinstance(value, tuple):
        return tuple(expanded(flag, path) for path in value)
    return expanded(flag, value)


def check_file(given: str, file: Path, overwrite: bool, what: str = "") -> None:
    """Refuses a file that is a folder, or is there and may not be replaced.

    Args:
      given: what it was given by, such as ``--output=page.html``.
      file: the file.
      overwrite: whether it may be replaced.
      what: it is, where that is not what was given.

    Raises:
      InputError: says why.
    """
    if file.is_dir():
        raise InputError(f"{given}: {what}is a folder; give a file.")
    if os.path.lexists(file) and not overwrite:  # a link that leads nowhere is there too
        raise InputError(f"{given}: {what}exists; add --overwrite, or {ANOTHER_FILE}.")


def check_folder(given: str, folder: Path, remedy: str) -> None:
    """Refuses a folder in which nothing can be written; makes nothing, also where it is not there.

    Args:
      given: what it was given by, such as ``--workdir=runs/mine``.
      folder: the folder.
      remedy: what to give instead.

    Raises:
      InputError: says why.
    """
    try:
        there = next(f for f in (folder, *folder.absolute().parents) if os.path.lexists(f))
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        raise InputError(f"{given}: cannot be written ({error.strerror}); {remedy}.") from error
