"""Ctrl-C, or SIGTERM, while trials have handlers of signals of their own."""

import contextlib
import signal
import socket

_ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Interruption:
    """Somebody wants all of this to end, whoever handles signals in the trial that is running.

    A trial's run that is in this process would take a signal for its own, and go on to its report.
    """

    def __enter__(self) -> "Interruption":
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        with contextlib.suppress(ValueError):  # of another thread than the main one
            signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
            self._before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ValueError):
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, self._before)
        self._reader.close()
        self._writer.close()

    def check(self) -> None:
        """Raises KeyboardInterrupt if there was a signal that ends programs."""
        with contextlib.suppress(BlockingIOError):
            if _ENDS.intersection(self._reader.recv(4096)):
                raise KeyboardInterrupt
