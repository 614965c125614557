"""Rows of table 1 for the control: the same network and images, trained by gradients."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

import jax
import optax

import nne_jax as nne
from experiments.launch.kept import find, kept
from experiments.launch.results import over_seeds
from experiments.run.assemble import Run, assemble
from experiments.run.classes import classes_text
from experiments.run.config import Config
from experiments.run.moves import batches_of, moves_of
from experiments.run.options.individuals import Data, Network
from experiments.run.plan import load
from experiments.run.weights import accuracy, cross_entropy
from nne_jax.runs.identity import fingerprint
from nne_jax.types import Key, Weights

RATES = {"adam": (0.0003, 0.001, 0.003), "sgd": (0.03, 0.1, 0.3)}  # chosen among by validation
OPTIMISERS = {"adam": optax.adam, "sgd": optax.sgd}
GRADIENT = "gradient"  # what such a row has in place of a preset
NUM_ITERATIONS = 3000
_TIMES_MOVED = 4  # as many of images that move: no two batches are alike, and it learns for longer
BATCH_SIZE = 50


def rows(config: Config, seeds: tuple[int, ...], path: Path) -> list[dict]:
    """A row each for Adam and SGD: test accuracy at the rate that is best in validation.

    Args:
      config: the network and the data.
      seeds: the seeds.
      path: a JSON file that keeps the rows, for an experiment that goes on after them.

    Raises:
      InputError: the file is of another network or other data.
    """
    return kept(path, _settings(config, seeds), lambda: _rows(config, seeds))


def check(config: Config, seeds: tuple[int, ...], path: Path) -> None:
    """Refuses rows that are kept of another network or other data: before the first is made."""
    if path.exists():
        find(path, _settings(config, seeds))


def _settings(config: Config, seeds: tuple[int, ...]) -> dict[str, Any]:
    options = config.deciding_of(Data, Network)
    return options | {"seeds": seeds, "data": fingerprint(load(config))}


def _rows(config: Config, seeds: tuple[int, ...]) -> list[dict]:
    runs = [assemble(dataclasses.replace(config, seed=seed)) for seed in seeds]
    return [_row(model, config, runs) for model in OPTIMISERS]


def _moves(config: Config) -> list[str]:
    """How images move, in words."""
    return [f"{name} {value:g}" for name, value in moves_of(config).items()]


def _num_iterations(config: Config) -> int:
    """Batches that are trained on."""
    return NUM_ITERATIONS * (_TIMES_MOVED if _moves(config) else 1)


def _row(model: str, config: Config, runs: list[Run]) -> dict:
    start = time.perf_counter()
    tried = {rate: [_accuracy(model, rate, run) for run in runs] for rate in RATES[model]}
    over = {rate: over_seeds(accuracies) for rate, accuracies in tried.items()}
    validation = {rate: accuracies["validation"]["mean"] for rate, accuracies in over.items()}
    rate = max(validation, key=lambda rate: validation[rate] or 0.0)
    test = over[rate]["test"]
    return {
        "model": model,
        "preset": ", ".join([GRADIENT, *_moves(config)]),
        "classes": classes_text(config.classes),
        # There is one network: whichever genotype's accuracy is asked for, it is this one's.
        "test_accuracy": dict.fromkeys(nne.evaluation.NETWORKS, test["mean"]),
        "sd": dict.fromkeys(nne.evaluation.NETWORKS, test["sd"]),
        "seeds": [run.config.seed for run in runs],
        "learning_rate": rate,
        "validation_accuracy": {f"{rate:g}": accuracy for rate, accuracy in validation.items()},
        "iterations": _num_iterations(config),
        "batch_size": BATCH_SIZE,
        "seconds": round(time.perf_counter() - start, 1),
    }


def _accuracy(model: str, rate: float, run: Run) -> dict[str, float]:
    """Of the network of a run after training, on the images that it was not trained on."""
    key_weights, key_batches = jax.random.split(run.key_lifetime)
    start = nne.network.he_uniform(key_weights, run.net)
    size = min(BATCH_SIZE, run.dataset.train.labels.shape[0])
    batches = batches_of(run.config, run.dataset.train, size)
    iterations = _num_iterations(run.config)
    weights = _trained(key_batches, run.net, start, batches, rate, model, iterations)
    splits = {"validation": run.dataset.validation, "test": run.dataset.test}
    return {name: accuracy(run.net, weights, split) for name, split in splits.items()}


@functools.partial(jax.jit, static_argnames=("model", "num_iterations"))
def _trained(
    key: Key,
    net: nne.network.Network,
    start: Weights,
    batches: Any,
    rate: float,
    model: str,
    num_iterations: int,
) -> Weights:
    """Weights after training; compiled once for all rates."""
    loss = functools.partial(cross_entropy, net, 1.0)
    return nne.gradients.train(key, start, loss, batches, OPTIMISERS[model](rate), num_iterations)
