"""A run in equal blocks of generations, with a look at the state after each."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

import nne_jax as nne
from experiments.questions.asked import NUM_LOOKS
from experiments.run import summary
from experiments.run.assemble import Run

Look = Callable[[Run, Any], dict[str, float]]


class Trajectory(NamedTuple):
    """What a run came to."""

    state: Any
    looks: list[dict[str, Any]]  # generation, seconds without compilation, and what was looked at


def usual_look(run: Run, state: Any) -> dict[str, float]:
    """Validation accuracies, and the variation that is left."""
    accuracies = summary.accuracy(run, state, run.dataset.validation)
    left = float(nne.population.heterozygosity(state.allele_freqs))
    return {**accuracies, "heterozygosity": left}


def evolve(
    run: Run,
    look: Look = usual_look,
    state: Any = None,
    batches: Any = None,
    num_generations: int | None = None,
    num_looks: int = NUM_LOOKS,
) -> Trajectory:
    """Evolves a run and looks at it now and then; where genes are fixed for good, without them.

    Args:
      run: what evolves; with ``--repack`` in its config a block has the step without the genes that
        are fixed before it, where they are a quarter of all more than in the last such step.
      look: at the validation images, say.
      state: to begin with; the run's first one by default.
      batches: of the generations; the run's own by default.
      num_generations: the run's by default.
      num_looks: as many, or one a generation of fewer.
    """
    state = run.state if state is None else state
    batches = run.batches if batches is None else batches
    total = run.config.num_generations if num_generations is None else num_generations
    step, fixed, looks, seconds = run.step, 0.0, [], 0.0
    compiled: set[tuple[int, float]] = set()
    for start, stop in blocks(total, num_looks):
        now = float(nne.population.fraction_near_fixation(state.allele_freqs, 0.0))
        if run.config.repack and now >= fixed + 1 / 4:
            step, fixed = run.step.without_fixed(state.allele_freqs), now
        if (stop - start, fixed) not in compiled:
            jax.block_until_ready(nne.evolution.evolve(step, state, batches, stop - start))
            compiled.add((stop - start, fixed))
        begun = time.perf_counter()
        state, _ = jax.block_until_ready(nne.evolution.evolve(step, state, batches, stop - start))
        seconds += time.perf_counter() - begun
        found = {name: round(value, 5) for name, value in look(run, state).items()}
        looks.append({"generation": stop, "seconds": round(seconds, 2), "fixed": now, **found})
    return Trajectory(state, looks)


def blocks(num_generations: int, number: int) -> list[tuple[int, int]]:
    """First and last generations of so many blocks, or of one each; of two lengths at most.

    >>> blocks(3, 20), len(blocks(800, 20)), blocks(45, 20)[-1]
    ([(0, 1), (1, 2), (2, 3)], 20, (42, 45))
    """
    length = max(1, -(-num_generations // number))
    ends = [*range(length, num_generations, length), num_generations]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def first_generation(looks: list[dict[str, Any]], name: str, value: float) -> int | None:
    """The first look's generation at which a number is reached; None where it never is.

    >>> looks = [{"generation": 5, "modal": 0.4}, {"generation": 10, "modal": 0.8}]
    >>> first_generation(looks, "modal", 0.7), first_generation(looks, "modal", 0.9)
    (10, None)
    """
    return next((look["generation"] for look in looks if look[name] >= value), None)
