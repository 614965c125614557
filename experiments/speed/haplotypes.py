"""What ``benchmark --scale=haplotypes`` times: a generation whose individuals share haplotypes."""

import dataclasses
import functools
from typing import Any, NamedTuple

import jax
import numpy as np

from experiments.launch.pictures import Figure
from experiments.speed import cases, timing
from experiments.speed.cases import Case, Scale
from experiments.speed.report import log_log, panels_by
from nne_jax import engines, evolution, fitness, genome, network, selection

POPULATIONS = (256, 1024, 4096)
_KINDS = {  # labels, and marks that are told apart without colours
    "own": ("haplotypes of one's own", "o--"),
    "shared": ("shared haplotypes, one device", "s-"),
    "shared_by_all": ("shared haplotypes, all devices", "^:"),
}


class Shape(NamedTuple):
    """A network, its genes, and how its individuals share them."""

    hidden: int
    edge_prob: float
    num_genes: int
    num_images: int
    num_chromosomes: int
    num_haplotypes: int


NETWORKS = {  # the preset mnist_60k, and a small one
    "784-500-10, 40,000 genes": Shape(500, 0.1, 40_000, 100, 50, 32),
    "784-100-10, 8000 genes": Shape(100, 0.05, 8000, 25, 20, 32),
}


def rows(rounds: int, devices: list[jax.Device] | None) -> list[dict]:
    """Of each network and N the seconds of a generation, of genotypes of one's own and shared.

    The same network and genes, of five a link; mirrored pairs, bfloat16. All are timed in turn.
    Those of one's own are on all devices, shared ones on one, and on all of several.
    """
    found = []
    for name, shape in NETWORKS.items():
        timed = {}
        for size in POPULATIONS:
            timed |= {(size, kind): case for kind, case in _cases(shape, size, devices).items()}
        seconds = {key: row["seconds"] for key, row in timing.in_turn(timed, rounds).rows.items()}
        for size in POPULATIONS:
            row: dict[str, Any] = {"network": name, "population_size": size}
            for kind in [kind for kind in _KINDS if (size, kind) in seconds]:
                row[kind] = [round(each / cases.GENERATIONS, 6) for each in seconds[size, kind]]
            ratios = [own / shared for own, shared in zip(row["own"], row["shared"], strict=True)]
            row["times_as_fast"] = round(float(np.median(ratios)), 2)
            found.append(row)
            print(_line(row), flush=True)
    return found


def _cases(shape: Shape, size: int, devices: list[jax.Device] | None) -> dict[str, Case]:
    key_net, key_genome, key_run = jax.random.split(jax.random.key(0), 3)
    sizes = 784, shape.hidden, 10
    net = network.init(key_net, sizes, (shape.edge_prob, 1.0))
    chromosomes = {"num_chromosomes": shape.num_chromosomes}
    gen = genome.init(key_genome, net, shape.num_genes, genes_per_weight=5, **chromosomes)
    batch = cases.make_batch(
        Scale(sizes, shape.edge_prob, shape.num_genes, 0.0, size, shape.num_images)
    )
    likelihood = functools.partial(fitness.log_likelihood, temperature=10.0)
    by_all = engines.make(
        net, gen, likelihood, "gathered", "bfloat16", devices=devices, inputs=batch.inputs
    )
    by_one = dataclasses.replace(by_all, devices=by_all.devices[:1])
    rule = selection.intensity(0.3)
    make = functools.partial(
        evolution.make_generation_step, rule=rule, population_size=size, antithetic=True
    )
    shared = {"num_haplotypes": shape.num_haplotypes, **chromosomes}
    steps = {"own": make(by_all), "shared": make(by_one, **shared)}
    if len(by_all.devices) > 1:
        steps["shared_by_all"] = make(by_all, **shared)
    state = evolution.init(key_run, shape.num_genes, rule)
    return {kind: Case(cases.generations, (step, state, batch)) for kind, step in steps.items()}


def _line(row: dict) -> str:
    own, shared, *by_all = (1000 * float(np.median(row[kind])) for kind in _KINDS if kind in row)
    return (
        f"{row['network']:25} N = {row['population_size']:5}  {own:.1f} ms, shared haplotypes "
        f"{shared:.1f} ms: {row['times_as_fast']:.1f} times as fast"
        + "".join(f"; {each:.1f} ms on all devices" for each in by_all)
    )


def figure(found: list[dict]) -> Figure:
    """Seconds of a generation against N, a panel a network.

    >>> own = {"own": [2.0], "shared": [1.0], "times_as_fast": 2.0}
    >>> figure([{"network": "2-2-2", "population_size": 9, **own}]).axes[0].get_xlabel()
    'genotypes N'
    """
    drawn, panels = panels_by("network", found)
    for axes, name, own in panels:
        sizes = [row["population_size"] for row in own]
        for kind, (label, mark) in _KINDS.items():
            if kind in own[0]:
                axes.plot(sizes, [np.median(row[kind]) for row in own], mark, label=label)
        log_log(axes, sizes)
        axes.set(title=name, xlabel="genotypes N", ylabel="seconds a generation")
        axes.grid(alpha=0.3)
    drawn.legend(*drawn.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawn
