"""Files that are whole or absent, and JSON that knows whether it was changed."""

import contextlib
import errno
import hashlib
import json
import math
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nne_jax.errors import InputError, StorageError

SEAL = "sha256"  # the member of a JSON file that holds the digest of all others
_PARTIAL = ".partial"
_MAY_PASS = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Writes a file, and its folder, whole or not at all, also when the machine loses power.

    It is written under another name in the same folder, forced to disk and renamed. A link of the
    file's name is replaced, not followed.

    Raises:
      OSError: it cannot be written; what was there before is as it was.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "new", "file.txt")
    >>> write_whole(path, "one")
    >>> write_whole(path, b"two")
    >>> path.read_text(), [file.name for file in path.parent.iterdir()]
    ('two', ['file.txt'])
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        with partial.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Forces the names in a folder to disk, where the system has that."""
    with contextlib.suppress(OSError):  # not on Windows, nor on every network's file system
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_partial(path: Path) -> bool:
    """Whether a file is one that ``write_whole`` had not finished when its process died."""
    return path.name.startswith(".") and path.name.endswith(_PARTIAL)


@contextlib.contextmanager
def reported(given: str, remedy: str) -> Iterator[None]:
    """Turns an OSError of what is written within it into a StorageError, a sentence.

    Args:
      given: what was to be written, such as ``--workdir=runs/mine``.
      remedy: what to do about it.

    >>> with reported("--output=/no/file.json", "give another file"):
    ...     Path("/no/file.json").read_text()
    Traceback (most recent call last):
    nne_jax.errors.StorageError: --output=/no/file.json: No such file or directory; give ...
    """
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{given}: {error.strerror or error}; {remedy}.") from error


def not_writable(given: str, error: OSError) -> InputError | StorageError:
    """What to raise where a folder cannot be made or written to: at the beginning of a run, say.

    Args:
      given: what it was given by, such as ``--workdir=runs/mine``.
      error: why not. Room can be made, and the same command given again; rights stay.
    """
    words = f"{given}: cannot be written ({error.strerror or error})"
    if error.errno in _MAY_PASS:
        return StorageError(f"{words}; make room, or give another folder.")
    return InputError(f"{words}; give another folder.")


def digest(content: Any) -> str:
    """SHA-256 of a value of JSON's types, whatever the order of its members.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file with the digest of its content, by ``write_whole``.

    Numbers that are not finite, which JSON has not, become null.
    """
    members = {name: value for name, value in as_json(content).items() if name != SEAL}
    text = json.dumps(members | {SEAL: digest(members)}, indent=2, allow_nan=False)
    write_whole(path, text + "\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Reads what ``write_json`` has written, without the digest.

    Raises:
      ValueError: it is no JSON, or its content is not what was written.
      OSError: it cannot be read.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.json")
    >>> write_json(path, {"accuracy": 0.5})
    >>> read_json(path)
    {'accuracy': 0.5}
    >>> _ = path.write_text(path.read_text().replace("0.5", "0.7"))
    >>> read_json(path)
    Traceback (most recent call last):
    ValueError: its content is not what was written
    """
    content = json.loads(Path(path).read_bytes())
    if not isinstance(content, dict) or content.pop(SEAL, None) != digest(content):
        raise ValueError("its content is not what was written")
    return content


def as_json(value: Any, what: str = "value") -> Any:
    """A value in JSON's types; arrays as lists, and a number that is not finite as None.

    Raises:
      InputError: it is of a type that JSON has not; begins with ``what``.

    >>> import numpy as np
    >>> as_json({"accuracy": np.float32(0.5), "counts": np.arange(2), "loss": float("nan")})
    {'accuracy': 0.5, 'counts': [0, 1], 'loss': None}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): as_json(part, what) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part, what) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise InputError(
        f"{what}: {type(value).__name__} is nothing that JSON holds; give numbers, strings, lists "
        "and dictionaries."
    )
