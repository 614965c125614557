"""How a command ends: the exit status that tells a scheduler what to do, and the sentence."""

import contextlib
import signal
from collections.abc import Iterator

import jax

from nne_jax.errors import BusyError, InputError, LostProcessError, StorageError

REFUSED = 1  # the same command would be refused again
LOST = 69  # another process of the run: the same command again, in all of them
FAULT = 70  # ours: there is a traceback
STORAGE = 74  # mend the disk, then the same command with --resume
BUSY = 75  # another process is at the same runs: the same command later
INTERRUPTED = 128 + signal.SIGINT  # as for any signal

_LOWER = "lower --chunk_size, --population_size, --batch_size or --per_class"


class Stopped(Exception):  # noqa: N818 - it is no error
    """A command within a process ended before its work was done; ``status`` says why."""

    def __init__(self, status: int | str):
        self.status = status if isinstance(status, int) else REFUSED
        super().__init__(status if isinstance(status, str) else f"exit status {status}")


def status_of(error: BaseException) -> int:
    """The exit status that an exception ends a command with.

    >>> status_of(InputError("")), status_of(BusyError("")), status_of(OSError())
    (1, 75, 74)
    """
    match error:
        case BusyError():
            return BUSY
        case InputError():
            return REFUSED
        case OSError():
            return STORAGE
        case LostProcessError():
            return LOST
        case KeyboardInterrupt():
            return INTERRUPTED
        case _:
            return FAULT


def sentence_of(command: str, error: BaseException) -> str:
    r"""One line for the terminal, whatever characters a user's value holds.

    >>> print(sentence_of("evolve", InputError("--dataset=a\nb: no such file.")))
    evolve: --dataset=a\nb: no such file.
    """
    words = "interrupted; what is on disk is kept."
    if not isinstance(error, KeyboardInterrupt):
        words = str(error)
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)
    return f"{command}: {line}"


@contextlib.contextmanager
def as_sentences() -> Iterator[None]:
    """Turns what a full disk or a full memory raises into sentences.

    Raises:
      StorageError: an OSError that nobody has put in words.
      InputError: there is not enough memory.

    >>> with as_sentences():
    ...     open("/no/such/folder/x.json", "w")
    Traceback (most recent call last):
    nne_jax.errors.StorageError: /no/such/folder/x.json: No such file or directory; ...
    """
    try:
        yield
    except (InputError, StorageError):
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        raise StorageError(
            f"{where}{error.strerror or error}; mend that, then give the same command, with "
            "--resume where there is one."
        ) from error
    except MemoryError as error:
        raise InputError(f"there is not enough memory ({_first_line(error)}); {_LOWER}.") from error
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise InputError(
            f"the device has not enough memory ({_first_line(error)}); {_LOWER}."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["none is left"])[0].rstrip(".")
