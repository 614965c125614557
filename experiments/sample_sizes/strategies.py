"""Evolution strategies, which search the weights themselves."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from experiments.run.assemble import Run
from experiments.sample_sizes.learnt import STOP, Learnt, Setting, stops_of
from experiments.sample_sizes.samples import Sample
from experiments.speed.strategies import Search
from nne_jax.data import Batch


def learn(sample: Sample, setting: Setting, make: Callable[[Run, Setting], Search]) -> list[Learnt]:
    """A strategy that searches the weights themselves; it is stopped like the others.

    Args:
      sample: the images.
      setting: the strategy's numbers and, if that was chosen, num_generations.
      make: a ``Search`` of a run, which measures accuracy on its validation images.
    """
    run = sample.run._replace(config=dataclasses.replace(sample.run.config, temperature=1.0))
    search, numbers = make(run, setting), {k: v for k, v in setting.items() if k != STOP}
    stops = stops_of(setting, sample.effort.strategy_generations)

    def accuracy(state: Any, split: Batch) -> dict[str, float]:
        looked_at = dataclasses.replace(run.dataset, validation=split)
        return {"mean": make(run._replace(dataset=looked_at), setting).accuracy(state)}

    return [
        Learnt(numbers | {STOP: stop}, partial(accuracy, state))
        for stop, state in zip(stops, _states(search, stops), strict=True)
    ]


def _states(search: Search, stops: tuple[int, ...]) -> Iterator[Any]:
    """The state after each of some numbers of generations."""
    state = search.state
    for generation in range(1, stops[-1] + 1):
        state = search.generation(state, generation)
        if generation in stops:
            yield state
