"""Several processes that share a population: how they find each other, by JAX's own runtime."""

import dataclasses
import importlib.util
import os
import re

import jax

from experiments.launch.groups import Group
from experiments.launch.options import check_options, option
from nne_jax.errors import InputError

_HEARTBEAT_SECONDS = 30  # after which one that is silent is lost
_SIZES = {  # what clusters tell of the number of processes that they have started
    "SLURM_STEP_NUM_TASKS": "SLURM_PROCID",
    "OMPI_COMM_WORLD_SIZE": "OMPI_COMM_WORLD_RANK",
}


@dataclasses.dataclass(frozen=True)
class ProcessOptions:
    """Which processes there are; none of it is known to the run itself.

    >>> ProcessOptions(num_processes=2, process_id=2, coordinator_address="host:1234")
    Traceback (most recent call last):
    nne_jax.errors.InputError: --process_id=2: there are --num_processes=2; give 0 to 1.
    """

    coordinator_address: str = option(
        "",
        "where process 0 is found by the others of --num_processes",
        group=Group.DEVICES,
        unit="HOST:PORT",
    )
    num_processes: int | None = option(
        None,
        "processes that share the population, on one machine or several; by default as many as "
        "Slurm, Open MPI, an indexed job of Kubernetes or a TPU pod has started",
        group=Group.DEVICES,
        unit="processes",
        low=1,
    )
    process_id: int | None = option(
        None, "which of them this one is, from 0", group=Group.DEVICES, low=0
    )
    join_seconds: int = option(
        40,
        "how long they wait for each other at the start",
        group=Group.DEVICES,
        unit="seconds",
        low=1,
    )

    def __post_init__(self):
        check_options(self)
        number, own = self.num_processes, self.process_id
        if number is None or number == 1:
            others = {"coordinator_address": self.coordinator_address, "process_id": own}
            for name, value in others.items():
                if value:
                    raise InputError(
                        f"--{name}={value}: has no effect without --num_processes of 2 or more."
                    )
            return
        if own is None:
            raise InputError(f"--num_processes={number}: give each its --process_id, from 0.")
        if own >= number:
            raise InputError(
                f"--process_id={own}: there are --num_processes={number}; give 0 to {number - 1}."
            )
        if not re.fullmatch(r".+:\d{1,5}", self.coordinator_address):
            raise InputError(
                f"--coordinator_address={self.coordinator_address}: give HOST:PORT of process 0, "
                "the same to all."
            )

    @property
    def are_several(self) -> bool:
        """Whether others are told of, or started by the cluster."""
        if self.num_processes is not None:
            return self.num_processes > 1
        in_pod = len(os.environ.get("TPU_WORKER_HOSTNAMES", "").split(",")) > 1
        sizes = (os.environ.get(size, "") for size in _SIZES)
        in_job = {"KUBERNETES_SERVICE_HOST", "JOB_COMPLETION_INDEX"} <= os.environ.keys()
        if in_job and importlib.util.find_spec("kubernetes"):  # jax[k8s] asks for the rest
            return True
        return in_pod or any(size.isdigit() and int(size) > 1 for size in sizes)

    @property
    def in_words(self) -> str:
        """Which process this is, for a sentence."""
        if self.num_processes is not None:
            return f"process {self.process_id} of {self.num_processes}"
        for size, rank in _SIZES.items():
            if size in os.environ:
                return f"process {os.environ.get(rank, '?')} of {os.environ[size]}"
        return "this process"

    def join(self) -> None:
        """Waits until all are there; before JAX looks for devices.

        JAX's runtime ends a process for which it waits in vain, see ``supervisor``.

        Raises:
          InputError: a cluster that tells too little.
        """
        given = {}
        if self.num_processes is not None:
            given = {
                "coordinator_address": self.coordinator_address,
                "num_processes": self.num_processes,
                "process_id": self.process_id,
            }
        limits = {
            "initialization_timeout": self.join_seconds,
            "heartbeat_timeout_seconds": _HEARTBEAT_SECONDS,
        }
        try:
            jax.distributed.initialize(**given, **limits)
        except (ValueError, RuntimeError, KeyError) as error:
            reason = (str(error).splitlines() or ["no reason is given"])[0].rstrip(".")
            raise InputError(
                f"{self.in_words}: cannot join the others ({reason}); give --coordinator_address, "
                "--num_processes and --process_id, or --num_processes=1 to run alone."
            ) from error
