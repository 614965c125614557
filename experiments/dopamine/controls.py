"""Rows of table 2 for the controls: the same hidden layer, its output layer not by dopamine."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments.dopamine.layers import Layer, Problem, keys
from experiments.dopamine.rows import Schedule
from nne_jax import fitness, gradients
from nne_jax.data import Batch, Dataset, Minibatches
from nne_jax.dopamine import features, ridge
from nne_jax.engines import memory
from nne_jax.errors import InputError

PENALTIES = (1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3)  # chosen among by validation
RATES = (0.01, 0.1, 1.0, 10.0)  # times 1/H: the logits' scale is then that of the rate
OPTIMISERS = {"adam": optax.adam, "signsgd": optax.sign_sgd}
CONTROLS = ("ridge", *OPTIMISERS)
BATCH_SIZE = 50
_EXAMPLES = 500  # whose activations are in memory at a time, beside those of the training set


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


def check_memory(layer: Layer, dataset: Dataset, control: str) -> None:
    """Refuses a control whose activations of all training images do not fit."""
    if control == "ridge":
        return
    (size, num_inputs), num_classes = dataset.train.inputs.shape, len(dataset.classes)
    needed = 4 * int(layer.width) * (size + _EXAMPLES + num_inputs + 4 * num_classes)
    if needed > (available := memory.machine_bytes()):
        raise InputError(
            f"--controls={control}, --hidden={layer.width}: activations of {size} images need "
            f"about {needed / 2**30:.1f} GiB of memory, the machine has {available / 2**30:.1f}; "
            "drop the control or that width, or lower --per_class."
        )


def applies(control: str, layer: Layer) -> bool:
    """Whether a layer can have a control: all but ridge are learned in the primal form."""
    return control == "ridge" or not (layer.is_limit or layer.k_cap)


def ridge_row(problems: dict[int, Problem], test: bool) -> dict:
    """Test accuracies, one a seed, of ridge regression with the penalty validation chose."""
    tried = {p: np.mean(_ridge(problems, p, "validation")) for p in PENALTIES}
    tried = {penalty: round(float(accuracy), 4) for penalty, accuracy in tried.items()}
    penalty = max(tried, key=lambda p: tried[p])
    row = {
        "model": "ridge",
        "penalty": penalty,
        "tried_penalties": {f"{p:g}": accuracy for p, accuracy in tried.items()},
        "validation_accuracy": tried[penalty],
    }
    return row | {"test": _ridge(problems, penalty, "test")} if test else row


def _ridge(problems: dict[int, Problem], penalty: float, split: str) -> list[float]:
    """Accuracy of each seed on a split."""
    accuracies = []
    for problem in problems.values():
        kernels, labels = problem.kernels["graded"], problem.labels
        size, num_classes = len(labels["train"]), len(problem.initial)
        kernel = jnp.asarray(kernels["train"][:, :size])
        weights = ridge.solve(kernel, labels["train"], num_classes, penalty)
        logits = kernels[split][:, :size] @ weights.T
        accuracies.append(float(fitness.fraction_correct(logits, labels[split])))
    return accuracies


def gradient_row(
    control: str, layer: Layer, datasets: dict[int, Dataset], schedule: Schedule
) -> dict:
    """Test accuracies, one a seed, of an output layer trained by gradients, batches of 50.

    The rate is the one that is best on the first seed's validation examples after
    ``search_epochs``.
    """
    seed, dataset = next(iter(datasets.items()))
    tried = {}
    for rate in (relative / layer.width for relative in RATES):
        output = _train(control, layer, dataset, seed, rate, schedule.search_epochs)
        tried[rate] = _accuracy(layer, output, seed, dataset.validation)
    rate = max(tried, key=lambda r: tried[r])
    outputs = {
        seed: _train(control, layer, dataset, seed, rate, schedule.epochs)
        for seed, dataset in datasets.items()
    }

    def accuracies(split):
        return [_accuracy(layer, outputs[s], s, getattr(datasets[s], split)) for s in datasets]

    row = {
        "model": control,
        "epochs": schedule.epochs,
        "batch_size": BATCH_SIZE,
        "learning_rate": rate,
        "tried_rates": {f"{r:g}": round(accuracy, 4) for r, accuracy in tried.items()},
        "validation_accuracy": round(float(np.mean(accuracies("validation"))), 4),
    }
    return row | {"test": accuracies("test")} if schedule.test else row


def _train(control, layer: Layer, dataset: Dataset, seed: int, rate, epochs: int) -> jax.Array:
    """The (H, C) output weights after training."""
    _, key_output = jax.random.split(keys(seed).layer)  # as in ``kernels``
    inputs, labels = dataset.train
    units, num_classes = jnp.arange(layer.width), len(dataset.classes)
    start = features.output_weights(key_output, layer.width, num_classes, units).T
    hidden = Batch(_activations(_hidden_weights(layer, seed, inputs.shape[1]), inputs), labels)
    size = min(BATCH_SIZE, len(labels))
    num_iterations = epochs * len(labels) // size
    return _descend(keys(seed).learning, start, hidden, rate, control, num_iterations, size)


@partial(jax.jit, static_argnames=("control", "num_iterations", "batch_size"))
def _descend(key, start, hidden: Batch, rate, control, num_iterations, batch_size) -> jax.Array:
    """Gradient descent; the rate is traced, so that all of them are compiled once."""
    batches, optimiser = Minibatches(hidden, batch_size), OPTIMISERS[control](rate)
    return gradients.train(key, start, _loss, batches, optimiser, num_iterations)


def _loss(output: jax.Array, batch: Batch) -> jax.Array:
    logits = jnp.matmul(batch.inputs, output, precision="highest")
    return jnp.mean(fitness.cross_entropy(logits, batch.labels))


def _accuracy(layer: Layer, output: jax.Array, seed: int, split: Batch) -> float:
    """Fraction of a split that is classified correctly, a few examples at a time."""
    weights, right = _hidden_weights(layer, seed, split.inputs.shape[1]), 0
    for start in range(0, len(split.labels), _EXAMPLES):
        inputs, labels = (part[start : start + _EXAMPLES] for part in split)
        logits = _activations(weights, inputs) @ output
        right += int(jnp.sum(jnp.argmax(logits, axis=1) == labels))
    return right / len(split.labels)


def _hidden_weights(layer: Layer, seed: int, num_inputs: int) -> jax.Array:
    key_hidden, _ = jax.random.split(keys(seed).layer)  # as in ``kernels``
    return features.hidden_weights(key_hidden, num_inputs, jnp.arange(layer.width))


_activations = jax.jit(features.activations)
