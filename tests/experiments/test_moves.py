"""How the images of a run move and warp."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.run.moves import batches_of, lit, moved
from nne_jax.errors import InputError


@pytest.fixture(scope="module")
def narrow():
    """Digits that are lit in a column only."""
    train = nne.data.load("digits").train
    column = jnp.tile(jnp.arange(8) == 3, 8).astype(jnp.float32)
    return nne.data.Batch(train.inputs[:200] * column[None], train.labels[:200])


@pytest.mark.slow
@pytest.mark.parametrize(("jitter", "warp"), [(0, 0.0), (1, 0.0), (0, 0.1), (1, 0.2)])
def test_what_is_never_lit_stays_dark(narrow, jitter, warp):
    options = Config(jitter=jitter, warp=warp)
    batches = batches_of(options, narrow, 50)
    seen = [batches(jax.random.key(seed)).inputs for seed in range(30)]
    ever = np.asarray(jnp.any(jnp.concatenate(seen) != 0, axis=0))
    may_be = np.asarray(jnp.any(lit(options, narrow) != 0, axis=0))
    assert np.all(ever <= may_be)
    if not warp:  # it is no more than what moves
        assert may_be.reshape(8, 8).any(axis=0).sum() == 1 + 2 * jitter


@pytest.mark.slow
def test_those_who_store_images_have_each_moved_in_every_way_and_warped_once(narrow):
    key = jax.random.key(0)
    assert moved(key, Config(), narrow) is narrow
    shifted = moved(key, Config(jitter=1), narrow)
    both = moved(key, Config(jitter=1, warp=0.2), narrow)
    assert shifted.inputs.shape == both.inputs.shape == (9 * 200, 64)
    np.testing.assert_array_equal(shifted.labels, both.labels)
    np.testing.assert_array_equal(
        both.inputs, moved(key, Config(jitter=1, warp=0.2), narrow).inputs
    )
    assert np.mean(np.any(np.asarray(both.inputs != shifted.inputs), axis=1)) > 0.9


@pytest.mark.slow
def test_a_run_draws_warped_images():
    small = Config(hidden=(8,), num_genes=50, population_size=8, num_generations=2)
    still, warped = (
        assemble(dataclasses.replace(small, warp=w)).batches(jax.random.key(0)) for w in (0.0, 0.2)
    )
    assert still.inputs.shape == warped.inputs.shape
    assert not np.array_equal(still.inputs, warped.inputs)


def test_images_that_cannot_be_warped_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    inputs, labels = rng.random((90, 7), np.float32), np.tile(np.arange(3), 30)
    path = tmp_path / "seven.npz"
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez(path, **dict(zip(names, (inputs, labels, inputs, labels), strict=True)))
    options = {"dataset": str(path), "validation_per_class": 5, "batch_size": 10}
    with pytest.raises(InputError, match=r"--warp=0.2: inputs: 7 numbers are no square image"):
        assemble(Config(**options, warp=0.2))
    with pytest.raises(InputError, match="--jitter=1: inputs: 7 numbers are no square image"):
        assemble(Config(**options, jitter=1))
    with pytest.raises(InputError, match="--receptive_field=2: inputs: 7 numbers are no square"):
        assemble(Config(**options, receptive_field=2.0))
    with pytest.raises(InputError, match=r"--warp=0.2: how low log_likelihood can be"):
        assemble(Config(warp=0.2, selection="weak", epsilon=0.01))
    with pytest.raises(InputError, match=r"--warp=0.5: must be"):
        Config(warp=0.5)
