"""Evolution strategies, which search the weights themselves."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax

from experiments.run.assemble import Run
from experiments.sample_sizes.learnt import STOP, Learnt, Setting, stops_of
from experiments.sample_sizes.samples import Sample
from experiments.speed.search import Search


def learn(sample: Sample, setting: Setting, make: Callable[[Run, Setting], Search]) -> list[Learnt]:
    """A strategy that searches the weights themselves; it is stopped like the others.

    Args:
      sample: the images.
      setting: the strategy's numbers and, if that was chosen, num_generations.
      make: a ``Search`` of a run.
    """
    run = sample.run._replace(config=dataclasses.replace(sample.run.config, temperature=1.0))
    search, numbers = make(run, setting), {k: v for k, v in setting.items() if k != STOP}
    stops = stops_of(setting, sample.effort.strategy_generations)

    return [
        Learnt(numbers | {STOP: stop}, partial(search.accuracy, state))
        for stop, state in zip(stops, _states(search, stops), strict=True)
    ]


def _states(search: Search, stops: tuple[int, ...]) -> Iterator[Any]:
    """The state after each of some numbers of generations.

    One generation at a time: devices of a CPU that are given several may wait for each other in
    different ones, for ever.
    """
    state = search.state
    for generation in range(1, stops[-1] + 1):
        state = jax.block_until_ready(search.generation(state, generation))
        if generation in stops:
            yield state
