"""One run of several processes: what one of them meets, all act upon between the same two blocks.

Each makes all generations, on its own devices' share of the population. The first one alone has
the run's folder, so that no file system need be shared.
"""

import contextlib
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils

from nne_jax.errors import InputError, LostProcessError, StorageError
from nne_jax.runs.identity import first_difference
from nne_jax.runs.plain import as_before, as_plain
from nne_jax.runs.stop import Stop

T = TypeVar("T")
WAIT_SECONDS = 600  # for one that lives and does not come: longer than a slow disk may take
_MEETINGS = itertools.count(1)  # of all runs of this process: in each process the same
_LONGEST = 1000  # bytes of a sentence that travels
_KINDS = (InputError, StorageError, LostProcessError)  # of the errors that do
_TOLD = "_nne_jax_told"  # an attribute of an error that all know of
_STATUS = re.compile(r"(UNKNOWN|UNAVAILABLE|INTERNAL|ABORTED|CANCELLED|DEADLINE_EXCEEDED)\b")


class Processes:
    """Those of one run; with one process nothing of this does anything.

    Within it, a process that raises is heard of by the others where they next meet, who then raise
    the same. One that is lost ends the others with a ``LostProcessError``.
    """

    def __init__(self, stop: Stop | None = None):
        self._stop, self._index, self._number = stop, jax.process_index(), jax.process_count()
        self._is_over = self._number == 1  # whether nothing is to be said any more

    @property
    def is_first(self) -> bool:
        """Whether this is the one that has the folder."""
        return self._index == 0

    @property
    def are_several(self) -> bool:
        """Whether there are others."""
        return self._number > 1

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is not None and not self._is_over and not getattr(error, _TOLD, False):
            self._meet("an error", 1 + _kind_of(error), str(error) or type(error).__name__)
            setattr(error, _TOLD, True)  # others may be met outside of this

    def first(self, work: Callable[[], T]) -> T | None:
        """What the first process gets from its work, None at the others; all raise if it does."""
        result = work() if self.is_first else None
        self._meet("the work of the first process")
        return result

    def look(self, size: int) -> int:
        """How many generations the next block has: what the first process says, and 0 to stop.

        A signal that one of them has got is then that of all.
        """
        stop = self._stop
        assert stop is not None
        if self._number == 1:
            return 0 if stop else size
        met = self._meet("the next block of generations", values=(size, stop.signal or 0))
        if not (signal := int(met[:, 1].max())):
            return int(met[0, 0])  # one that came meanwhile is not known to all: it is for the next
        stop.signal = stop.signal or signal
        return 0

    def from_first(self, value: Any) -> Any:
        """What the first process has, of JSON's types; that of the others is not looked at."""
        if self._number == 1:
            return value
        text = np.frombuffer(json.dumps(value).encode(), np.uint8)
        with self.meeting("what the first process has"):
            size = int(multihost_utils.broadcast_one_to_all(np.int32(text.size)))
            padded = np.zeros(size, np.uint8)
            padded[: text.size] = text[:size]
            return json.loads(bytes(np.asarray(multihost_utils.broadcast_one_to_all(padded))))

    def check_same(self, values: Mapping[str, Any], prefix: str = "") -> None:
        """Raises an InputError unless all have the same values, by name and of JSON's types."""
        if self._number == 1:
            return
        own = {name: json.dumps(value) for name, value in values.items()}  # NaN is itself, too
        first = self.from_first(own)
        if (name := first_difference(first, own)) is not None:
            raise InputError(
                f"{prefix}{name}={own.get(name)}: process 0 has {first.get(name)}; start all with "
                "the same."
            )
        self._meet("the comparison of options and data")

    def state(self, state: Any) -> Any:
        """The first process's state; that of the others says of what form it is."""
        if self._number == 1:
            return state
        with self.meeting("the first state"):
            plain = multihost_utils.broadcast_one_to_all(as_plain(state))
        return as_before(plain, state)

    @contextlib.contextmanager
    def meeting(self, what: str | None = None) -> Iterator[None]:
        """What needs all of them: a lost one is told by what the network then raises.

        Args:
          what: they meet for, before which they wait for each other; None where they just did.
        """
        try:
            if what is not None and self._number > 1:
                self._wait(what)
            yield
        except (ValueError, RuntimeError) as error:
            if self._number == 1 or not _STATUS.match(str(error)):
                raise
            raise self._lost(str(error).splitlines()[0].rstrip(".")) from error

    def _wait(self, what: str) -> None:
        """A barrier with a name and a time limit: JAX's collectives would wait for ever."""
        from orbax.checkpoint import multihost  # JAX itself has it in private

        try:
            wait = multihost.get_barrier_sync_fn()
            wait(key=f"nne_jax meeting {next(_MEETINGS)}", timeout_ms=1000 * WAIT_SECONDS)
        except (ValueError, RuntimeError) as error:
            in_vain = f" {WAIT_SECONDS} s" if str(error).startswith("DEADLINE") else ""
            raise self._lost(f"it waited{in_vain} for {what}") from error

    def _lost(self, reason: str) -> LostProcessError:
        self._is_over = True
        return LostProcessError(
            f"process {self._index} of {self._number}: another one is lost, or the network "
            f"({reason}); start all of them again, and the run goes on."
        )

    def _meet(
        self, what: str, failed: int = 0, sentence: str = "", values: tuple = (0, 0)
    ) -> np.ndarray:
        """Waits for the others; what each of them has to say, (processes, 2)."""
        if self._number == 1:
            return np.array([values])
        with self.meeting(what):
            met = multihost_utils.process_allgather(np.array([failed, *values], np.int32))
            kinds = np.asarray(met)[:, 0]
            if not kinds.any():
                return np.asarray(met)[:, 1:]
            self._is_over, speaker = True, int(np.argmax(kinds != 0))
            words = np.zeros(_LONGEST, np.uint8)
            spoken = np.frombuffer(sentence.encode()[:_LONGEST], np.uint8)
            words[: spoken.size] = spoken
            words = multihost_utils.broadcast_one_to_all(words, is_source=self._index == speaker)
        if failed:  # it raises by itself
            return np.zeros((self._number, 2), np.int32)
        text = bytes(np.asarray(words)).rstrip(b"\0").decode(errors="replace")
        error = _KINDS[kinds[speaker] - 1](f"process {speaker}: {text}")
        setattr(error, _TOLD, True)
        raise error


def local(tree: Any) -> Any:
    """A pytree of arrays that are whole on every device, as arrays of this process's own."""
    if jax.process_count() == 1:
        return tree
    return as_before(as_plain(tree), tree)


def _kind_of(error: BaseException) -> int:
    """The place in ``_KINDS``; what is no error of ours is as good as a lost process."""
    found = (n for n, kind in enumerate(_KINDS) if isinstance(error, kind))
    return next(found, len(_KINDS) - 1)
