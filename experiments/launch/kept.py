"""Parts of an experiment that are kept on disk, so that it goes on after them."""

import hashlib
import io
import itertools
import json
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nne_jax._files import as_json, read_json, reported, write_json, write_whole
from nne_jax.errors import InputError
from nne_jax.runs import identity
from nne_jax.runs.programs import free_programs

_MADE_WITH = "made_with"  # beside the arrays in a file: the settings, as JSON
_SEAL = hashlib.sha256().digest_size


def kept(path: Path, settings: Mapping[str, Any], make: Callable[[], Any]) -> Any:
    """What ``make`` returns, from the file if that was made with the same settings.

    Args:
      path: the JSON file, written whole or not at all, with a checksum.
      settings: all that the result depends on, JSON's types; what decides JAX's random numbers is
        added.
      make: does the work; returns JSON's types.

    Raises:
      InputError: the file is of other settings.
      StorageError: it cannot be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "row.json")
    >>> [kept(path, {"seed": 1}, lambda: {"accuracy": x}) for x in (0.5, 0.7)]
    [{'accuracy': 0.5}, {'accuracy': 0.5}]
    """
    if (found := find(path, settings)) is not None:
        return found["result"]
    free_programs()  # of parts that were made before
    result = as_json(make(), path.stem)
    with _writing(path):
        write_json(path, {"settings": _complete(settings), "result": result})
    return result


def find(path: Path, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The content of a kept file; None where it is not there, or damaged and so set aside.

    Args:
      path: of the file.
      settings: that it must have been made with.

    Raises:
      InputError: it is of other settings.
    """
    if not os.path.lexists(path):
        return None
    try:
        stored = read_json(path)
    except ValueError:
        _set_aside(path)
        return None
    _refuse_other(path, stored["settings"], settings)
    return stored


def find_arrays(path: Path, settings: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
    """The same for a file of arrays, which ``keep_arrays`` has written."""
    if not os.path.lexists(path):
        return None
    content = path.read_bytes()
    body, seal = content[:-_SEAL], content[-_SEAL:]
    if hashlib.sha256(body).digest() != seal:
        _set_aside(path)
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as stored:
        arrays = dict(stored)
    _refuse_other(path, json.loads(arrays.pop(_MADE_WITH).tobytes()), settings)
    return arrays


def keep_arrays(path: Path, settings: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Writes an .npz file of arrays and what they were made with, and behind it its SHA-256.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "layer.npz")
    >>> keep_arrays(path, {"seed": 1}, {"kernel": np.ones(2)})
    >>> find_arrays(path, {"seed": 1})
    {'kernel': array([1., 1.])}
    """
    made_with = np.frombuffer(json.dumps(_complete(settings)).encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(x) for name, x in arrays.items()}, **{_MADE_WITH: made_with})
    body = file.getvalue()
    with _writing(path):
        write_whole(path, body + hashlib.sha256(body).digest())


def _complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    return as_json({**settings, **identity.settings()}, "settings")


def _refuse_other(path: Path, stored: dict[str, Any], settings: Mapping[str, Any]) -> None:
    now = _complete(settings)
    if (name := identity.first_difference(stored, now)) is not None:
        raise InputError(
            f"--workdir={path.parent}: {path.stem} was made with {name}={stored.get(name)}, not "
            f"{now.get(name)}; give another folder."
        )


def _writing(path: Path):
    remedy = "what was written is whole, and the same command with --resume goes on"
    return reported(f"--workdir={path.parent}", remedy)


def _set_aside(path: Path) -> None:
    """Renames a damaged file, so that it can be made again and nothing of it is lost."""
    names = (f"{path.name}.damaged{number or ''}" for number in itertools.count())
    aside = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    with _writing(path):
        os.replace(path, aside)
    warnings.warn(
        f"{path}: its content is not what was written; it is made again, the damaged file is now "
        f"{aside.name}.",
        stacklevel=4,
    )
