"""Rows of table 2 for dopaminergic nets: every rule in every reading, with its best step."""

import dataclasses
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.dopamine.layers import Problem, keys
from experiments.dopamine.variants import PAPER_VARIANTS, Variant
from nne_jax import dopamine
from nne_jax.fitness import fraction_correct

_NUM_POINTS = 50  # of a curve


class Schedule(NamedTuple):
    """How long the output layers learn, and how fast."""

    steps: tuple[float, ...]  # ε₁ mean |h|², how far an image moves its own logits, to choose among
    epochs: int
    search_epochs: int  # to choose a step by
    decay: float  # of ε₁
    epsilon1: float  # ε₁ itself, at which the paper's rules are reported too
    test: bool  # whether to report on the test set


class Task(NamedTuple):
    """What an output layer learns and is validated by, in the dual form."""

    kernel: jax.Array  # (S, S + C)
    labels: jax.Array  # (S,)
    held_kernel: jax.Array  # (V, S + C)
    held_labels: jax.Array  # (V,)
    initial: jax.Array  # (C, S + C)
    key: jax.Array  # of the order of the examples, and of exploration


class Readout(NamedTuple):
    """Output layers of every seed and ε₁, and how well they did on the way."""

    contributions: np.ndarray  # (seeds, steps, C, S + C)
    curve: np.ndarray  # (seeds, steps, T): validation accuracy at evenly spread epochs


class Learnt(NamedTuple):
    """The weights at the end, and their mean over the second half of the epochs."""

    last: Readout
    averaged: Readout


def row(variant: Variant, problems: dict[int, Problem], schedule: Schedule) -> dict:
    """Accuracies of a variant with the step that validation chose, and with the paper's ε₁.

    Args:
      variant: the rule.
      problems: of each seed, of one layer.
      schedule: of the learning.
    """
    activity = float(np.mean([problem.activity for problem in problems.values()]))
    tried = _try(variant, problems, schedule, activity)
    epsilons = [max(tried, key=lambda step: tried[step]) / activity]
    if variant in PAPER_VARIANTS:
        epsilons.append(schedule.epsilon1)
    learnt = learn(variant, problems, epsilons, schedule.epochs, schedule.decay)
    ends = [_end(variant, problems, schedule, learnt, index) for index in range(len(epsilons))]
    options = dataclasses.asdict(variant) | {
        "model": variant.model,
        "epochs": schedule.epochs,
        "epsilon1": float(f"{epsilons[0]:.4g}"),
        "step": float(f"{epsilons[0] * activity:.4g}"),
        "decay": schedule.decay,
        "tried_steps": {f"{step:g}": accuracy for step, accuracy in tried.items()},
        **ends[0],
    }
    if len(ends) > 1:
        options["at_the_papers"] = {"epsilon1": schedule.epsilon1, **ends[1]}
    return options


def _end(variant, problems, schedule, learnt: Learnt, index: int) -> dict:
    """What the last or, where they are better in validation, the averaged weights reach."""

    def curve(readout):
        return readout.curve[:, index].mean(axis=0)

    is_averaged = bool(curve(learnt.averaged)[-1] > curve(learnt.last)[-1])
    readout = learnt.averaged if is_averaged else learnt.last
    end = {
        "averaged": is_averaged,
        "validation_accuracy": round(float(curve(readout)[-1]), 4),
        "curve": [round(float(accuracy), 4) for accuracy in curve(readout)],
        "curve_every": _every(schedule.epochs),
    }
    if schedule.test:
        end["test"] = _test(variant, problems, readout.contributions[:, index])
    return end


def _try(variant, problems, schedule, activity) -> dict[float, float]:
    """Validation accuracy that each step reaches, with or without the averaging of the weights."""
    epsilons = [step / activity for step in schedule.steps]
    learnt = learn(variant, problems, epsilons, schedule.search_epochs, schedule.decay)
    ends = [readout.curve[:, :, -1].mean(axis=0) for readout in learnt]
    best = np.maximum(*ends)
    return {step: round(float(x), 4) for step, x in zip(schedule.steps, best, strict=True)}


def _test(variant, problems, contributions) -> list[float]:
    """Accuracy of each seed on the test set."""
    accuracies = []
    for problem, layer in zip(problems.values(), contributions, strict=True):
        logits = jnp.asarray(problem.kernels[variant.fired_hidden]["test"] @ layer.T)
        accuracies.append(float(fraction_correct(logits, problem.labels["test"])))
    return accuracies


def learn(
    variant: Variant,
    problems: dict[int, Problem],
    epsilons: list[float],
    epochs: int,
    decay: float,
) -> Learnt:
    """Learns with every seed and ε₁ at once."""
    tasks = [_task(variant, problem, seed) for seed, problem in problems.items()]
    stacked = jax.tree.map(lambda *parts: jnp.stack(parts), *tasks)
    learnt = _learn_all(stacked, jnp.asarray(epsilons), decay, variant, epochs)
    return jax.tree.map(np.asarray, learnt)


def _task(variant: Variant, problem: Problem, seed: int) -> Task:
    kernels, labels = problem.kernels[variant.fired_hidden], problem.labels
    return Task(
        kernels["train"],
        labels["train"],
        kernels["validation"],
        labels["validation"],
        problem.initial,
        keys(seed).learning,
    )


@partial(jax.jit, static_argnames=("variant", "epochs"))
def _learn_all(tasks: Task, epsilons: jax.Array, decay, variant: Variant, epochs: int) -> Learnt:
    def one(task, epsilon1):
        return _learn_one(task, epsilon1, decay, variant, epochs)

    return jax.vmap(jax.vmap(one, (None, 0)), (0, None))(tasks, epsilons)


def _learn_one(task: Task, epsilon1, decay, variant: Variant, epochs: int) -> Learnt:
    rule, synapses, every = variant.make(), dopamine.Dual(task.kernel), _every(epochs)

    def piece(state, _):
        state = dopamine.learn(
            task.key,
            state,
            synapses,
            task.labels,
            rule,
            variant.fired_output,
            every,
            epsilon1,
            decay,
            average_after=epochs // 2,
        )
        both = (
            fraction_correct(task.held_kernel @ params.T, task.held_labels)
            for params in (state.params, state.average)
        )
        return state, tuple(both)

    start = dopamine.init(synapses, rule, task.initial.shape[0], task.initial)
    state, (last, averaged) = jax.lax.scan(piece, start, length=epochs // every)
    return Learnt(Readout(state.params, last), Readout(state.average, averaged))


def _every(epochs: int) -> int:
    """Epochs between two points of a curve, a divisor of all of them."""
    return next(n for n in range(max(1, epochs // _NUM_POINTS), 0, -1) if epochs % n == 0)
