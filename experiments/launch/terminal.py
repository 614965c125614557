"""The standard streams of a program: in any encoding, closed, full, or read by nobody any more."""

import codecs
import contextlib
import errno
import io
import os
import select
import sys
from typing import Any

_ASCII = {
    "±": "+/-",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "×": "x",
    "·": "*",
    "•": "*",
    "│": "|",
    "┤": "|",
    "└": "+",
    "─": "-",
    "√": "sqrt ",
    "∞": "inf",
    "∝": "~",
    "∂": "d",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "²": "^2",
    "³": "^3",
    "₀": "0",
    "₁": "1",
    "′": "'",
    "α": "alpha",
    "δ": "delta",
    "ε": "epsilon",
    "σ": "sigma",
    "τ": "tau",
}
_ENCODING_ERRORS = "nne_jax.in_ascii"
_GONE = (errno.EPIPE, errno.ECONNRESET)  # nobody reads any more, as in ``| head``


def in_ascii(error: UnicodeError) -> tuple[str, int]:
    r"""What stands for characters that an encoding has not: an error handler of ``codecs``.

    >>> "90.1 ± 0.3, ε1, é".encode("ascii", _ENCODING_ERRORS)
    b'90.1 +/- 0.3, epsilon1, \\xe9'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    words = (_ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in missing)
    return "".join(words), error.end


codecs.register_error(_ENCODING_ERRORS, in_ascii)


class Descriptor(io.FileIO):
    """A file descriptor to which writing never fails: after a first failure nothing is written.

    So a program goes on when its reader goes away, as ``head`` does, or the disk is full.

    Attributes:
      failure: the first one, but for a reader that went away.
    """

    def __init__(self, number: int):
        super().__init__(number, "w", closefd=False)
        self.failure: OSError | None = None
        self._is_open, self._is_terminal = True, self.isatty()

    def write(self, data: Any) -> int:
        """Writes all of it, or nothing any more."""
        view = memoryview(data).cast("B")
        written = 0
        while self._is_open and written < len(view):
            try:
                count = super().write(view[written:])
            except OSError as error:
                self._is_open = False
                is_gone = error.errno in _GONE or (self._is_terminal and error.errno == errno.EIO)
                self.failure = None if is_gone else error
            else:
                if count is None:  # a pipe that does not block is full
                    select.select([], [self], [])
                written += count or 0
        return len(view)


def open_streams() -> None:
    """Puts streams in place that take any text and never fail: to be called by a program.

    Descriptors that were closed become those of the null device; else the next file to be opened
    would get one, and whatever a library has to say would be written in it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115 - for as long as the process lives
    sys.stdout, sys.stderr = _stream(sys.stdout, 1), _stream(sys.stderr, 2)


def output_failure() -> OSError | None:
    """Why something that was printed is not where it was to be, if so."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return getattr(raw, "failure", None)


def _stream(old: Any, number: int) -> Any:
    """A stream to a descriptor in place of Python's own one, not of a notebook's."""
    if old is not None and not _is_python_s_own(old, number):
        return old
    if old is not None:
        with contextlib.suppress(OSError):
            old.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Descriptor(number)),
        encoding=getattr(old, "encoding", "utf-8"),
        errors=_ENCODING_ERRORS,
        line_buffering=getattr(old, "line_buffering", True) or getattr(old, "write_through", True),
    )


def _is_python_s_own(stream: Any, number: int) -> bool:
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == number
    except (OSError, ValueError):
        return False
