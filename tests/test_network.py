import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.network import bernoulli_positions


def test_links_are_distinct_and_ordered_by_receiver_then_sender():
    net = nne.network.init(jax.random.key(0), (30, 20, 10), (0.2, 1.0))
    for layer in net.layers:
        position = np.asarray(layer.receivers) * layer.num_in + np.asarray(layer.senders)
        assert np.all(np.diff(position) > 0)
        assert position.min() >= 0
        assert position.max() < layer.num_in * layer.num_out


@pytest.mark.parametrize("prob", [0.003, 0.1, 0.7])
def test_every_position_is_drawn_with_the_given_probability(prob):
    size, repeats = 500, 400
    draws = [
        bernoulli_positions(jax.random.fold_in(jax.random.key(1), i), prob, size)
        for i in range(repeats)
    ]
    counts = np.bincount(np.concatenate(draws), minlength=size)
    sd = np.sqrt(repeats * prob * (1 - prob))
    assert np.abs(counts - repeats * prob).max() < 5.5 * sd  # any of 500 positions, first and last
    total_sd = np.sqrt(size * repeats * prob * (1 - prob))
    assert abs(counts.sum() - size * repeats * prob) < 4 * total_sd
    pairs = sum(len(set(d) & set(d + 1)) for d in draws)  # neighbours are independent
    assert abs(pairs - repeats * (size - 1) * prob**2) < 6 * np.sqrt(repeats * size) * prob + 1


def test_probabilities_0_and_1_are_exact():
    assert len(bernoulli_positions(jax.random.key(0), 0.0, 10)) == 0
    assert bernoulli_positions(jax.random.key(0), 1.0, 3).tolist() == [0, 1, 2]


def test_split_cuts_weights_by_layer(small):
    weights = jnp.arange(small.net.num_links)
    parts = small.net.split(weights)
    assert [len(part) for part in parts] == [layer.num_links for layer in small.net.layers]
    np.testing.assert_array_equal(jnp.concatenate(parts), weights)
