"""Random features, k-cap and the kernels, against one matrix of all activations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax.dopamine import FIRED_HIDDEN, features, kernels


@pytest.fixture(scope="module")
def images():
    return jax.random.uniform(jax.random.key(5), (7, 12))


def whole_layer(key, num_hidden, images, num_classes=3):
    """(B, H) activations and (C, H) initial weights, all at once, in float64."""
    key_hidden, key_output = jax.random.split(key)
    units = jnp.arange(num_hidden)
    weights = np.asarray(features.hidden_weights(key_hidden, images.shape[1], units), float)
    initial = features.output_weights(key_output, num_hidden, num_classes, units)
    return np.maximum(np.asarray(images, float) @ weights.T, 0), np.asarray(initial, float)


def k_cap_loop(hidden, k):
    """The k largest of each row; of equals the first."""
    capped = np.zeros_like(hidden)
    for row, kept in zip(hidden, capped, strict=True):
        for unit in sorted(range(len(row)), key=lambda i: (-row[i], i))[:k]:
            kept[unit] = row[unit]
    return capped


def test_he_uniform_has_variance_two_over_inputs():
    weights = features.hidden_weights(jax.random.key(0), 50, jnp.arange(2000))
    assert jnp.abs(weights).max() <= (6 / 50) ** 0.5
    np.testing.assert_allclose(weights.mean(), 0, atol=4e-3)
    np.testing.assert_allclose(weights.var(), 2 / 50, rtol=0.02)


def test_k_cap_keeps_exactly_k_and_ties_go_to_the_lower_index(rng):
    hidden = rng.integers(1, 4, size=(20, 9)).astype(np.float32)  # many ties, none of them 0
    for k in (1, 4, 9):
        capped = np.asarray(features.k_cap(jnp.asarray(hidden), k))
        np.testing.assert_array_equal(capped, k_cap_loop(hidden, k))
        np.testing.assert_array_equal((capped > 0).sum(axis=1), k)


@pytest.mark.slow
@pytest.mark.parametrize("block_size", [5, 8, 100])
def test_blocked_kernels_are_those_of_the_whole_layer(images, block_size):
    key, num_hidden = jax.random.key(1), 16
    hidden, initial = whole_layer(key, num_hidden, images)
    actual = kernels.blocked(key, num_hidden, images, images[:4], 3, block_size)
    np.testing.assert_allclose(actual.by_trace["graded"], hidden @ hidden[:4].T, rtol=1e-4)
    np.testing.assert_allclose(actual.by_trace["binary"], hidden @ (hidden[:4] > 0).T, rtol=1e-4)
    np.testing.assert_allclose(actual.initial, hidden @ initial.T, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_a_wider_layer_starts_with_the_same_units(images):
    key, _ = jax.random.split(jax.random.key(1))
    narrow, wide = (features.hidden_weights(key, 12, jnp.arange(h)) for h in (4, 9))
    np.testing.assert_array_equal(wide[:4], narrow)


@pytest.mark.parametrize("k", [1, 6, 16])
def test_capped_kernels_are_those_of_the_whole_layer(images, k):
    key, num_hidden = jax.random.key(1), 16
    hidden, initial = whole_layer(key, num_hidden, images)
    hidden = k_cap_loop(hidden, k)
    values, units = kernels.most_active(key, num_hidden, images, 16, block_size=3)
    left = kernels.MostActive(values[:, :k], units[:, :k])  # the head of a larger cap
    right = kernels.MostActive(*(part[:4] for part in left))
    actual = kernels.capped(key, num_hidden, left, right, 3)
    np.testing.assert_allclose(actual.by_trace["graded"], hidden @ hidden[:4].T, rtol=1e-4)
    np.testing.assert_allclose(actual.by_trace["binary"], hidden @ (hidden[:4] > 0).T, rtol=1e-4)
    np.testing.assert_allclose(actual.initial, hidden @ initial.T, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_the_infinite_limit_against_gaussian_units(rng, images):
    """E over u, v jointly normal, by a million draws of them; 200 inputs make it a limit."""
    weights = rng.normal(size=(400_000, 12)) * (2 / 12) ** 0.5
    hidden = np.maximum(weights @ np.asarray(images[:3], float).T, 0)
    limit = kernels.arc_cosine(images[:3], images[:3])
    np.testing.assert_allclose(
        limit.by_trace["graded"], hidden.T @ hidden / len(weights), rtol=0.02
    )
    np.testing.assert_allclose(
        limit.by_trace["binary"], hidden.T @ (hidden > 0) / len(weights), rtol=0.02
    )


@pytest.mark.slow
def test_a_wide_layer_approaches_the_limit():
    images = jax.random.uniform(jax.random.key(5), (5, 300))
    wide = kernels.blocked(jax.random.key(0), 20_000, images, images, 2)
    limit = kernels.arc_cosine(images, images)
    np.testing.assert_allclose(
        wide.by_trace["graded"] / 20_000, limit.by_trace["graded"], rtol=0.05
    )
    np.testing.assert_allclose(
        wide.by_trace["binary"] / 20_000, limit.by_trace["binary"], rtol=0.05
    )


def test_an_image_of_zeros_fires_nothing_in_the_limit():
    images = jnp.array([[0.0, 0.0], [1.0, 0.0]])
    limit = kernels.arc_cosine(images, images)
    np.testing.assert_array_equal(limit.by_trace["graded"][0], 0)
    np.testing.assert_array_equal(limit.by_trace["graded"][:, 0], 0)
    np.testing.assert_array_equal(limit.by_trace["binary"][0], 0)


@pytest.mark.slow
def test_kernels_are_found_by_the_name_of_the_trace(images, monkeypatch):
    """One more kind of trace is one more kernel; the others and the start stay what they are."""
    key, num_hidden = jax.random.key(1), 18
    before = kernels.blocked(key, num_hidden, images, images[:4], 3)
    hidden, _ = whole_layer(key, num_hidden, images)
    reordered = {"squared": jnp.square, **dict(reversed(FIRED_HIDDEN.items()))}
    monkeypatch.setattr(kernels, "FIRED_HIDDEN", reordered)
    after = kernels.blocked(key, num_hidden, images, images[:4], 3, block_size=17)
    assert after.by_trace.keys() == {"graded", "binary", "squared"}
    np.testing.assert_allclose(after.by_trace["squared"], hidden @ (hidden[:4] ** 2).T, rtol=1e-4)
    for name in before.by_trace:
        np.testing.assert_allclose(after.by_trace[name], before.by_trace[name], rtol=1e-5)
    np.testing.assert_allclose(after.initial, before.initial, rtol=1e-4, atol=1e-5)


def test_whole_numbers_are_as_floats(rng):
    """Pixels of 8 bits, whose products have more."""
    pixels = rng.integers(0, 256, (3, 64)).astype(np.uint8)
    found, expected = (
        kernels.arc_cosine(x, x).by_trace["graded"] for x in (pixels, pixels.astype(np.float32))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)
