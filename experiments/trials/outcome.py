"""What trials came to: how often what happened, and every promise that was not kept."""

from collections import Counter
from typing import Any

FAILURES = ("silent differences", "tracebacks", "sound bytes lost", "wrong exits", "growth")


class Outcome:
    """What a trial, or many, came to.

    Attributes:
      counts: how often what happened; ``trials`` and ``FAILURES`` are there even if there are none.
      failures: each promise that was not kept, in words.
      measured: numbers with a name, for the report; the last ones.

    >>> outcome = Outcome()
    >>> outcome.count("trials")
    >>> outcome.expect(1 + 1 == 3, "silent differences", "1 + 1 is 2")
    False
    >>> outcome.counts["silent differences"], outcome.failures
    (1, ['silent differences: 1 + 1 is 2'])
    """

    def __init__(self):
        self.counts: Counter[str] = Counter(dict.fromkeys(("trials", *FAILURES), 0))
        self.failures: list[str] = []
        self.measured: dict[str, float] = {}

    def count(self, what: str) -> None:
        """Counts something that happened."""
        self.counts[what] += 1

    def expect(self, holds: bool, failure: str, words: str) -> bool:
        """Counts a failure, of ``FAILURES``, unless something holds; returns whether it does."""
        if not holds:
            self.counts[failure] += 1
            self.failures.append(f"{failure}: {words}")
        return holds

    def expect_no_traceback(self, text: str, words: str) -> bool:
        """The same for what a program printed."""
        last = text.strip().rpartition("\n")[2]
        return self.expect("Traceback (most" not in text, "tracebacks", f"{words}: {last}")

    def add(self, other: "Outcome", name: str = "") -> None:
        """Adds what another came to; ``name`` begins the words of its failures."""
        self.counts.update(other.counts)
        self.failures += [f"{name}{words}" for words in other.failures]
        self.measured |= other.measured

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {**self.counts, **self.measured, "failures": self.failures}
