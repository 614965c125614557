import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.types import InputError


@pytest.fixture(scope="module")
def digits():
    return nne.data.load("digits")


def test_digits_are_split_once_and_for_all(digits):
    assert digits.train.labels.shape == (1347,)
    assert digits.test.labels.shape == (450,)
    assert digits.validation.labels.shape == (0,)
    assert np.bincount(digits.test.labels).tolist() == [45, 46, 44, 46, 45, 46, 45, 45, 43, 45]
    assert digits.train.images.dtype == np.float32
    assert 0 <= digits.train.images.min() < digits.train.images.max() <= 1


def test_select_takes_disjoint_samples_of_each_class(digits):
    ds = nne.data.select(
        digits, jax.random.key(0), classes=(7, 3), per_class=30, validation_per_class=10
    )
    assert ds.classes == (3, 7)
    assert np.bincount(ds.train.labels).tolist() == [30, 30]
    assert np.bincount(ds.validation.labels).tolist() == [10, 10]
    assert len(ds.test.labels) == np.isin(digits.test.labels, (3, 7)).sum()
    train, validation = (
        {row.tobytes() for row in np.asarray(split.images)} for split in (ds.train, ds.validation)
    )
    assert not train & validation


def test_select_keeps_images_with_their_labels(digits):
    ds = nne.data.select(digits, jax.random.key(0), classes=(2, 5), per_class=20)
    original = {row.tobytes(): label for row, label in zip(*digits.train, strict=True)}
    for row, label in zip(*map(np.asarray, ds.train), strict=True):
        assert ds.classes[label] == original[row.tobytes()]


def test_per_class_0_keeps_all_that_are_not_for_validation(digits):
    ds = nne.data.select(digits, jax.random.key(0), validation_per_class=20)
    assert len(ds.train.labels) + len(ds.validation.labels) == 1347
    assert np.bincount(ds.validation.labels).tolist() == [20] * 10


def test_the_same_key_selects_the_same_images(digits):
    one, same, other = (
        nne.data.select(digits, jax.random.key(seed), per_class=5).train.images
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": (3, 11, 12)}, r"classes=\[11, 12\]: not in digits, whose classes are 0, 1"),
        ({"classes": (3,)}, "takes two classes"),
        ({"per_class": 500}, r"per_class=500, .*class 0 of digits has 133 .* that many"),
        ({"validation_per_class": 200}, r"validation_per_class=200: class 0 .* has 133"),
        ({"per_class": -1}, "negative"),
    ],
)
def test_bad_selection(digits, arguments, message):
    with pytest.raises(InputError, match=message):
        nne.data.select(digits, jax.random.key(0), **arguments)


def test_an_unknown_data_set_lists_the_known_ones():
    with pytest.raises(InputError, match=r"dataset=imagenet: unknown; .*digits, mnist, fashion_mn"):
        nne.data.load("imagenet")
