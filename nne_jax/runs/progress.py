"""A progress bar with generations a second, what was evaluated last, and the remaining time."""

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from nne_jax.errors import InputError

_PLAIN_SECONDS = 10  # without a terminal: seconds between two lines of progress


class Progress:
    """The bar of a run; without a terminal (a log file, say) a line every ten seconds or more."""

    def __init__(self, generation: int, num_generations: int, shown: bool):
        """Takes the generation to begin at, the last one, and whether to draw anything."""
        self._bar = _bar(generation, num_generations) if shown else None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.close()

    def update(self, generations: int, evaluation: Mapping[str, Any]) -> None:
        """Moves on by some generations; ``evaluation`` is empty where there is no new one."""
        if self._bar:
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
        file=sys.stderr if terminal else _Lines(sys.stderr),
    )


class _Lines:
    """A stream that ends each of tqdm's updates with a new line."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> None:
        if text := text.strip("\r\n "):
            self._stream.write(text + "\n")

    def flush(self) -> None:
        self._stream.flush()
