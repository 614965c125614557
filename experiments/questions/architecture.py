"""Which links are expressed, and does learning choose them? By what is left after pruning.

A network is pruned of its smallest weights, or of the same share of them at random. If learning
puts what matters into few links, much can go by size before accuracy falls; how much more than at
random, and than in a network whose weights were drawn, says whether it chose an architecture.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.tree_util import Partial

import nne_jax as nne
from experiments.launch.kept import kept
from experiments.questions import trajectories
from experiments.questions.asked import Asked
from experiments.questions.compared import report
from experiments.run.assemble import Run, assemble
from experiments.run.plan import load
from experiments.run.weights import accuracy, cross_entropy
from nne_jax import dopamine
from nne_jax.data import Minibatches
from nne_jax.network import Network
from nne_jax.runs.identity import fingerprint

KEPT = (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05)  # shares of the weights
_ENOUGH = 0.95  # of the accuracy with all of them
_STEPS, _RATE = 2000, 0.001  # of Adam, the control
_CONTROL = "a random genotype, its outputs learnt"
_EPOCHS = 20  # of output layers that learn
_NUMBERS = ("kept_by_size", "kept_at_random", "effective_fan_in", "hoyer")


def architecture(asked: Asked) -> list[dict[str, Any]]:
    """A row for each network that learns, and for those that do not: the controls."""
    data, config = fingerprint(load(asked.base)), asked.config()
    settings = {**config.deciding, "data": data, "steps": asked.shrunk(_STEPS)}
    each = [
        kept(
            asked.folder / f"architecture-seed{seed}.json",
            {**settings, "seed": seed},
            lambda seed=seed: _of_seed(asked, dataclasses.replace(config, seed=seed)),
        )
        for seed in asked.seeds
    ]
    return [
        report(asked, name, {}, [one[name] for one in each], "modal", _NUMBERS) for name in each[0]
    ]


def _of_seed(asked: Asked, config: Any) -> dict[str, dict[str, Any]]:
    """By name, what is measured of each network of a seed."""
    run = assemble(config)
    (genotype,) = nne.population.sample(run.key_evaluation, run.state.allele_freqs, 1)
    drawn = nne.genome.express(run.gen, genotype)  # at p = 1/2 no genotype is the modal one
    images = [_image(run, drawn)]

    def look(run: Run, state: Any) -> dict[str, float]:
        images.append(_image(run, _modal_weights(run, state)))
        return {}

    evolved = trajectories.evolve(run, look)
    full, before, after = _dopaminergic(run)
    found = {
        "evolved": _measure(run, run.net, _modal_weights(run, evolved.state)),
        _CONTROL: _measure(run, run.net, _lifetime(run, run.net, drawn, "sgd")),
        "Adam": _measure(run, run.net, _adam(run, asked.shrunk(_STEPS))),
        "DNN's output layer": _measure(run, full, after, layer=1),
        "the same before it learns": _measure(run, full, before, layer=1),
    }
    more = {"images": _some(images), "seconds": evolved.looks[-1]["seconds"]}
    return found | {"evolved": found["evolved"] | more}


def _modal_weights(run: Run, state: Any) -> jax.Array:
    return nne.genome.express(run.gen, nne.evaluation.modal_genotype(state.allele_freqs))


def _image(run: Run, weights: jax.Array) -> np.ndarray:
    """How much each input is read: the sum of |w| of the links from it."""
    first = run.net.layers[0]
    below, *_ = run.net.split(weights)
    return np.bincount(np.asarray(first.senders), np.abs(below), first.num_in)


def _some(images: list[np.ndarray]) -> list[list[float]]:
    """The first, the middle and the last, as shares of all that is read."""
    chosen = (images[index] for index in (0, len(images) // 2, -1))
    return [np.round(image / max(image.sum(), 1e-30), 7).tolist() for image in chosen]


def _adam(run: Run, steps: int) -> jax.Array:
    """The same links, by gradients."""
    return nne.gradients.train(
        run.key_lifetime,
        nne.network.he_uniform(run.key_evaluation, run.net),
        Partial(cross_entropy, run.net, run.config.temperature),
        Minibatches(run.dataset.train, run.batch_size),
        optax.adam(_RATE),
        steps,
    )


def _dopaminergic(run: Run) -> tuple[Network, jax.Array, jax.Array]:
    """A random hidden layer below an output layer, before and after it learns by reward."""
    sizes = run.net.layer_sizes
    key_hidden, key_output = jax.random.split(run.key_lifetime)
    net = nne.network.init(key_hidden, sizes, (1.0,) * (len(sizes) - 1))
    hidden = dopamine.features.hidden_weights(key_hidden, sizes[0], jnp.arange(sizes[1]))
    output = dopamine.features.output_weights(key_output, sizes[1], sizes[2], jnp.arange(sizes[1]))
    before = jnp.concatenate([hidden.ravel(), output.ravel()])
    return net, before, _lifetime(run, net, before, "dopamine")


def _lifetime(run: Run, net: Network, weights: jax.Array, rule: str) -> jax.Array:
    """The output layer after some epochs of a lifetime's learning."""
    train = run.dataset.train
    batch = min(run.batch_size, train.labels.shape[0])
    return nne.lifetime.learn_output_layer(
        run.key_lifetime,
        net,
        weights,
        train,
        nne.lifetime.LIFETIMES[rule](nne.lifetime.RATES[rule]),
        num_iterations=_EPOCHS * max(1, train.labels.shape[0] // batch),
        batch_size=batch,
        temperature=run.config.temperature,
    )


def _measure(
    run: Run, net: Network, weights: jax.Array, layer: int | None = None
) -> dict[str, Any]:
    """Test accuracy by the share of weights that are kept, and how unequal they are.

    Args:
      run: of the images.
      net: the wiring.
      weights: (m,) of it.
      layer: whose weights are looked at, and pruned; None: of all layers, each by itself.
    """
    order = {
        "by_size": np.abs(np.asarray(weights)),
        "at_random": np.random.default_rng(0).random(net.num_links),
    }
    curves = {
        name: [
            round(accuracy(net, _pruned(net, weights, by, share, layer), run.dataset.test), 5)
            for share in KEPT
        ]
        for name, by in order.items()
    }
    looked_at = [np.abs(part) for part in net.split(np.asarray(weights))][layer or 0]
    return {
        "modal": curves["by_size"][0],
        "seconds": 0.0,
        **{f"kept_{name}": _share_enough(curve) for name, curve in curves.items()},
        "effective_fan_in": _effective_fan_in(net.layers[layer or 0], looked_at),
        "hoyer": _hoyer(looked_at),
        "pruned": curves,
        "quantiles": np.quantile(looked_at, np.linspace(0, 1, 21)).round(5).tolist(),
    }


def _pruned(
    net: Network, weights: jax.Array, by: np.ndarray, share: float, layer: int | None
) -> jax.Array:
    """Weights of which a share of each layer is left: those that are largest by some order."""
    parts = []
    for index, (own, order) in enumerate(zip(net.split(np.asarray(weights)), net.split(by),
                                             strict=True)):  # fmt: skip
        left = len(own) if layer not in (None, index) else max(1, round(share * len(own)))
        kept_ids = np.argsort(-np.asarray(order), kind="stable")[:left]
        mask = np.zeros(len(own), bool)
        mask[kept_ids] = True
        parts.append(np.where(mask, own, 0))
    return jnp.asarray(np.concatenate(parts), jnp.float32)


def _share_enough(curve: list[float]) -> float:
    """The smallest share of weights with 95% of the accuracy of all, and no less with any larger.

    >>> _share_enough([0.9, 0.9, 0.88, 0.5, 0.89, 0.2, 0.1])
    0.5
    """
    enough = [accuracy >= _ENOUGH * curve[0] for accuracy in curve]
    first_miss = enough.index(False) if False in enough else len(enough)
    return KEPT[first_miss - 1]


def _effective_fan_in(layer: Any, sizes: np.ndarray) -> float:
    """Mean over units of (Σ w²)² / Σ w⁴: how many links of equal size would do as much."""
    receivers = np.asarray(layer.receivers)
    second, fourth = (
        np.bincount(receivers, sizes.astype(float) ** power, layer.num_out) for power in (2, 4)
    )
    return round(float(np.mean(second**2 / np.maximum(fourth, 1e-30))), 3)


def _hoyer(sizes: np.ndarray) -> float:
    """Sparsity, (√m - Σ|w| / √Σw²) / (√m - 1): 0 where all are equal, 1 where one is not 0.

    Source: Hoyer, Non-negative matrix factorization with sparseness constraints, 2004.

    >>> _hoyer(np.array([1.0, 1.0])), _hoyer(np.array([0.0, 1.0]))
    (0.0, 1.0)
    """
    root, norm = len(sizes) ** 0.5, float(np.sqrt(np.sum(sizes.astype(float) ** 2)))
    return round((root - float(np.sum(sizes)) / norm) / (root - 1), 5) + 0.0
