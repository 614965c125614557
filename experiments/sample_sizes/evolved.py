"""Allele frequencies that evolve, by NNE and PBIL, and learning in the lifetime of NNE's."""

import dataclasses
import itertools
import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from experiments.launch.kept import find_arrays, keep_arrays
from experiments.run import summary
from experiments.run.assemble import Run
from experiments.run.steps import make_rule
from experiments.sample_sizes.effort import BATCH_SIZE, LIFETIME_ITERATIONS, NUM_SAMPLED
from experiments.sample_sizes.learnt import STOP, Learnt, Setting, stops_of
from experiments.sample_sizes.samples import Sample
from nne_jax.data import Batch
from nne_jax.types import AlleleFreqs

_BLOCK = 25  # generations that are made by one call


def population(sample: Sample, setting: Setting, selection: str) -> list[Learnt]:
    """Evolves by a rule; of a setting without a number of generations it has several.

    Args:
      sample: the images.
      setting: the rule's numbers and, if that was chosen, num_generations.
      selection: the rule, by ``Config``'s name.
    """
    arrays = _frequencies(sample, setting, selection)
    return [
        Learnt(setting | {STOP: stop}, partial(_accuracy, sample.run, jnp.asarray(p)))
        for stop, p in zip(arrays["stops"].tolist(), arrays["allele_freqs"], strict=True)
    ]


def seconds(sample: Sample, setting: Setting, selection: str) -> float:
    """What the evolution took, which is made here if it was not yet."""
    return float(_frequencies(sample, setting, selection)["seconds"])


def lifetime(sample: Sample, setting: Setting, rule: str) -> list[Learnt]:
    """Learning of the output layer by genotypes that NNE has evolved.

    Args:
      sample: the images.
      setting: rate, of the learning.
      rule: how they learn, one of ``lifetime.LIFETIMES``.
    """
    run, labels = sample.run, sample.run.dataset.train.labels
    p = jnp.asarray(_frequencies(sample, sample.choices["nne"], "intensity")["allele_freqs"][-1])

    def accuracy(split: Batch) -> dict[str, float]:
        accuracies = nne.lifetime.evaluate(
            run.key_lifetime,
            run.net,
            run.gen,
            p,
            run.dataset.train,
            split,
            nne.lifetime.LIFETIMES[rule](setting["rate"]),
            num_sampled=NUM_SAMPLED,
            num_iterations=LIFETIME_ITERATIONS,
            batch_size=min(BATCH_SIZE, len(labels)),
            temperature=run.config.last_temperature,
        )
        return {"sampled": float(np.mean(accuracies))}

    return [Learnt(setting, accuracy)]


def lifetime_seconds(sample: Sample, setting: Setting) -> float:
    """What the evolution before the lifetime took."""
    del setting
    return seconds(sample, sample.choices["nne"], "intensity")


def _frequencies(sample: Sample, setting: Setting, selection: str) -> dict[str, np.ndarray]:
    """stops, allele_freqs after each of them, and seconds; kept, for the lifetimes that follow."""
    text = "-".join(f"{name}{value:g}" for name, value in setting.items())
    path = sample.folder / f"{sample.name}-{selection}-{text}.npz"
    settings = {**sample.settings, "rule": selection, "setting": setting}
    if (found := find_arrays(path, settings)) is None:
        keep_arrays(path, settings, _evolve(sample, setting, selection))
        found = find_arrays(path, settings)
    assert found is not None  # it was just written
    return found


def _evolve(sample: Sample, setting: Setting, selection: str) -> dict[str, Any]:
    run, start = sample.run, time.perf_counter()
    numbers = {name: value for name, value in setting.items() if name != STOP}
    rule = make_rule(dataclasses.replace(run.config, selection=selection, **numbers))
    step = dataclasses.replace(
        run.step, reproduction=dataclasses.replace(run.step.reproduction, rule=rule)
    )
    state = run.state._replace(rule_state=rule.init(run.state.allele_freqs))
    stops, frequencies = stops_of(setting, sample.effort.num_generations), []
    for before, stop in itertools.pairwise((0, *stops)):
        for generations in _blocks(stop - before):
            evolved = nne.evolution.evolve(step, state, run.batches, generations)
            state, _ = jax.block_until_ready(evolved)
        frequencies.append(np.asarray(state.allele_freqs))
    seconds = round(time.perf_counter() - start, 1)
    return {"stops": stops, "allele_freqs": np.stack(frequencies), "seconds": seconds}


def _blocks(generations: int) -> list[int]:
    """At most two lengths, so that few programs are compiled, none so long that Ctrl-C waits."""
    whole, rest = divmod(generations, _BLOCK)
    return [_BLOCK] * whole + [rest] * bool(rest)


def _accuracy(run: Run, allele_freqs: AlleleFreqs, split: Batch) -> dict[str, float]:
    """Of the modal genotype, of sampled ones, and of the mean genotype."""
    state = run.state._replace(allele_freqs=allele_freqs)
    found = summary.accuracy(run, state, split)
    return {"modal": found["modal"], "sampled": found["sampled_mean"], "mean": found["mean"]}
