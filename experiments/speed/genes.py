"""What ``benchmark --scale=genes`` times: a generation by the number of genes."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.launch.pictures import Figure
from experiments.speed import cases, timing
from experiments.speed.cases import Case, Scale
from experiments.speed.report import log_log, panels_by
from nne_jax._pytrees import pytree, static

NUMBERS = (2000, 5000, 20_000, 80_000)
_HIDDEN = (200, 1000)
_PARTS = {"generation": "o-", "sampling and selection": "s--"}  # told apart without colours


@pytree
@dataclasses.dataclass(frozen=True)
class _NoForward:
    """A fitness that costs nothing: what is left of a generation is sampling and selection."""

    devices: tuple[jax.Device, ...] = static()

    def __call__(self, genotypes: jax.Array, batch: Any) -> jax.Array:
        del batch
        return genotypes[:, 0].astype(jnp.float32) + jnp.arange(float(genotypes.shape[0]))


def rows(rounds: int, devices: list[jax.Device] | None) -> list[dict]:
    """Of each network and number of genes, the seconds of a generation and of it without forward.

    Five genes a link, N = 1000 in mirrored pairs, S = 100. All are timed in turn, in one run.
    """
    found = []
    for hidden in _HIDDEN:
        timed = {}
        for number in NUMBERS:
            scale = Scale((784, hidden, 10), 0.1, number, 5 / number, 1000, 100)
            timed |= {(number, part): case for part, case in _cases(scale, devices).items()}
        seconds = {key: row["seconds"] for key, row in timing.in_turn(timed, rounds).rows.items()}
        for number in NUMBERS:
            row: dict[str, Any] = {"network": f"784-{hidden}-10", "num_genes": number}
            for part in _PARTS:
                row[part] = [round(each / cases.GENERATIONS, 6) for each in seconds[number, part]]
            shares = [part / whole for whole, part in zip(*(row[p] for p in _PARTS), strict=True)]
            row["share"] = round(float(np.median(shares)), 3)
            found.append(row)
            print(_line(row), flush=True)
    return found


def _cases(scale: Scale, devices: list[jax.Device] | None) -> dict[str, Case]:
    step, state, batch = cases.by_engine(scale, "gathered", "float32", devices).generation.arguments
    reproduction = dataclasses.replace(step.reproduction, antithetic=True)
    step = dataclasses.replace(step, reproduction=reproduction)
    rest = dataclasses.replace(step, population_fitness=_NoForward(tuple(devices or ())))
    return {
        part: Case(cases.generations, (own, state, batch))
        for part, own in zip(_PARTS, (step, rest), strict=True)
    }


def _line(row: dict) -> str:
    whole, part = (float(np.median(row[name])) for name in _PARTS)
    return (
        f"{row['network']:12} n = {row['num_genes']:6}  {whole:.4f} s, sampling and selection "
        f"{part:.4f} s: {row['share']:.0%}"
    )


def figure(found: list[dict]) -> Figure:
    """Seconds of a generation against the number of genes, a panel a network.

    >>> own = {"generation": [2.0], "sampling and selection": [1.0], "share": 0.5}
    >>> figure([{"network": "2-2-2", "num_genes": 9, **own}]).axes[0].get_xlabel()
    'genes n'
    """
    drawn, panels = panels_by("network", found)
    for axes, network, own in panels:
        numbers = [row["num_genes"] for row in own]
        for part, mark in _PARTS.items():
            axes.plot(numbers, [np.median(row[part]) for row in own], mark, label=part)
        for row in own:
            place = row["num_genes"], np.median(row["sampling and selection"])
            axes.annotate(
                f"{row['share']:.0%}", place, (0, 6), textcoords="offset points", ha="center"
            )
        log_log(axes, numbers)
        axes.set(title=network, xlabel="genes n", ylabel="seconds a generation")
        axes.legend()
        axes.grid(alpha=0.3)
    return drawn
