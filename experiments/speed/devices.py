"""What ``benchmark --scale=devices`` measures: a generation by the number of devices and by N.

Seconds on the devices that there are, beside what the cost model says of them with two numbers
fitted to one device, and messages in the compiled program, on up to eight fake devices. What the
model says of many GPUs is in ``docs/scaling.md``.
"""

from typing import Any

import jax
import numpy as np

from experiments.launch.pictures import Figure
from experiments.speed import cases, collectives, cost_model, timing
from experiments.speed.cases import Scale
from experiments.speed.report import log_log, panels_by

POPULATIONS = (256, 1024, 4096)
FAKE = (1, 2, 3, 8)
_LINK_GENES = 5.0


def rows(rounds: int, devices: list[jax.Device] | None) -> list[dict]:
    """Of one network, by N and number of devices: measured, modelled, and what travels."""
    del devices  # all numbers of them
    numbers = [n for n in (1, 2, 4, 8, 16) if n <= jax.device_count()]
    scales = {size: _scale(size) for size in POPULATIONS}
    timed = {
        (size, number): cases.by_engine(
            scale, "gathered", "float32", jax.devices()[:number]
        ).generation
        for size, scale in scales.items()
        for number in numbers
    }
    timed = {key: case._replace(function=cases.generations) for key, case in timed.items()}
    measured = timing.in_turn(timed, rounds).rows
    seconds = {
        key: [round(each / cases.GENERATIONS, 6) for each in row["seconds"]]
        for key, row in measured.items()
    }
    per_individual, own = np.polyfit(
        POPULATIONS, [np.median(seconds[size, 1]) for size in POPULATIONS], 1
    )
    found = []
    for size, scale in scales.items():
        travels = collectives.on_fake_devices(scale, FAKE)
        for number in numbers:
            row: dict[str, Any] = {
                "network": "784-500-10, 20,000 genes",
                "population_size": size,
                "num_devices": number,
                "seconds": seconds[size, number],
                "modelled": round(float(per_individual * size / number + own), 6),
            }
            found.append(row)
            print(_line(row), flush=True)
        for number, met in travels.items():
            said = cost_model.message_bytes(-(-size // number) * number, scale.num_genes)
            found.append(
                {
                    "network": "784-500-10, 20,000 genes",
                    "population_size": size,
                    "fake_devices": number,
                    **met._asdict(),
                    "modelled_bytes": said if number > 1 else 0,
                }
            )
            print(f"  N = {size}, {number} fake devices: {met.number}, {met.num_bytes} bytes")
    return found


def _scale(size: int) -> Scale:
    return Scale((784, 500, 10), 0.1, 20_000, _LINK_GENES / 20_000, size, 100)


def _line(row: dict) -> str:
    return (
        f"N = {row['population_size']:5}, {row['num_devices']} devices: "
        f"{np.median(row['seconds']):.4f} s, the model {row['modelled']:.4f} s"
    )


def figure(found: list[dict]) -> Figure:
    """Seconds of a generation against N, a line for each number of devices; the model's dashed.

    >>> row = {"network": "2-2-2", "population_size": 9, "num_devices": 1, "modelled": 1.0}
    >>> figure([{**row, "seconds": [1.0]}]).axes[0].get_xlabel()
    'genotypes N'
    """
    measured = [row for row in found if "seconds" in row]
    drawn, panels = panels_by("network", measured)
    for axes, name, own in panels:
        for index, number in enumerate(dict.fromkeys(row["num_devices"] for row in own)):
            those = [row for row in own if row["num_devices"] == number]
            sizes = [row["population_size"] for row in those]
            colour, mark = f"C{index}", "os^Dv"[index]
            label = f"{number} device{'s' * (number > 1)}"
            medians = [np.median(row["seconds"]) for row in those]
            axes.plot(sizes, medians, mark + "-", color=colour, label=label)
            axes.plot(sizes, [row["modelled"] for row in those], "--", color=colour)
        log_log(axes, sizes)
        axes.plot([], [], "--", color="0.4", label="the model")
        axes.set(title=name, xlabel="genotypes N")
        axes.set_ylabel("seconds a generation")
        axes.legend()
        axes.grid(alpha=0.3)
    return drawn
