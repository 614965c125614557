"""Rows of table 2 for dopaminergic nets: every rule in every reading, with its best step."""

import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.dopamine_variants import PAPER_VARIANTS, Variant
from experiments.layers import Problem, keys
from nne_jax import plasticity

_NUM_POINTS = 50  # of a curve


class Schedule(NamedTuple):
    """How long the output layers learn, and how fast."""

    steps: list[float]  # ε₁ mean |h|², how far an image moves its own logits, to choose among
    epochs: int
    search_epochs: int  # to choose a step by
    decay: float  # of ε₁
    epsilon1: float  # ε₁ itself, at which the paper's rules are reported too
    test: bool  # whether to report on the test set


def row(variant: Variant, problems: dict[int, Problem], schedule: Schedule) -> dict:
    """Accuracies of a variant with the step that validation chose, and with the paper's ε₁.

    Args:
      variant: the rule.
      problems: of each seed, of one layer.
      schedule: of the learning.
    """
    activity = float(np.mean([problem.activity for problem in problems.values()]))
    tried = _try(variant, problems, schedule, activity)
    epsilons = [max(tried, key=tried.get) / activity]
    if variant in PAPER_VARIANTS:
        epsilons.append(schedule.epsilon1)
    learnt = learn(variant, problems, epsilons, schedule.epochs, schedule.decay)
    ends = [_end(variant, problems, schedule, i, learnt) for i in range(len(epsilons))]
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


def _end(variant, problems, schedule, index, learnt) -> dict:
    """What the last or, where they are better in validation, the averaged weights reach."""
    curves = [curve[:, index].mean(axis=0) for curve in learnt[2:]]
    is_averaged = bool(curves[1][-1] > curves[0][-1])
    readouts = learnt[is_averaged][:, index]
    end = {
        "averaged": is_averaged,
        "validation_accuracy": round(float(curves[is_averaged][-1]), 4),
        "curve": [round(float(x), 4) for x in curves[is_averaged]],
        "curve_every": _every(schedule.epochs),
    }
    return end | _test(variant, problems, readouts) if schedule.test else end


def _try(variant, problems, schedule, activity) -> dict[float, float]:
    """Validation accuracy that each step reaches, with or without the averaging of the weights."""
    epsilons = [step / activity for step in schedule.steps]
    learnt = learn(variant, problems, epsilons, schedule.search_epochs, schedule.decay)
    best = np.maximum(*(curve[:, :, -1].mean(axis=0) for curve in learnt[2:]))
    return {step: round(float(x), 4) for step, x in zip(schedule.steps, best, strict=True)}


def _test(variant, problems, readouts) -> dict[str, list[float]]:
    accuracies = []
    for problem, readout in zip(problems.values(), readouts, strict=True):
        logits = problem.kernels[variant.fired_hidden]["test"] @ readout.T
        accuracies.append(float(plasticity.accuracy(logits, problem.labels["test"])))
    return {"test": accuracies}


def learn(
    variant: Variant,
    problems: dict[int, Problem],
    epsilons: list[float],
    epochs: int,
    decay: float,
) -> list[np.ndarray]:
    """Learns with every seed and ε₁ at once.

    Returns:
      Contributions at the end and their mean over the second half of the epochs, (seeds, steps, C,
      S + C), and the validation accuracies of the two at evenly spread epochs, (seeds, steps, T).
    """
    parts = [
        (
            *(problem.kernels[variant.fired_hidden][split] for split in ("train", "validation")),
            *(problem.labels[split] for split in ("train", "validation")),
            problem.initial,
            keys(seed).learning,
        )
        for seed, problem in problems.items()
    ]
    stacked = [jnp.stack(part) for part in zip(*parts, strict=True)]
    results = _learner(variant, epochs, decay)(*stacked, jnp.asarray(epsilons))
    return [np.asarray(result) for result in results]


@functools.cache  # compiled once for a variant's rows
def _learner(variant: Variant, epochs: int, decay: float):
    one = functools.partial(_learn_one, variant, epochs, decay)
    of_steps = jax.vmap(one, (None,) * 6 + (0,))
    return jax.jit(jax.vmap(of_steps, (0,) * 6 + (None,)))


def _learn_one(
    variant, epochs, decay, train, validation, labels, held_labels, initial, key, epsilon1
):
    rule, synapses = variant.make(), plasticity.Dual(train)
    every = _every(epochs)

    def piece(state, _):
        state = plasticity.learn(
            key,
            state,
            synapses,
            labels,
            rule,
            variant.fired_output,
            every,
            epsilon1,
            decay,
            average_after=epochs // 2,
        )
        both = [
            plasticity.accuracy(validation @ x.T, held_labels)
            for x in (state.params, state.average)
        ]
        return state, both

    start = plasticity.init(synapses, rule, initial.shape[0], initial)
    state, (last, averaged) = jax.lax.scan(piece, start, length=epochs // every)
    return state.params, state.average, last, averaged


def _every(epochs: int) -> int:
    """Epochs between two points of a curve, a divisor of all of them."""
    return next(n for n in range(max(1, epochs // _NUM_POINTS), 0, -1) if epochs % n == 0)
