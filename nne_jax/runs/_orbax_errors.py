"""Errors of orbax, tensorstore, json and protobuf, of one kind each, in a few words."""

import contextlib
import gc
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

Errors = type[Exception] | tuple[type[Exception], ...]


def tried(function: Callable[[], Any], kinds: Errors) -> tuple[Any, str]:
    """What a function returns, and the words of what it raises, of these kinds; else nothing."""
    with quiet():
        try:
            return function(), ""
        except kinds as error:
            problem = _first_line(error)
        gc.collect()  # tasks that are left
        time.sleep(0.05)  # tensorstore's threads call back
    return None, problem


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps tracebacks of an error that is said in words from being printed as well.

    orbax logs those of its threads. Where one of several arrays fails, it leaves tasks and
    callbacks that nobody waits for any more; of each, asyncio or Python would print another.
    """
    hook, loggers = sys.unraisablehook, [logging.getLogger(name) for name in ("absl", "asyncio")]

    def others(unraisable: Any) -> None:
        if not issubclass(unraisable.exc_type, Exception):  # a Ctrl-C
            hook(unraisable)

    before = [logger.disabled for logger in loggers]
    sys.unraisablehook = others
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was


def _first_line(error: Exception) -> str:
    words = str(error).strip().partition("\n")[0]
    for addition in (" [tensorstore_spec=", " See full TensorStore details"):  # lines of JSON
        words = words.partition(addition)[0]
    return words.rstrip(".:;") or type(error).__name__
