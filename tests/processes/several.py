"""Starts a command several times, as the processes of one run over loopback."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SECONDS = 120


class Ended(NamedTuple):
    """How a process ended."""

    status: int
    stdout: str
    stderr: str


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def start(arguments, number=2, which=None, own=None, variables=None, num_devices=1):
    """The processes.

    Args:
      arguments: of ``experiments.evolve``.
      number: of processes.
      which: of them are started; all by default.
      own: by process, arguments that it alone has, in the place of its --process_id too.
      variables: maps a process to those of its environment, which tell all that flags would.
      num_devices: of each.
    """
    several = [f"--coordinator_address=localhost:{free_port()}", f"--num_processes={number}"]
    if variables is not None:
        several, own = [], {process: [] for process in range(number)}
    which = range(number) if which is None else which
    return [
        _start(
            "experiments.evolve", *arguments, *several,
            *(own or {}).get(process, [f"--process_id={process}"]),
            variables=variables(process) if variables else {}, num_devices=num_devices,
        )
        for process in which
    ]  # fmt: skip


def start_program(module, number=2):
    """The processes of a program that is told the port and its own number."""
    port = free_port()
    return [_start(module, port, process) for process in range(number)]


def _start(module, *arguments, variables=None, num_devices=1):
    flags = os.environ.get("XLA_FLAGS", "")
    flags += f" --xla_force_host_platform_device_count={num_devices}"
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=os.environ | {"XLA_FLAGS": flags} | (variables or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def ended(processes) -> list[Ended]:
    """Waits for all of them."""
    try:
        outputs = [process.communicate(timeout=SECONDS) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [Ended(p.returncode, *output) for p, output in zip(processes, outputs, strict=True)]
