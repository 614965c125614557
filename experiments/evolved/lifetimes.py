"""Learning within a lifetime, by genotypes of runs that have evolved: kept beside each run."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from experiments.launch.kept import kept
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config, Learning
from experiments.run.run_directory import RunDirectory
from experiments.run.summary import LIFETIME_SAMPLED, lifetime_accuracy
from nne_jax._files import digest
from nne_jax.runs.identity import fingerprint


def learning_config(config: Config, rule: str) -> Config:
    """The config of a run with learning by a rule, at that rule's own step."""
    return dataclasses.replace(config, lifetime=rule, lifetime_rate=None)


def reports(
    config: Config, rules: Sequence[str], seeds: Sequence[int], folders: Sequence[RunDirectory]
) -> dict[str, list[dict[str, Any]]]:
    """By rule, what each run's genotypes came to on the test set after a lifetime.

    Args:
      config: of the runs; its seed is replaced.
      rules: how their output layers learn, of ``lifetime.LIFETIMES``.
      seeds: of the runs.
      folders: of the runs, which are complete; each keeps its reports.

    Raises:
      InputError: a report is there that was made of another evolution or with other settings.
    """
    runs = [
        _run_reports(dataclasses.replace(config, seed=seed), rules, folder)
        for seed, folder in zip(seeds, folders, strict=True)
    ]
    return {rule: [run[rule] for run in runs] for rule in rules}


def _run_reports(
    config: Config, rules: Sequence[str], folder: RunDirectory
) -> dict[str, dict[str, Any]]:
    """The reports of one run, which is put together once, and only if one is missing."""
    allele_freqs = jnp.asarray(folder.allele_freqs())
    evolved = {
        "num_sampled": LIFETIME_SAMPLED,
        "allele_freqs": fingerprint(allele_freqs),
        "run": digest(folder.config()["identity"]),  # data, network and genome
    }
    assembled = functools.cache(lambda: assemble(config))
    found = {}
    for rule in rules:
        learning = learning_config(config, rule).learning
        assert learning is not None  # as there is a rule
        settings = {**learning._asdict(), **evolved}
        make = functools.partial(_report, assembled, allele_freqs, learning)
        found[rule] = kept(folder.path / f"lifetime-{rule}.json", settings, make)
    return found


def _report(
    assembled: Callable[[], Run], allele_freqs: jax.Array, learning: Learning
) -> dict[str, Any]:
    return {"test_accuracy": lifetime_accuracy(assembled(), allele_freqs, learning)}
