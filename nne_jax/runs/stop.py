"""Ctrl-C, SIGTERM and SIGHUP end a run between two blocks of generations."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_SOON = 0.01  # seconds


class Stop:
    """True after a first Ctrl-C, SIGTERM or SIGHUP: the running block is finished.

    A second one raises KeyboardInterrupt, within ``held`` when that ends. A signal that is ignored
    where the process was started, as by nohup, stays so. In another thread than the main one it is
    never true: signals go to the main thread, and only that one may handle them.

    Attributes:
      signal: the number of the first one, or None.
    """

    def __init__(self):
        self.signal: int | None = None
        self._previous: dict[int, Any] = {}
        self._hook: Any = None
        self._is_held, self._waits = False, False

    def __bool__(self) -> bool:
        return self.signal is not None

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._previous[number] = signal.signal(number, self._handle)
            self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        return self

    def __exit__(self, *_: object) -> None:
        if self._hook is not None:
            sys.unraisablehook, self._hook = self._hook, None
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """What is done within it is done whole; a third signal ends that, too."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._waits:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self:
            self.signal = number
        elif self._is_held and not self._waits:
            self._waits = True
        else:
            raise KeyboardInterrupt

    def _unraisable(self, unraisable: Any) -> None:
        """Tries again where the second one came while objects were destroyed, when nothing raises.

        JAX has Python look at every collection of garbage, so that this is no rare moment.
        """
        if unraisable.exc_type is KeyboardInterrupt:
            threading.Timer(_SOON, self._again).start()
        elif self._hook is not None:
            self._hook(unraisable)

    def _again(self) -> None:
        if self._previous and self.signal is not None:
            signal.raise_signal(self.signal)
