import jax
import jax.numpy as jnp
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": (3, 11, 12)}, r"classes=\[11, 12\]: not in digits, whose classes are 0, 1"),
        ({"classes": (3,)}, r"classes=\[3\]: give two classes or more"),
        ({"per_class": 500}, r"per_class=500, .*class 0 of digits has 133 .* that many"),
        ({"validation_per_class": 200}, r"validation_per_class=200: class 0 .* has 133"),
        ({"per_class": -1}, r"per_class=-1, .*: give no negative numbers"),
    ],
)
def test_bad_selection(digits, arguments, message):
    with pytest.raises(InputError, match=message):
        nne.data.select(jax.random.key(0), digits, **arguments)


def test_an_unknown_data_set_lists_the_known_ones():
    with pytest.raises(InputError, match=r"dataset=imagenet: unknown; .*digits, mnist, fashion_mn"):
        nne.data.load("imagenet")


def test_own_arrays_may_have_any_labels():
    images = np.arange(24).reshape(4, 2, 3)
    ds = nne.data.from_arrays(images, [9, 3, 9, 7], test=(images[:2], [7, 3]), name="mine")
    assert ds.classes == (3, 7, 9)
    assert ds.train.labels.tolist() == [2, 0, 2, 1]
    assert ds.test.labels.tolist() == [1, 0]
    assert ds.train.inputs.dtype == np.float32
    np.testing.assert_array_equal(ds.train.inputs, images.reshape(4, 6))
    chosen = nne.data.select(jax.random.key(0), ds, classes=(7, 9))
    assert chosen.classes == (7, 9)
    assert np.bincount(chosen.train.labels).tolist() == [1, 2]
    words = nne.data.from_arrays(images, ["b", "a", "b", "b"], test=(images[:1], ["b"]))
    assert nne.data.select(jax.random.key(0), words, classes=["b", "a"]).classes == ("a", "b")


@pytest.mark.parametrize(
    ("inputs", "labels", "test", "message"),
    [
        (np.ones((3, 2)), [0, 1], ([[1, 1]], [0]), r"labels: their shape is \(2,\); inputs of sha"),
        (np.ones(3), [0, 1, 0], ([[1]], [0]), r"inputs: float64 of shape \(3,\); give numbers"),
        (np.ones((2, 2)), [0, 1], ([[1]], [0]), r"test inputs: 1 numbers an example, .* have 2"),
        ([[1.0], [np.nan]], [0, 1], ([[1]], [0]), "inputs: NaN or infinity among them"),
        ([[1.0], [2.0]], [4, 4], ([[1]], [4]), r"labels: all are \[4\]; give .* two classes"),
        ([[1.0], [2.0]], [0, 1], ([[1]], [2]), "test labels: 2 is the label of no training exam"),
        ([[1.0], [2.0]], [0, np.nan], ([[1]], [0]), "labels: float64 is not of numbers or strings"),
    ],
)
def test_bad_arrays(inputs, labels, test, message):
    with pytest.raises(InputError, match=message):
        nne.data.from_arrays(inputs, labels, test=test)


ARRAYS = {
    "x_train": np.eye(4),
    "y_train": np.array([5, 8, 5, 8]),
    "x_test": np.ones((1, 4)),
    "y_test": np.array([8]),
}


def test_a_file_of_own_arrays(tmp_path):
    np.savez(tmp_path / "mine.npz", **ARRAYS)
    ds = nne.data.load(str(tmp_path / "mine.npz"))
    assert (ds.name, ds.classes) == ("mine", (5, 8))
    np.testing.assert_array_equal(ds.train.inputs, np.eye(4))
    assert ds.test.labels.tolist() == [1]


def test_bad_files_of_own_arrays(tmp_path):
    path = tmp_path / "mine.npz"
    with pytest.raises(InputError, match=r"dataset=.*mine\.npz: there is no such file"):
        nne.data.load(str(path))
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"dataset=.*mine\.npz: it cannot be read"):
        nne.data.load(str(path))
    np.savez(path, **{k: v for k, v in ARRAYS.items() if k != "y_test"})
    with pytest.raises(
        InputError, match=r"it holds no y_test; .* x_train, y_train, x_test, y_test"
    ):
        nne.data.load(str(path))
    np.savez(path, **ARRAYS | {"y_test": np.array([{8}], object)})  # a pickle
    with pytest.raises(InputError, match=r"dataset=.*mine\.npz: it cannot be read \(.*pickle"):
        nne.data.load(str(path))


def test_minibatches_of_any_pytree_of_arrays():
    split = {"x": jnp.arange(6.0), "more": (np.arange(12).reshape(6, 2),)}
    batch = nne.data.Minibatches(split, 3)(jax.random.key(0))
    np.testing.assert_array_equal(batch["more"][0][:, 0], 2 * batch["x"])
    assert len(set(batch["x"].tolist())) == 3


@pytest.mark.parametrize(
    ("split", "batch_size", "message"),
    [
        (jnp.ones(3), 0, "batch_size=0: there are 3 examples; give 1 to 3"),
        (jnp.ones(3), 4, "batch_size=4: there are 3 examples"),
        (nne.data.Batch(jnp.ones((3, 2)), jnp.ones(2)), 1, r"split: .* first axes of \[.*2.*3"),
    ],
)
def test_bad_minibatches(split, batch_size, message):
    with pytest.raises(InputError, match=message):
        nne.data.Minibatches(split, batch_size)
