"""One process at a time in a folder: a lock that ends with its process, however that ends."""

import contextlib
import errno
import os
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nne_jax._files import not_writable
from nne_jax.errors import BusyError, StorageError

fcntl: Any
try:
    import fcntl
except ModuleNotFoundError:  # not a Unix: nothing keeps two processes apart
    fcntl = None

NAME = ".lock"  # the file; it stays, what counts is who holds it
_BUSY = (errno.EWOULDBLOCK, errno.EACCES)


class Lock:
    """Holds a folder's lock; made by ``locked``."""

    def __init__(self, folder: Path, descriptor: int):
        self._path, self._descriptor = folder / NAME, descriptor

    def check(self, given: str) -> None:
        """Makes sure that the folder is still the one that was locked.

        Raises:
          StorageError: it was removed, or is another one by now, of another run say.
        """
        held = os.fstat(self._descriptor)
        try:
            there = os.stat(self._path, follow_symlinks=False)
        except OSError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (held.st_dev, held.st_ino):
            raise StorageError(
                f"{given}: the folder was removed or replaced while a process worked in it; start "
                "again."
            )


@contextlib.contextmanager
def locked(folder: Path, given: str) -> Iterator[Lock]:
    """Keeps every other process out of a folder that is there.

    Args:
      folder: the folder.
      given: what it was given by, such as ``--workdir=runs/mine``.

    Raises:
      BusyError: another process is in it, or another caller of this one.
      InputError: it cannot be written.
      StorageError: there is no room in it.
    """
    try:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(folder / NAME, flags, 0o666)
    except OSError as error:
        raise not_writable(given, error) from error
    try:
        _acquire(descriptor, given)
        _sign(descriptor)
        yield Lock(folder, descriptor)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, given: str) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            raise BusyError(
                f"{given}: another process is at this run{_holder(descriptor)}; wait for it, or "
                "give another folder."
            ) from error
        warnings.warn(  # a file system without locks: the run is more than its protection
            f"{given}: its file system has no locks ({error.strerror}); let no other process "
            "write there.",
            stacklevel=2,
        )


def _sign(descriptor: int) -> None:
    """Leaves word of who holds the lock, for people; a full disk does not matter."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def _holder(descriptor: int) -> str:
    with contextlib.suppress(OSError):
        if words := os.pread(descriptor, 200, 0).decode(errors="replace").strip():
            return f" ({words})"
    return ""
