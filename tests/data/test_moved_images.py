import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

import nne_jax as nne
from nne_jax import _warps
from nne_jax.data import Batch, Jitter, Minibatches, all_shifts
from nne_jax.errors import InputError


def moved(images, down, right):
    """By numpy's slices."""
    side = images.shape[1]
    result = np.zeros_like(images)
    to = [slice(max(step, 0), side + min(step, 0)) for step in (down, right)]
    come = [slice(max(-step, 0), side + min(-step, 0)) for step in (down, right)]
    result[:, to[0], to[1]] = images[:, come[0], come[1]]
    return result


def test_all_shifts_are_those_of_numpy(rng):
    images = rng.random((3, 5, 5)).astype(np.float32)
    ours = all_shifts(Batch(jnp.asarray(images.reshape(3, 25)), jnp.arange(3)), pixels=2)
    steps = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    expected = np.concatenate([moved(images, *step) for step in steps]).reshape(-1, 25)
    np.testing.assert_array_equal(ours.inputs, expected)
    np.testing.assert_array_equal(ours.labels, np.tile(np.arange(3), 25))


def test_jitter_moves_every_image_by_itself_and_every_way_as_often():
    images = jnp.tile(jnp.eye(25)[12:13], (4500, 1))  # the pixel in the middle
    batch = Jitter(Batch(images, jnp.arange(4500)), pixels=1)(jax.random.key(0))
    places = np.bincount(np.asarray(jnp.argmax(batch.inputs, axis=1)), minlength=25)
    around = places.reshape(5, 5)[1:4, 1:4].ravel()
    assert around.sum() == 4500
    assert np.sum((around - 500) ** 2 / 500) < 8 + 5 * 4  # chi squared of 8 degrees of freedom
    np.testing.assert_array_equal(batch.labels, np.arange(4500))


def test_jittered_minibatches_are_a_function_of_the_key():
    split = nne.data.load("digits").train
    batches = Jitter(Minibatches(split, 7), pixels=1)
    one, same, other = (batches(jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.inputs, same.inputs)
    assert not np.array_equal(one.inputs, other.inputs)
    assert one.inputs.shape == (7, 64)
    assert batches.split.labels.shape == split.labels.shape
    again = jax.tree.unflatten(jax.tree.structure(batches), jax.tree.leaves(batches))
    np.testing.assert_array_equal(again(jax.random.key(0)).inputs, one.inputs)


def test_warped_images_are_those_of_scipy(rng):
    images, most = rng.random((6, 9, 9)), 0.4
    key = jax.random.key(3)
    axes = np.eye(2) + np.asarray(jax.random.uniform(key, (6, 2, 2), minval=-most, maxval=most))
    from_middle = np.stack(np.mgrid[:9, :9]) - 4.0
    expected = [
        scipy.ndimage.map_coordinates(
            np.pad(image, 9), np.einsum("ij,jyx->iyx", a, from_middle) + 13, order=1
        )
        for image, a in zip(images, axes, strict=True)
    ]
    ours = _warps.warped(key, jnp.asarray(images, jnp.float32), most)
    np.testing.assert_allclose(ours, expected, atol=2e-5)
    still = _warps.warped(key, jnp.asarray(images, jnp.float32), 0.0)
    np.testing.assert_allclose(still, images, atol=1e-6)


@pytest.mark.parametrize(("pixels", "warp", "reach"), [(1, 0.0, 1), (0, 0.2, 3), (2, 0.45, 7)])
def test_nothing_moves_beyond_the_reach(pixels, warp, reach):
    corners = jnp.zeros((2, 9, 9)).at[0, 1, 1].set(1.0).at[1, 8, 0].set(1.0).reshape(2, 81)
    images = Batch(jnp.tile(corners, (3000, 1)), jnp.arange(6000))
    moves = Jitter(images, pixels, warp)
    assert moves.reach == reach
    lit = np.asarray(moves(jax.random.key(1)).inputs).reshape(3000, 2, 9, 9).any(axis=0)
    for image, (row, column) in zip(lit, ((1, 1), (8, 0)), strict=True):
        rows, columns = np.nonzero(image)
        far = max(np.abs(rows - row).max(), np.abs(columns - column).max())
        assert far <= reach if warp else far == reach


def test_jitter_warps_every_image_by_itself():
    images = jnp.tile(jnp.zeros((9, 9)).at[2:7, 4].set(1.0).reshape(1, 81), (200, 1))
    batches = Jitter(Batch(images, jnp.arange(200)), pixels=0, warp=0.2)
    one, same, other = (batches(jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.inputs, same.inputs)
    assert len(np.unique(one.inputs, axis=0)) == 200
    assert not np.array_equal(one.inputs, other.inputs)
    np.testing.assert_array_equal(one.labels, np.arange(200))
    assert jnp.mean(one.inputs, axis=0)[4 * 9 + 4] == pytest.approx(1.0)  # about the middle


def test_what_cannot_be_moved_is_refused():
    with pytest.raises(InputError, match="20 numbers are no square image"):
        all_shifts(Batch(jnp.zeros((2, 20)), jnp.arange(2)), 1)
    with pytest.raises(InputError, match="pixels=5: images are 5 by 5; give at most 4"):
        Jitter(Batch(jnp.zeros((2, 25)), jnp.arange(2)), 5)(jax.random.key(0))
    with pytest.raises(InputError, match="pixels=-1"):
        Jitter(Batch(jnp.zeros((2, 25)), jnp.arange(2)), -1)
    with pytest.raises(InputError, match=r"warp=0.5: give a number less than 0.5 and at least 0"):
        Jitter(Batch(jnp.zeros((2, 25)), jnp.arange(2)), 1, 0.5)
