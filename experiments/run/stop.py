"""Ctrl-C and SIGTERM end a run between two blocks of generations."""

import signal


class Stop:
    """True after a first Ctrl-C or SIGTERM: the running block is finished. A second one raises."""

    def __init__(self):
        self._stopped = False

    def __bool__(self) -> bool:
        return self._stopped

    def __enter__(self) -> "Stop":
        signals = (signal.SIGINT, signal.SIGTERM)
        self._previous = {number: signal.signal(number, self._handle) for number in signals}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number, frame) -> None:
        if self._stopped:
            raise KeyboardInterrupt
        self._stopped = True
