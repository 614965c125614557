"""Ctrl-C and SIGTERM end a run between two blocks of generations."""

import signal
import threading
from types import FrameType
from typing import Any


class Stop:
    """True after a first Ctrl-C or SIGTERM: the running block is finished. A second one raises.

    In another thread than the main one it is never true: signals go to the main thread, and only
    that one may handle them.
    """

    def __init__(self):
        self._stopped = False
        self._previous: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return self._stopped

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._stopped:
            raise KeyboardInterrupt
        self._stopped = True
