"""Choices and cells: what is made and kept of each method on each sample."""

import functools
import time
from pathlib import Path
from typing import Any

from experiments.launch.kept import kept
from experiments.launch.options import SEARCH_SEED
from experiments.launch.results import over_seeds
from experiments.sample_sizes.effort import Effort
from experiments.sample_sizes.learnt import Setting
from experiments.sample_sizes.methods import METHODS, with_needed
from experiments.sample_sizes.samples import Sample, Size, Source


def rows(
    source: Source,
    size: Size,
    methods: tuple[str, ...],
    seeds: tuple[int, ...],
    effort: Effort,
    folder: Path,
) -> list[dict[str, Any]]:
    """The row of each method on the samples of one size: first its choice, then a cell a seed.

    Args:
      source: the data set.
      size: of the samples.
      methods: of ``METHODS``.
      seeds: of the samples that are reported.
      effort: sizes and durations.
      folder: keeps every part.
    """
    choices: dict[str, Setting] = {}
    take = functools.partial(Sample, source, size, effort=effort, folder=folder, choices=choices)
    searched, found = take(seed=SEARCH_SEED), {}
    for name in with_needed(methods):
        found[name] = _choice(name, searched)
        choices[name] = found[name]["setting"]
    del searched  # a sample's activations are large
    cells: dict[str, list[dict[str, Any]]] = {name: [] for name in methods}
    for seed in seeds:
        sample = take(seed=seed)
        for name in methods:
            cells[name].append(_cell(name, sample))
    return [
        {
            "dataset": source.dataset,
            **size._asdict(),
            "method": name,
            "back_propagates": METHODS[name].back_propagates,
            "seeds": list(seeds),
            "test_accuracy": over_seeds([cell["test"] for cell in cells[name]]),
            "seconds": [cell["seconds"] for cell in cells[name]],
            **found[name],
        }
        for name in methods
    ]


def _choice(name: str, sample: Sample) -> dict[str, Any]:
    """The setting that is best on the validation images of the sample, and all that were tried."""
    method = METHODS[name]
    settings = {**_settings(name, sample), "settings": list(method.settings)}

    def choose() -> dict[str, Any]:
        start, tried = time.perf_counter(), []
        for setting in method.settings:
            for learnt in method.learn(sample, setting):
                first, *_ = learnt.accuracy(sample.planned.dataset.validation).values()
                tried.append({"setting": learnt.setting, "validation_accuracy": round(first, 4)})
        best = max(tried, key=lambda one: one["validation_accuracy"])
        return {**best, "tried": tried, "search_seconds": _since(start)}

    return kept(sample.folder / f"{sample.name}-{name}-choice.json", settings, choose)


def _cell(name: str, sample: Sample) -> dict[str, Any]:
    """Test accuracies of the setting that was chosen, and seconds, of what is shared too."""
    method, setting = METHODS[name], sample.choices[name]
    settings = {**_settings(name, sample), "setting": setting}

    def report() -> dict[str, Any]:
        shared, start = method.shared(sample, setting), time.perf_counter()
        (learnt,) = (one for one in method.learn(sample, setting) if one.setting == setting)
        test = learnt.accuracy(sample.planned.dataset.test)
        return {"test": test, "seconds": round(shared + _since(start), 1)}

    return kept(sample.folder / f"{sample.name}-{name}.json", settings, report)


def _settings(name: str, sample: Sample) -> dict[str, Any]:
    """All that a choice or a cell depends on, the choices before it among that."""
    return {**sample.settings, **{other: sample.choices[other] for other in METHODS[name].after}}


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 1)
