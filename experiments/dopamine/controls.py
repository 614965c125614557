"""Rows of table 2 for the controls: the same hidden layer, its output layer not by dopamine."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

import nne_jax as nne
from experiments.dopamine_rows import Schedule
from experiments.layers import Layer, Problem, keys
from nne_jax import plasticity, random_features, readout
from nne_jax.types import InputError

PENALTIES = (1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3)  # chosen among by validation
RATES = (0.01, 0.1, 1.0, 10.0)  # times 1/H: the logits' scale is then that of the rate
OPTIMISERS = {"sgd": optax.adam, "signsgd": optax.sign_sgd}  # the paper's SGD is Adam
CONTROLS = ("ridge", *OPTIMISERS)
BATCH_SIZE = 50
_IMAGES = 500  # whose activations are in memory at a time, beside those of the training images


def check(control: str, layer: Layer) -> None:
    """Raises an InputError for an unknown control, or one that a layer cannot have."""
    if control not in CONTROLS:
        raise InputError(
            f"--controls={control}: unknown; the known ones are {', '.join(CONTROLS)}."
        )
    if not applies(control, layer):
        remedy = "--k_cap=0" if layer.k_cap else "a finite width"
        raise InputError(
            f"--controls={control}, --hidden={layer.width}, --k_cap={layer.k_cap}: {control} has "
            f"no dual form, it learns from the activations of all units; give {remedy} or drop it."
        )


def applies(control: str, layer: Layer) -> bool:
    """Whether a layer can have a control: all but ridge are learned in the primal form."""
    return control == "ridge" or not (layer.is_limit or layer.k_cap)


def ridge_row(problems: dict[int, Problem], test: bool) -> dict:
    """Test accuracies, one a seed, of ridge regression with the penalty validation chose."""
    tried = {p: _ridge(problems, p, "validation") for p in PENALTIES}
    tried = {penalty: round(float(np.mean(seeds)), 4) for penalty, seeds in tried.items()}
    penalty = max(tried, key=tried.get)
    options = {
        "model": "ridge",
        "penalty": penalty,
        "tried_penalties": {f"{p:g}": accuracy for p, accuracy in tried.items()},
        "validation_accuracy": tried[penalty],
    }
    return options | {"test": _ridge(problems, penalty, "test")} if test else options


def _ridge(problems: dict[int, Problem], penalty: float, split: str) -> list[float]:
    accuracies = []
    for problem in problems.values():
        kernels, labels = problem.kernels["graded"], problem.labels
        size, num_classes = len(labels["train"]), len(problem.initial)
        kernel = jnp.asarray(kernels["train"][:, :size])
        weights = readout.ridge(kernel, labels["train"], num_classes, penalty)
        logits = kernels[split][:, :size] @ weights.T
        accuracies.append(float(plasticity.accuracy(logits, labels[split])))
    return accuracies


def gradient_row(
    control: str, layer: Layer, datasets: dict[int, nne.data.Dataset], schedule: Schedule
) -> dict:
    """Test accuracies, one a seed, of an output layer trained by gradients, batches of 50.

    The rate is the one that is best on the first seed's validation images after ``search_epochs``.
    """
    first = dict([next(iter(datasets.items()))])
    tried = {
        rate: _train(control, layer, first, rate, schedule.search_epochs, ("validation",))[0][0]
        for rate in (relative / layer.width for relative in RATES)
    }
    rate = max(tried, key=tried.get)
    splits = ("validation", "test") if schedule.test else ("validation",)
    validation, *test = _train(control, layer, datasets, rate, schedule.epochs, splits)
    options = {
        "model": control,
        "epochs": schedule.epochs,
        "batch_size": BATCH_SIZE,
        "learning_rate": rate,
        "tried_rates": {f"{r:g}": round(accuracy, 4) for r, accuracy in tried.items()},
        "validation_accuracy": round(float(np.mean(validation)), 4),
    }
    return options | {"test": test[0]} if schedule.test else options


def _train(control, layer, datasets, rate, epochs, splits) -> list[list[float]]:
    """Accuracies on each split, of each seed, after training."""
    accuracies = []
    for seed, dataset in datasets.items():
        key_hidden, key_output = jax.random.split(keys(seed).layer)  # as in ``kernels``
        units, num_classes = jnp.arange(layer.width), len(dataset.classes)
        num_images, num_inputs = dataset.train.images.shape
        weights = random_features.hidden_weights(key_hidden, num_inputs, units)
        batch_size = min(BATCH_SIZE, num_images)
        output = readout.train(
            keys(seed).learning,
            random_features.output_weights(key_output, layer.width, num_classes, units).T,
            nne.data.Batch(_activations(weights, dataset.train.images), dataset.train.labels),
            _optimiser(control, rate),
            epochs * num_images // batch_size,
            batch_size,
        )
        accuracies.append([_accuracy(weights, output, getattr(dataset, name)) for name in splits])
    return [list(split) for split in zip(*accuracies, strict=True)]


def _accuracy(weights: jax.Array, output: jax.Array, split: nne.data.Batch) -> float:
    """Fraction of a split that is classified correctly, a few images at a time."""
    right = 0
    for start in range(0, len(split.labels), _IMAGES):
        images, labels = (part[start : start + _IMAGES] for part in split)
        logits = _activations(weights, images) @ output
        right += int(jnp.sum(jnp.argmax(logits, axis=1) == labels))
    return right / len(split.labels)


_activations = jax.jit(random_features.activations)


@functools.cache
def _optimiser(control: str, rate: float) -> optax.GradientTransformation:
    return OPTIMISERS[control](rate)  # the same object for the same rate: compiled once
