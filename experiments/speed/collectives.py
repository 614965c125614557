"""What travels between devices in a generation: counted in the program that XLA makes of it."""

import json
import os
import re
import subprocess
import sys
from typing import NamedTuple

import jax
import numpy as np

from experiments.speed import cases
from experiments.speed.cases import Scale

_MESSAGE = re.compile(
    r"= \(?(\w+)\[([\d,]*)\]\S* "
    r"(all-gather|all-reduce|all-to-all|collective-permute|reduce-scatter)(?:-start)?\("
)
_BYTES = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f32": 4, "s32": 4, "u32": 4, "f64": 8}


class Messages(NamedTuple):
    """Of one program."""

    number: dict[str, int]  # by kind
    num_bytes: int  # of their results, on each device


def messages(program: str) -> Messages:
    """The messages of a program in XLA's text.

    >>> messages("%a = f32[8,2]{1,0} all-gather(f32[4,2] %b), dimensions={0}")
    Messages(number={'all-gather': 1}, num_bytes=64)
    """
    number: dict[str, int] = {}
    num_bytes = 0
    for dtype, shape, kind in _MESSAGE.findall(program):
        number[kind] = number.get(kind, 0) + 1
        sizes = [int(size) for size in shape.split(",") if size]
        num_bytes += _BYTES[dtype] * int(np.prod(sizes, initial=1))
    return Messages(number, num_bytes)


def of_generation(scale: Scale, num_devices: int) -> Messages:
    """Those of one generation on the first devices of this process."""
    devices = jax.devices()[:num_devices]
    step, state, batch = cases.by_engine(scale, "gathered", "float32", devices).generation.arguments
    program = jax.jit(step.__call__).lower(state, batch).compile()
    return messages(program.as_text())


def on_fake_devices(scale: Scale, numbers: tuple[int, ...]) -> dict[int, Messages]:
    """Those on several CPU devices, in a process that has them."""
    code = (
        "import json, sys\n"
        "from experiments.speed import cases, collectives\n"
        "scale, numbers = json.loads(sys.argv[1])\n"
        "scale = cases.Scale(*[tuple(v) if isinstance(v, list) else v for v in scale])\n"
        "found = [collectives.of_generation(scale, number) for number in numbers]\n"
        "print(json.dumps(found))"
    )
    flags = f"--xla_force_host_platform_device_count={max(numbers)}"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", code, json.dumps([scale, numbers])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {n: Messages(*found) for n, found in zip(numbers, json.loads(done.stdout), strict=True)}
