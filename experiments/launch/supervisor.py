"""A process that waits for the one that works, and says in a sentence what JAX's runtime cannot.

That runtime ends a process whose fellows are lost, with a stack trace. So several processes of one
run are each started twice: as the worker, whose native log goes to the other one, and as that.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import TextIO

from experiments.launch import exits
from experiments.launch.processes import ProcessOptions

_LOG = "NNE_JAX_NATIVE_LOG"  # the file descriptor of the pipe that a worker's native log goes to
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STATUS = re.compile(r"absl::Status: (\w+): (.*)")
_CLASH = re.compile("incarnation|ALREADY_EXISTS")


def is_worker() -> bool:
    """Whether this is the process that works."""
    return _LOG in os.environ


def begin_work() -> None:
    """As the worker: sends the native log on, and ends when the supervisor has."""
    sys.stdout, sys.stderr = _apart(sys.stdout, 1), _apart(sys.stderr, 2)
    supervisor = os.getppid()

    def watch() -> None:
        while os.getppid() == supervisor:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _apart(stream: TextIO, number: int) -> TextIO:
    """The stream for Python alone: what is native goes to the pipe in its place."""
    stream.flush()
    own = os.dup(number)
    os.dup2(int(os.environ[_LOG]), number)
    return open(own, "w", buffering=1, encoding=stream.encoding, errors=stream.errors)


def supervise(name: str, options: ProcessOptions) -> int:
    """Starts the worker, hands signals on, and waits.

    Args:
      name: of the command.
      options: of its processes.

    Returns:
      The exit status: the worker's, or ``exits.LOST`` where JAX's runtime has ended it.
    """
    reading, writing = os.pipe()
    worker = subprocess.Popen(
        [sys.executable, *sys.orig_argv[1:]],
        env=os.environ | {_LOG: str(writing), "TF_CPP_MIN_LOG_LEVEL": "3"},
        pass_fds=(writing,),
        start_new_session=True,  # what the terminal sends comes here, and is handed on
    )
    os.close(writing)

    def hand_on(number: int, frame: FrameType | None) -> None:
        worker.send_signal(number)

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, hand_on)
    with open(reading, encoding="utf-8", errors="replace") as log:
        native = log.read()
    status = worker.wait()
    if status == -signal.SIGABRT and (found := _STATUS.search(native)):
        print(f"{name}: {_sentence(options, *found.groups())}", file=sys.stderr)
        return exits.LOST
    sys.stderr.write(native if status < 0 else "")
    return 128 - status if status < 0 else status


def _sentence(options: ProcessOptions, code: str, words: str) -> str:
    if _CLASH.search(f"{code} {words}"):
        return (
            f"--process_id={options.process_id}: two processes have one number, or one was started "
            "again by itself; give each its own, and start all of them together."
        )
    if code == "DEADLINE_EXCEEDED" and options.coordinator_address:
        return (
            f"--coordinator_address={options.coordinator_address}: not all of "
            f"--num_processes={options.num_processes} were there within {options.join_seconds} s; "
            "see that it is reached from every machine, and start all of them together."
        )
    return (
        f"{options.in_words}: another one is lost, or the network ({code}); start all of them "
        "again with --resume, and the run goes on."
    )
