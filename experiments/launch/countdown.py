"""How many runs a command makes, and how long the others take, measured on those that are made."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from nne_jax.runs.estimate import about

_FOUND = 0.5  # seconds: what takes less was there already
_AGAIN = 60.0  # seconds from one estimate to the next

Item = TypeVar("Item")


class Countdown:
    """Says at the beginning how many there are, and after the first one how long the others take.

    Later ones may be longer or shorter, so it is said again, at most once a minute.
    """

    def __init__(self, number: int, what: str):
        """Takes how many there are, and what: ``runs`` say."""
        self._number, self._what = number, what
        self._made, self._measured, self._seconds = 0, 0, 0.0
        self._before = time.perf_counter()
        self._said: float | None = None
        if number > 1:
            _say(f"{number} {what} to make")

    def restart(self) -> None:
        """What was done since the last one was something else."""
        self._before = time.perf_counter()

    def done(self, count: int = 1) -> None:
        """Some more are made, or were found to be there."""
        now = time.perf_counter()
        took, self._before = now - self._before, now
        self._made += count
        if took < _FOUND * count:
            return
        self._measured += count
        self._seconds += took
        left = self._number - self._made
        if left and (self._said is None or now - self._said >= _AGAIN):
            self._said = now
            rest = about(self._seconds / self._measured * left)
            _say(
                f"{self._made} of {self._number} {self._what} made: {rest} for the other {left}, "
                "if they are like those"
            )


def counted(items: Sequence[Item], what: str, each: int = 1) -> Iterator[Item]:
    """The items, each to be worked on before the next one is asked for; see ``Countdown``.

    Args:
      items: what a command works through.
      what: it makes: ``runs`` say.
      each: how many of them with an item.
    """
    countdown = Countdown(len(items) * each, what)
    for item in items:
        yield item
        countdown.done(each)


def _say(words: str) -> None:
    if sys.stderr is not None:
        print(words, file=sys.stderr, flush=True)
