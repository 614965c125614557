"""What ``benchmark --scale=fixed`` times: a generation by the fraction of genes that are fixed."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from experiments.launch.pictures import Figure
from experiments.speed import cases, timing
from experiments.speed.cases import Case, Scale
from experiments.speed.report import panels_by
from nne_jax import engines, evolution, fitness, population, selection

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_WITHOUT_LABEL = (0.25,)  # on the logarithmic axis it would touch its neighbours
_GENES = 20_000
NETWORKS = {  # five genes a link
    f"784-{hidden}-10": Scale((784, hidden, 10), 0.1, _GENES, 5 / _GENES, 1000, 100)
    for hidden in (200, 1000)
}
_MARKS = {"plain": "o--", "packed": "s-"}  # told apart without colours


def rows(rounds: int, devices: list[jax.Device] | None) -> list[dict]:
    """Of each network and fraction the seconds of a generation, by the plain step and the packed.

    ``packed`` is ``GenerationStep.without_fixed``. All fractions are timed in turn, in one run. The
    largest difference of anybody's fitness is in standard deviations of the population.
    """
    found = []
    for network, scale in NETWORKS.items():
        steps, errors = {}, {}
        for fraction in FRACTIONS:
            own = _steps(scale, fraction, devices)
            errors[fraction] = _error(own, scale)
            steps |= {(fraction, name): case for name, case in own.items()}
        timed = timing.in_turn(steps, rounds).rows
        for fraction in FRACTIONS:
            row = {"network": network, "fixed": fraction}
            for name in _MARKS:
                row[name] = timed[fraction, name]["seconds"]
                row[f"{name}_compile_seconds"] = timed[fraction, name]["compile_seconds"]
            row["fitness_error_over_sd"] = errors[fraction]
            found.append(row)
            print(_line(row), flush=True)
    return found


def _steps(scale: Scale, fraction: float, devices: list[jax.Device] | None) -> dict[str, Case]:
    """A generation from frequencies of which a fraction, drawn at random, is 0 or 1."""
    net, gen = cases.draw(scale)
    batch, rule = cases.make_batch(scale), selection.truncation(0.2)
    key_fixed, key_allele, key_state = jax.random.split(jax.random.key(5), 3)
    fixed = jax.random.uniform(key_fixed, (scale.num_genes,)) < fraction
    alleles = jax.random.bernoulli(key_allele, shape=(scale.num_genes,))
    p = jnp.where(fixed, alleles.astype(jnp.float32), 0.5)
    measured = engines.make(net, gen, fitness.reward, devices=devices, inputs=batch.inputs)
    step = evolution.make_generation_step(measured, rule, scale.population_size)
    state = evolution.init(key_state, scale.num_genes, rule)._replace(allele_freqs=p)
    both = {"plain": step, "packed": step.without_fixed(p)}
    return {name: Case(cases.call, (own, state, batch)) for name, own in both.items()}


def _error(steps: dict[str, Case], scale: Scale) -> float:
    """Of the population's fitness: the largest difference over the standard deviation."""
    _, state, batch = steps["plain"].arguments
    key, _ = evolution.generation_keys(state)
    genotypes = population.sample(key, state.allele_freqs, scale.population_size)
    run = jax.jit(functools.partial(_fitness, genotypes=genotypes, batch=batch))
    plain, packed = (np.asarray(run(steps[name].arguments[0])) for name in _MARKS)
    return float(f"{np.max(np.abs(packed - plain)) / np.std(plain):.2g}")


def _fitness(step, genotypes, batch):
    return step.population_fitness(genotypes, batch)


def _line(row: dict) -> str:
    plain, packed = (float(np.median(row[name])) for name in _MARKS)
    return (
        f"{row['network']:12} {row['fixed']:5.0%} fixed  {plain:.3f} s, packed {packed:.3f} s: "
        f"{plain / packed:.2f} times as fast  error {row['fitness_error_over_sd']:g} sd"
    )


def figure(found: list[dict]) -> Figure:
    """Seconds of a generation against the fraction of genes that vary, a panel a network.

    >>> own = {"plain": [2.0], "packed": [1.0]}
    >>> both = [{"network": "2-2-2", "fixed": fixed, **own} for fixed in (0.0, 0.9)]
    >>> figure(both).axes[0].get_xlabel()
    'genes fixed'
    """
    drawn, panels = panels_by("network", found)
    for axes, network, own in panels:
        for name, mark in _MARKS.items():
            seconds = [np.median(row[name]) for row in own]
            axes.plot([1 - row["fixed"] for row in own], seconds, mark, label=name)
        shown = [row["fixed"] for row in own if row["fixed"] not in _WITHOUT_LABEL]
        axes.set_xscale("log")
        axes.set_xticks([1 - fixed for fixed in shown], [f"{fixed:.0%}" for fixed in shown])
        axes.minorticks_off()
        axes.invert_xaxis()
        axes.set(title=network, xlabel="genes fixed", ylabel="seconds a generation", ylim=(0, None))
        axes.legend()
        axes.grid(alpha=0.3)
    return drawn
