"""How ``benchmark`` times: in turn, several rounds, compilation apart."""

import time
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.speed.cases import Case

_PEAK_SIZES = {"cpu": 2048}  # of a product that fills the platform
_PEAK_SIZE = 8192  # of the others
_ENOUGH = 60  # seconds: a case that has taken as long is not timed again
_LEAST = 1.0  # seconds of a round: a quick case, slow at first after another one, is repeated


class Timed(NamedTuple):
    """By case, what was measured and what the case returned."""

    rows: dict[str, dict]
    results: dict[str, Any]


def in_turn(cases: dict[str, Case], rounds: int) -> Timed:
    """Times every case once a round, so that a drift of the machine's speed falls on all.

    A case that has taken a minute is not timed again. One that takes less than a second is called
    until a second is over, as generations follow each other in a run: the median counts.

    Returns:
      ``Timed``; a row has the seconds that the case took to compile, those of each round, and the
      bytes of its arrays on a device, what it returns and works with among them (None where XLA
      does not say).
    """
    compiled, rows, results = {}, {}, {}
    for case, (function, arguments) in cases.items():
        start = time.perf_counter()
        compiled[case] = jax.jit(function).lower(*arguments).compile()
        rows[case] = {"case": case, "compile_seconds": _since(start), "seconds": []}
        rows[case]["array_bytes"] = _array_bytes(compiled[case])
        results[case] = jax.block_until_ready(compiled[case](*arguments))
    for _ in range(rounds):
        for case, (_, arguments) in cases.items():
            if sum(rows[case]["seconds"]) > _ENOUGH:
                continue
            rows[case]["seconds"].append(_round(compiled[case], arguments))
    return Timed(rows, results)


def median(row: dict) -> float:
    """Seconds of a case, the median of its rounds."""
    return float(np.median(row["seconds"]))


def peak_size() -> int:
    """Rows of the matrices of ``peak_flops``: enough work for the platform."""
    return _PEAK_SIZES.get(jax.default_backend(), _PEAK_SIZE)


def peak_flops(dtype: jnp.dtype) -> float:
    """Operations a second of a large matrix product with float32 sums, the best of five."""
    size = peak_size()
    matrix = jax.random.normal(jax.random.key(0), (size, size), dtype)  # zeros and ones are faster
    multiply = jax.jit(
        lambda a: jnp.matmul(a, a, precision="highest", preferred_element_type=jnp.float32)
    )
    rows, _ = in_turn({"product": Case(multiply, (matrix,))}, rounds=5)
    return 2 * size**3 / min(rows["product"]["seconds"])


def _round(compiled: jax.stages.Compiled, arguments: tuple) -> float:
    """Seconds of a call, the median of those that fit a round."""
    calls = []
    while not calls or sum(calls) < _LEAST:
        start = time.perf_counter()
        jax.block_until_ready(compiled(*arguments))
        calls.append(_since(start))
    return round(float(np.median(calls)), 5)


def _array_bytes(compiled: jax.stages.Compiled) -> int | None:
    sizes = compiled.memory_analysis()
    if sizes is None:
        return None
    shared = sizes.alias_size_in_bytes
    returned = sizes.output_size_in_bytes
    return sizes.argument_size_in_bytes + sizes.temp_size_in_bytes + returned - shared


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 5)
