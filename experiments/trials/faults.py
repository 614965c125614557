"""Disks that fail, and processes that die, at a write that one may choose: all of Python's writes.

Python reports what is opened, renamed, made and removed to audit hooks, and what these raise takes
the place of the operation. So nothing escapes, whichever library writes it, but for what is written
by C++: the arrays in a checkpoint.
"""

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_WRITES = ("os.rename", "os.mkdir", "os.link", "os.truncate")
_REMOVALS = ("os.remove", "os.rmdir")
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Killed(BaseException):
    """Ends what is running: from then on it writes nothing, whatever it does to clean up."""


class Writes:
    """Counts writes in a folder; from one of them on each raises something.

    Attributes:
      count: of the writes so far.
    """

    def __init__(self, folder: Path, at: int | None, fail: Callable[[], Any], removals: bool):
        self.count = 0
        self._folder, self._at, self._fail = str(folder), at, fail
        self._events = (*_WRITES, *_REMOVALS) if removals else _WRITES

    def look(self, event: str, arguments: tuple) -> None:
        """Counts an event if it is a write."""
        if event == "open":
            path, _, flags = arguments
            is_write = isinstance(flags, int) and flags & _FLAGS
        else:
            path, is_write = (arguments or (None,))[0], event in self._events
        if is_write and self._is_within(path):
            self.happened()

    def happened(self) -> None:
        """Counts a write."""
        self.count += 1
        if self._at is not None and self.count >= self._at:
            self._fail()

    def _is_within(self, path: Any) -> bool:
        try:
            return os.fsdecode(path).startswith(self._folder)
        except TypeError:  # a descriptor, whose file has been opened already
            return False


_current: Writes | None = None
_is_installed = False


@contextlib.contextmanager
def writes(
    folder: Path, at: int | None = None, fail: Callable[[], Any] = lambda: None, removals=False
) -> Iterator[Writes]:
    """Looks at every write in a folder.

    Args:
      folder: the folder, an absolute path; it, and all in it.
      at: the number of the first write that fails, counted from 1; None for none.
      fail: raises something, or ends the process.
      removals: whether to remove a file counts too, for which a full disk has room.
    """
    global _current
    _install()
    _current, fsync = Writes(folder, at, fail, removals), os.fsync

    def counted(descriptor: int) -> None:
        if _current is not None:
            _current.happened()
        fsync(descriptor)

    os.fsync = counted
    try:
        yield _current
    finally:
        _current, os.fsync = None, fsync


def mend() -> None:
    """From now on nothing fails."""
    global _current
    _current = None


def settle() -> None:
    """Waits for threads of an operation that was ended in this process; a dead one has none."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    gc.collect()
    time.sleep(0.1)
    sys.unraisablehook = hook


def _install() -> None:
    """Once in a process: a hook stays."""
    global _is_installed
    if not _is_installed:
        sys.addaudithook(_hook)
        _is_installed = True


def _hook(event: str, arguments: tuple) -> None:
    if _current is not None:
        _current.look(event, arguments)


def raises(error: BaseException) -> Callable[[], None]:
    """A function that raises an exception.

    >>> import errno, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with writes(folder, 2, raises(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))):
    ...     print((folder / "a").write_text("room"))
    ...     (folder / "b").write_text("none left")
    Traceback (most recent call last):
    OSError: [Errno 28] No space left on device
    """

    def function() -> None:
        raise error

    return function


def die() -> None:
    """Ends this process as kill -9 does."""
    os._exit(137)
