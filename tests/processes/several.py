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


def start(arguments, number=2, port=None, own=None, **environment):
    """The processes, of one device each.

    Args:
      arguments: of ``experiments.evolve``.
      number: of processes.
      port: of the first one.
      own: by process, arguments that it alone has, in the place of its --process_id too.
      environment: variables.
    """
    port = port or free_port()
    flags = "--xla_force_host_platform_device_count=1 --xla_backend_optimization_level=0"
    environment = os.environ | {"XLA_FLAGS": flags} | environment
    several = [f"--coordinator_address=localhost:{port}", f"--num_processes={number}"]
    return [
        subprocess.Popen(
            [
                sys.executable, "-m", "experiments.evolve", *arguments, *several,
                *(own or {}).get(process, [f"--process_id={process}"]),
            ],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )
        for process in range(number)
    ]  # fmt: skip


def ended(processes) -> list[Ended]:
    """Waits for all of them."""
    try:
        outputs = [process.communicate(timeout=SECONDS) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [Ended(p.returncode, *output) for p, output in zip(processes, outputs, strict=True)]
