"""How long something will take, measured on its beginning, in words."""

import time

_MEASURED = 3.0  # seconds of generations, after those that were compiled with
_SHORT = 10.0  # seconds that nobody wants to be told of


def about(seconds: float) -> str:
    """A duration that is roughly known.

    >>> about(41.2), about(400), about(9000), about(200_000)
    ('about 40 s', 'about 7 min', 'about 2.5 h', 'about 2.3 days')
    """
    if seconds < 100:
        return f"about {max(10 * round(seconds / 10), 1)} s"
    if seconds < 100 * 60:
        return f"about {round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"about {seconds / 3600:.1f} h"
    return f"about {seconds / 86_400:.1f} days"


class Estimate:
    """Says once how long the rest of a run takes, by some seconds of its generations.

    The first block is left out: it is compiled as well.
    """

    def __init__(self, num_generations: int, grows: bool = False):
        """Takes what is left to be done, and whether later generations take longer."""
        self._left, self._measured = num_generations, 0
        self._words = "at least " if grows else ""
        self._start: float | None = None
        self._is_said = False

    def took(self, generations: int) -> str:
        """Some generations are made: the sentence, if now is the time for it, else nothing."""
        self._left -= generations
        if self._start is None:
            self._start = time.perf_counter()
            return ""
        self._measured += generations
        seconds = time.perf_counter() - self._start
        if self._is_said or seconds < _MEASURED:
            return ""
        self._is_said = True
        left = seconds / self._measured * self._left
        return (
            ""
            if left < _SHORT
            else f"{self._words}{about(left)} for the other {self._left} generations"
        )
