"""A progress bar with generations a second, what was evaluated last, and the remaining time.

A run that takes longer than some seconds says once, after the first ones, how long.
"""

import contextlib
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from nne_jax.errors import InputError
from nne_jax.runs.estimate import Estimate

_PLAIN_SECONDS = 10  # without a terminal: seconds between two lines of progress


class Progress:
    """The bar of a run; without a terminal (a log file, say) a line every ten seconds or more."""

    def __init__(self, generation: int, num_generations: int, shown: bool, grows: bool = False):
        """Takes the generation to begin at, the last one, and whether to draw anything.

        ``grows`` says that later generations take longer.
        """
        is_shown = shown and sys.stderr is not None  # it is None where a shell has closed it
        self._bar = _bar(generation, num_generations) if is_shown else None
        self._estimate = Estimate(num_generations - generation, grows)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.close()

    def update(self, generations: int, evaluation: Mapping[str, Any]) -> None:
        """Moves on by some generations; ``evaluation`` is empty where there is no new one."""
        if self._bar:
            if words := self._estimate.took(generations):
                self._bar.write(words, file=self._bar.fp)
            if evaluation:
                self._bar.set_postfix_str(in_words(evaluation), refresh=False)
            self._bar.update(generations)


def in_words(evaluation: Mapping[str, Any]) -> str:
    """The numbers of an evaluation on a line; lists are left out.

    >>> in_words({"accuracy": {"modal": 0.5, "mean": 0.625}, "best": 3, "counts": [1, 2]})
    'accuracy: modal 0.5, mean 0.625; best 3'
    """
    parts = []
    for name, value in evaluation.items():
        if isinstance(value, Mapping):
            if words := in_words(value).replace(";", ","):
                parts.append(f"{name.replace('_', ' ')}: {words}")
        elif isinstance(value, int | float):
            parts.append(f"{name.replace('_', ' ')} {value:.3g}")
    return "; ".join(parts)


def _bar(generation: int, num_generations: int) -> Any:
    try:
        import tqdm
    except ModuleNotFoundError as error:
        raise InputError(
            'progress=True: needs tqdm; pip install "nne_jax[runs]", or give progress=False.'
        ) from error
    terminal = sys.stderr.isatty()
    return tqdm.tqdm(
        total=num_generations,
        initial=generation,
        bar_format="{percentage:3.0f}%"
        + ("|{bar:20}|" if terminal else "")
        + " {n}/{total}, {rate_noinv_fmt}, {remaining} left{postfix}",
        unit=" generations",
        mininterval=0.1 if terminal else _PLAIN_SECONDS,
        file=_Stream(sys.stderr, is_terminal=terminal),
    )


class _Stream:
    """A stream that no run dies of; without a terminal each of tqdm's updates is a line.

    Whoever reads it may go away (a closed terminal, the end of a pipe), or it may not know a
    character: the run is more than its progress.
    """

    def __init__(self, stream: TextIO, is_terminal: bool):
        self._stream, self._is_terminal = stream, is_terminal
        self.encoding = getattr(stream, "encoding", None) or "ascii"  # by which tqdm draws

    def write(self, text: str) -> None:
        if not self._is_terminal:
            text = text.strip("\r\n ")
            text = text and text + "\n"
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed, or not encodable
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._is_terminal

    def fileno(self) -> int:
        """For tqdm to ask how wide the terminal is."""
        return self._stream.fileno()
