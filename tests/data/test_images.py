"""Images that come with the package: how they are split and selected."""

import itertools

import jax
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.errors import InputError


@pytest.fixture(scope="module")
def digits():
    return nne.data.load("digits")


def test_digits_are_split_once_and_for_all(digits):
    assert digits.train.labels.shape == (1347,)
    assert digits.test.labels.shape == (450,)
    assert digits.validation.labels.shape == (0,)
    assert np.bincount(digits.test.labels).tolist() == [45, 46, 44, 46, 45, 46, 45, 45, 43, 45]
    assert digits.train.inputs.dtype == np.float32
    assert 0 <= digits.train.inputs.min() < digits.train.inputs.max() <= 1


def test_select_takes_disjoint_samples_of_each_class(digits):
    ds = nne.data.select(
        jax.random.key(0), digits, classes=(7, 3), per_class=30, validation_per_class=10
    )
    assert ds.classes == (3, 7)
    assert np.bincount(ds.train.labels).tolist() == [30, 30]
    assert np.bincount(ds.validation.labels).tolist() == [10, 10]
    assert len(ds.test.labels) == np.isin(digits.test.labels, (3, 7)).sum()
    train, validation = (
        {row.tobytes() for row in np.asarray(split.inputs)} for split in (ds.train, ds.validation)
    )
    assert not train & validation


def test_select_keeps_images_with_their_labels(digits):
    ds = nne.data.select(jax.random.key(0), digits, classes=(2, 5), per_class=20)
    original = {row.tobytes(): label for row, label in zip(*digits.train, strict=True)}
    for row, label in zip(*map(np.asarray, ds.train), strict=True):
        assert ds.classes[label] == original[row.tobytes()]


def test_per_class_0_keeps_all_that_are_not_for_validation(digits):
    ds = nne.data.select(jax.random.key(0), digits, validation_per_class=20)
    assert len(ds.train.labels) + len(ds.validation.labels) == 1347
    assert np.bincount(ds.validation.labels).tolist() == [20] * 10


def test_the_same_key_selects_the_same_images(digits):
    one, same, other = (
        nne.data.select(jax.random.key(seed), digits, per_class=5).train.inputs
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": (3, 11, 12)}, r"classes=\[11, 12\]: not in digits, whose classes are 0, 1"),
        ({"classes": (3,)}, r"classes=\[3\]: give two classes or more"),
        ({"per_class": 500}, r"per_class=500, .*class 0 of digits has 133 .* that many"),
        ({"validation_per_class": 200}, r"validation_per_class=200: class 0 .* has 133"),
        ({"per_class": -1}, "per_class=-1: give a whole number, at least 0"),
        ({"per_class": 2.0}, r"per_class=2\.0: give a whole number"),
        ({"per_class": float("nan")}, "per_class=nan: give a whole number"),
        ({"per_class": True}, "per_class=True: give a whole number"),
        ({"validation_per_class": "5"}, "validation_per_class=5: give a whole number"),
        ({"classes": (3, 3, 7)}, r"classes=\[3, 3, 7\]: some stand there twice"),
        ({"classes": ("3", "7")}, r"classes=\['3', '7'\]: not in digits, whose classes are 0, 1"),
        ({"classes": "37"}, "classes='37': give a sequence of labels"),
        ({"classes": 5}, "classes=5: give a sequence of labels"),
        ({"classes": range(10**12)}, r"classes=\[10\]: not in digits"),
        ({"classes": itertools.repeat(3)}, "some stand there twice"),
    ],
)
def test_bad_selection(digits, arguments, message):
    with pytest.raises(InputError, match=message):
        nne.data.select(jax.random.key(0), digits, **arguments)


def test_select_says_what_is_no_key_and_no_data_set(digits):
    with pytest.raises(InputError, match="key: it is int; give a typed key"):
        nne.data.select(0, digits)
    with pytest.raises(InputError, match="key: it is Dataset"):
        nne.data.select(digits, jax.random.key(0))
    with pytest.raises(InputError, match="ds: it is Batch; give what load or from_arrays returns"):
        nne.data.select(jax.random.key(0), digits.train)


def test_classes_may_be_an_array_in_any_order(digits):
    one, other = (
        nne.data.select(jax.random.key(0), digits, classes=classes, per_class=3)
        for classes in (np.array([7, 2]), [2, 7])
    )
    assert one.classes == (2, 7)
    np.testing.assert_array_equal(one.train.inputs, other.train.inputs)


def test_an_unknown_data_set_lists_the_known_ones():
    with pytest.raises(InputError, match=r"dataset=imagenet: unknown; .*digits, mnist, fashion_mn"):
        nne.data.load("imagenet")
    for name, data_dir in ((3, None), (None, None), ("mnist", 5)):
        with pytest.raises(InputError, match=r"(dataset|data_dir)=.*: give a text"):
            nne.data.load(name, data_dir)
