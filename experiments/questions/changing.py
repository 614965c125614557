"""A task that changes half way: how fast do populations adapt, and what does variation buy?

After half of the generations the labels are permuted, or the digits are others. What a population
can do then depends on the alleles that it still has: mutation, the initial spread and fixation
decide how many, and heterozygosity is their measure.
"""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.launch.kept import kept
from experiments.questions import trajectories
from experiments.questions.asked import SHARED, Asked
from experiments.questions.compared import report
from experiments.run import summary
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.plan import load
from nne_jax.data import Batch, Minibatches
from nne_jax.runs.identity import fingerprint

_VARIATION: dict[str, dict[str, Any]] = {
    "as it is": {},
    "weaker selection": {"selection_intensity": 0.3},
    "mutation 0.0003": {"mutation_rate": 0.0003},
    "mutation 0.003": {"mutation_rate": 0.003},
    "initial spread 1": {"initial_spread": 1.0},
    "fixed within 0.05": {"fixation_threshold": 0.05},
}
_NUMBERS = ("before", "never_changed", "heterozygosity_at_change")
_TASKS = ("labels permuted", "digits 0-4, then 5-9")


def changing_task(asked: Asked) -> list[dict[str, Any]]:
    """A row for each change of the task and each amount of variation."""
    data = fingerprint(load(asked.base))
    return [
        _row(asked, data, task, name, changes)
        for task in _TASKS
        for name, changes in _VARIATION.items()
    ]


def _row(asked: Asked, data: str, task: str, name: str, changes: dict[str, Any]) -> dict[str, Any]:
    config, each = asked.config(**SHARED, **changes), []
    for seed in asked.seeds:
        own = dataclasses.replace(config, seed=seed)
        place = f"changing-{_TASKS.index(task)}-{list(_VARIATION).index(name)}-seed{seed}.json"
        settings = {**own.deciding, "data": data, "task": task}
        run_it = functools.partial(_of_seed, own, task)
        each.append(kept(asked.folder / place, settings, run_it))
    reported = report(asked, f"{task}: {name}", changes, each, "after", _NUMBERS)
    reached = [one["generations_to_0.5"] for one in each]
    return {**reported, "task": task, "generations_to_0.5": reached}


def _of_seed(config: Config, task: str) -> dict[str, Any]:
    """Both halves of a run, and the second task from a fresh start, for as long."""
    run, half = assemble(config), config.num_generations // 2
    first, second = _tasks(run, task)
    before = _half(run, first, half, run.state)
    after = _half(run, second, half, before.state)
    fresh = _half(run, second, half, run.state)
    return {
        "before": _tested(run, before, first),
        "after": _tested(run, after, second),
        "never_changed": _tested(run, fresh, second),
        "heterozygosity_at_change": before.looks[-1]["heterozygosity"],
        "generations_to_0.5": trajectories.first_generation(after.looks, "modal", 0.5),
        "seconds": before.looks[-1]["seconds"] + after.looks[-1]["seconds"],
        "looks": before.looks
        + [look | {"generation": half + look["generation"]} for look in after.looks],
        "fresh": fresh.looks,
    }


def _half(run: Run, task: dict[str, Batch], half: int, state: Any) -> trajectories.Trajectory:
    def look(run: Run, state: Any) -> dict[str, float]:
        own = run._replace(dataset=dataclasses.replace(run.dataset, validation=task["validation"]))
        return trajectories.usual_look(own, state)

    batches = Minibatches(task["train"], min(run.batch_size, task["train"].labels.shape[0]))
    return trajectories.evolve(run, look, state, batches, half)


def _tested(run: Run, half: trajectories.Trajectory, task: dict[str, Batch]) -> float:
    return round(summary.accuracy(run, half.state, task["test"])["modal"], 5)


def _tasks(run: Run, task: str) -> tuple[dict[str, Batch], dict[str, Batch]]:
    """Images and labels before and after the change."""
    splits = {name: getattr(run.dataset, name) for name in ("train", "validation", "test")}
    num_classes = len(run.dataset.classes)
    if task == "labels permuted":
        other = _without_fixed_points(run.key_lifetime, num_classes)
        return splits, {k: b._replace(labels=other[b.labels]) for k, b in splits.items()}

    def some(batch: Batch, later: bool) -> Batch:
        chosen = (np.asarray(batch.labels) >= (num_classes + 1) // 2) == later
        return Batch(batch.inputs[chosen], batch.labels[chosen])

    early, late = ({k: some(b, later) for k, b in splits.items()} for later in (False, True))
    return early, late


def _without_fixed_points(key: jax.Array, size: int) -> jax.Array:
    """A permutation in which every class becomes another: one cycle of all in random order."""
    order = jax.random.permutation(key, size)
    return jnp.zeros(size, jnp.int32).at[order].set(jnp.roll(order, 1).astype(jnp.int32))
