"""Rows of table 1 for the control: the same network and images, trained by gradients."""

import dataclasses
import functools
import time
from pathlib import Path

import jax
import optax

import nne_jax as nne
from experiments import results_file
from experiments.assemble import assemble
from experiments.config import Config
from experiments.kept import kept
from nne_jax.plots import NETWORKS

RATES = {"adam": (0.0003, 0.001, 0.003), "sgd": (0.03, 0.1, 0.3)}  # chosen among by validation
OPTIMISERS = {"adam": optax.adam, "sgd": optax.sgd}
NUM_ITERATIONS = 3000
BATCH_SIZE = 50
_MADE_WITH = ("dataset", "classes", "per_class", "validation_per_class", "hidden", "edge_prob")


def rows(config: Config, seeds: list[int], path: Path) -> list[dict]:
    """A row each for Adam and plain SGD: test accuracy at the rate that is best in validation.

    Args:
      config: the network and the data.
      seeds: the seeds.
      path: a JSON file that keeps the rows, for an experiment that goes on after them.

    Raises:
      InputError: the file is of another network or other data.
    """
    settings = {name: getattr(config, name) for name in _MADE_WITH}
    return kept(path, settings | {"seeds": seeds}, lambda: _rows(config, seeds))


def _rows(config: Config, seeds: list[int]) -> list[dict]:
    parts = [assemble(dataclasses.replace(config, seed=seed)) for seed in seeds]
    return [_row(model, config, parts, seeds) for model in OPTIMISERS]


def _row(model: str, config: Config, parts: list, seeds: list[int]) -> dict:
    start = time.perf_counter()
    tried = {rate: [_train(model, rate, part) for part in parts] for rate in RATES[model]}
    validation = {
        rate: results_file.over_seeds(runs)["validation"]["mean"] for rate, runs in tried.items()
    }
    rate = max(validation, key=validation.get)
    test = results_file.over_seeds(tried[rate])["test"]
    return {
        "model": "sgd" if model == "sgd" else f"sgd:{model}",
        "preset": "gradient",
        "classes": config.classes,
        # There is one network: whichever genotype's accuracy is asked for, it is this one's.
        "test_accuracy": dict.fromkeys(NETWORKS, test["mean"]),
        "sd": dict.fromkeys(NETWORKS, test["sd"]),
        "seeds": seeds,
        "learning_rate": rate,
        "validation_accuracy": {f"{r:g}": accuracy for r, accuracy in validation.items()},
        "iterations": NUM_ITERATIONS,
        "batch_size": BATCH_SIZE,
        "seconds": round(time.perf_counter() - start, 1),
    }


def _train(model: str, rate: float, parts) -> dict[str, float]:
    key_weights, key_batches = jax.random.split(parts.key_lifetime)
    start = nne.backprop.init_weights(key_weights, parts.net)
    weights = nne.backprop.train(
        key_batches,
        parts.net,
        start,
        parts.dataset.train,
        _optimiser(model, rate),
        NUM_ITERATIONS,
        min(BATCH_SIZE, parts.dataset.train.labels.shape[0]),
    )
    splits = {"validation": parts.dataset.validation, "test": parts.dataset.test}
    return {k: float(nne.evaluation.accuracy(parts.net, weights, s)) for k, s in splits.items()}


@functools.cache
def _optimiser(model: str, rate: float) -> optax.GradientTransformation:
    return OPTIMISERS[model](rate)  # the same object for the same rate: compiled once
