"""Minibatches: which examples are drawn."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.errors import InputError


@pytest.mark.slow
def test_minibatches_are_different_images_with_their_labels():
    split = nne.data.Batch(jnp.arange(10.0)[:, None], jnp.arange(10))
    batches = nne.data.Minibatches(split, batch_size=4)
    seen = set()
    for seed in range(30):
        images, labels = batches(jax.random.key(seed))
        np.testing.assert_array_equal(images[:, 0], labels)
        assert len(set(labels.tolist())) == 4
        seen |= set(labels.tolist())
    assert seen == set(range(10))


def test_few_of_many_examples_are_different_and_any_two_as_likely():
    batches = nne.data.Minibatches(jnp.arange(12), batch_size=3)  # drawn without sorting all
    keys = jax.random.split(jax.random.key(0), 6600)
    drawn = np.asarray(jax.vmap(batches)(keys))
    assert all(len(set(row)) == 3 for row in drawn.tolist())
    together = np.zeros((12, 12))
    for a, b in itertools.combinations(range(3), 2):
        np.add.at(together, (drawn[:, a], drawn[:, b]), 1)
    together += together.T
    pairs = together[np.triu_indices(12, 1)]  # 66 pairs, each 300 times
    assert 66 * 0.4 < np.sum((pairs - 300) ** 2 / 300) < 66 * 1.8


def test_minibatches_of_any_pytree_of_arrays():
    split = {"x": jnp.arange(6.0), "more": (np.arange(12).reshape(6, 2),)}
    batch = nne.data.Minibatches(split, 3)(jax.random.key(0))
    np.testing.assert_array_equal(batch["more"][0][:, 0], 2 * batch["x"])
    assert len(set(batch["x"].tolist())) == 3


@pytest.mark.parametrize(
    ("split", "batch_size", "message"),
    [
        (jnp.ones(3), 0, "batch_size=0: there are 3 examples; give a whole number from 1 to 3"),
        (jnp.ones(3), 4, "batch_size=4: there are 3 examples"),
        (jnp.ones(3), 2.0, r"batch_size=2\.0: there are 3 examples; give a whole number"),
        (jnp.ones(3), float("nan"), "batch_size=nan: .* give a whole number"),
        (jnp.ones(3), True, "batch_size=True: .* give a whole number"),
        (jnp.ones(3), "2", "batch_size=2: .* give a whole number"),
        (jnp.ones((0, 3)), 1, "split: there are no examples in it"),
        (jnp.ones(()), 1, r"split: its arrays have first axes of \[\(\)\]"),
        ((), 1, r"split: its arrays have first axes of \[\]"),
        (nne.data.Batch(jnp.ones((3, 2)), jnp.ones(2)), 1, r"split: .* first axes of \[.*2.*3"),
    ],
)
def test_bad_minibatches(split, batch_size, message):
    with pytest.raises(InputError, match=message):
        nne.data.Minibatches(split, batch_size)


def test_minibatches_of_what_is_no_array_say_so_when_drawn():
    with pytest.raises(InputError, match="split: int in it; give a pytree of arrays"):
        nne.data.Minibatches([[1, 2], [3, 4]], 1)(jax.random.key(0))
    with pytest.raises(InputError, match="key: it is int; give a typed key"):
        nne.data.Minibatches(jnp.ones(3), 1)(0)
