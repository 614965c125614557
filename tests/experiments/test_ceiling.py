"""Frequencies trained through W, where the optimum is known, and against a numpy loop."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from experiments.evolved.ceiling import Ceiling, train_allele_freqs
from experiments.launch.kept import kept
from experiments.run.config import Config
from nne_jax import genome
from nne_jax.errors import InputError

KEY = jax.random.key(0)
W = np.array([[1.0, -0.5, 0.0], [0.0, 2.0, -1.0]], np.float32)  # two weights of three genes
ROWS, GENES = np.nonzero(W)
GEN = genome.Genome(
    jnp.asarray(ROWS, "int32"), jnp.asarray(GENES, "int32"), jnp.asarray(W[ROWS, GENES]), None, 2, 3
)
SLOPE = np.array([1.0, -0.25], np.float32)


def linear(slope, weights, batch):
    return batch * jnp.sum(slope * weights)


def squares(target, weights, batch):
    return batch * jnp.sum((weights - target) ** 2)


def one(key):
    return jnp.float32(1)


def trained(loss_fn, number, rate, num_steps):
    batches = Partial(one)
    return train_allele_freqs(
        KEY, GEN, Partial(loss_fn, jnp.asarray(number)), batches, rate, num_steps
    )


def test_a_linear_loss_has_its_minimum_at_a_corner_and_frequencies_stay_in_0_and_1():
    """The gradient with respect to p is Wᵀ slope, whatever was sampled: (1, -1, 0.25)."""
    p = np.asarray(trained(linear, SLOPE, 0.5, 300))
    np.testing.assert_allclose(p, [0, 1, 0], atol=0.01)
    assert 0 <= p.min() <= p.max() <= 1


def test_three_steps_are_those_of_adam_on_the_log_odds():
    log_odds, first, second = np.zeros(3), np.zeros(3), np.zeros(3)
    for step in range(1, 4):
        p = 1 / (1 + np.exp(-log_odds))
        gradient = (W.T @ SLOPE) * p * (1 - p)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        ratio = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        log_odds -= 0.1 * ratio
    found = trained(linear, SLOPE, 0.1, 3)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-log_odds)), rtol=1e-5)


def test_no_step_leaves_one_half():
    np.testing.assert_array_equal(trained(linear, SLOPE, 0.1, 0), 0.5)


def test_samples_are_of_the_frequencies():
    """A genotype whose weights are the target is found: (1, 0, 1)."""
    target = W @ np.array([1, 0, 1], np.float32)
    np.testing.assert_allclose(trained(squares, target, 0.3, 400), [1, 0, 1], atol=0.02)


def test_a_kept_ceiling_is_known_by_its_individuals_and_not_by_how_they_evolve(tmp_path):
    path, config = tmp_path / "ceiling.json", Config()

    def settings(**differs):
        return Ceiling(dataclasses.replace(config, **differs), 5, 0.1, "a1b2", path)

    kept(path, settings()._settings, dict)
    settings(data_dir="elsewhere", selection_intensity=1.0, population_size=7).check()
    others = {
        "receptive_field": 2.0, "effect_scale": 0.5, "expression": "tanh", "activation": "tanh",
        "k_cap": 3, "biases": True, "num_chromosomes": 4, "warp": 0.1, "precision": "bfloat16",
    }  # fmt: skip
    for name, value in others.items():
        with pytest.raises(InputError, match=f"was made with {name}="):
            settings(**{name: value}).check()
