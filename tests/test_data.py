import io
import itertools
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import _npz
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
        (np.ones((2, 2)), [[0], [1]], ([[1, 1]], [0]), r"labels: their shape is \(2, 1\); inputs"),
        (
            np.ones((0, 2)),
            [],
            ([[1, 1]], [0]),
            r"labels: their shape is \(0,\); .* at least one ex",
        ),
        (np.ones((2, 2)), [0, 1], (np.ones((0, 2)), []), r"test labels: their shape is \(0,\)"),
        (
            np.ones(3),
            [0, 1, 0],
            ([[1]], [0]),
            r"inputs: float64 of shape \(3,\); give real numbers",
        ),
        (np.ones((2, 0)), [0, 1], (np.ones((1, 0)), [0]), r"inputs: float64 of shape \(2, 0\)"),
        (np.ones((2, 2)) * 1j, [0, 1], ([[1, 1]], [0]), "inputs: complex128 of shape"),
        (np.array([[{}], [{}]]), [0, 1], ([[1]], [0]), "inputs: object of shape"),
        ([["a"], ["b"]], [0, 1], ([[1]], [0]), "inputs: <U1 of shape"),
        ([[1.0], [2.0, 3.0]], [0, 1], ([[1]], [0]), "inputs: they are no array"),
        (np.ma.masked_equal([[1], [2]], 2), [0, 1], ([[1]], [0]), "inputs: some are masked"),
        (np.ones((2, 2)), [0, 1], ([[1]], [0]), r"test inputs: 1 numbers an example, .* have 2"),
        ([[1.0], [np.nan]], [0, 1], ([[1]], [0]), "inputs: NaN or infinity among them"),
        ([[1.0], [-1e39]], [0, 1], ([[1]], [0]), "inputs: .* or more than float32 holds"),
        ([[1.0], [2.0]], [0, 1], ([[np.inf]], [0]), "test inputs: NaN or infinity among them"),
        ([[1.0], [2.0]], [4, 4], ([[1]], [4]), r"labels: all are \[4\]; give .* two classes"),
        ([[1.0], [2.0]], [0, 1], ([[1]], [2]), "test labels: 2 is the label of no training exam"),
        ([[1.0], [2.0]], [0, 1], ([[1]], ["0"]), "test labels: '0' is the label of no training"),
        ([[1.0], [2.0]], [0, np.nan], ([[1]], [0]), "labels: NaN or infinity among them"),
        ([[1.0], [2.0]], [0, np.inf], ([[1]], [0]), "labels: NaN or infinity among them"),
        ([[1.0], [2.0]], [0, 1j], ([[1]], [0]), "labels: complex128 is not of numbers or strings"),
        ([[1.0], [2.0]], [3, "a"], ([[1]], [3]), "labels: <U21 is not of .* all of one kind"),
        ([[1.0], [2.0]], [None, "a"], ([[1]], ["a"]), "labels: object is not of numbers or strin"),
        ([[1.0], [2.0]], [0, 1], None, "test: give a pair, the inputs and the labels"),
        ([[1.0], [2.0]], [0, 1], ([[1]],), "test: give a pair"),
    ],
)
def test_bad_arrays(inputs, labels, test, message):
    with pytest.raises(InputError, match=message):
        nne.data.from_arrays(inputs, labels, test=test)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([9.0, 3.0, 9.0], (3, 9)),  # whole numbers
        ([0.5, -1.5, 0.5], (-1.5, 0.5)),
        ([True, False, True], (False, True)),
        (np.array([9, 3, 9], np.uint8), (3, 9)),
        (np.array(["cat", "ape", "cat"], object), ("ape", "cat")),  # as pandas has them
        (np.array([b"cat", b"ape", b"cat"]), ("ape", "cat")),  # as HDF5 has them
        (jnp.array([9, 3, 9]), (3, 9)),
    ],
)
def test_labels_of_every_kind_are_classes_in_ascending_order(labels, classes):
    ds = nne.data.from_arrays(np.eye(3), labels, test=(np.eye(3)[:1], labels[:1]))
    assert ds.classes == classes
    assert [type(label) for label in ds.classes] == [type(label) for label in classes]
    assert ds.train.labels.tolist() == [1, 0, 1]
    assert ds.test.labels.tolist() == [1]


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8, bool, jnp.bfloat16])
def test_inputs_of_every_real_dtype_keep_their_values(dtype):
    ds = nne.data.from_arrays(jnp.eye(3, dtype=dtype), [0, 1, 2], test=(np.eye(3), [0, 1, 2]))
    np.testing.assert_array_equal(ds.train.inputs, np.eye(3, dtype=np.float32))


def test_a_data_set_is_a_copy_of_the_arrays():
    inputs, labels = np.eye(3, dtype=np.float32), np.array([0, 1, 2], np.int32)
    ds = nne.data.from_arrays(inputs, labels, test=(inputs, labels))
    inputs[:], labels[:] = 7, 7
    for split in (ds.train, ds.test):
        np.testing.assert_array_equal(split.inputs, np.eye(3))
        np.testing.assert_array_equal(split.labels, [0, 1, 2])


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
    assert nne.data.load(tmp_path / "mine.npz").classes == (5, 8)


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
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=r"dataset=.*mine\.npz: there is no such file"):
        nne.data.load(str(path))


def npy(header_shape, content):
    """An array's file whose header says what it likes."""
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": header_shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + content


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((10**11,), r"x_train.npy should hold uint8 \(100000000000,\), but has 4 bytes of it"),
        ((3,), "but has 4 bytes of it"),
        ((-1, -4), "cannot be read"),
    ],
)
def test_what_a_file_says_of_its_sizes_is_not_believed(tmp_path, shape, message):
    path = tmp_path / "mine.npz"
    np.savez(path, **{k: v for k, v in ARRAYS.items() if k != "x_train"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", npy(shape, b"abcd"))
    with pytest.raises(InputError, match=message):
        nne.data.load(path)


def test_a_file_that_would_unpack_to_more_than_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **ARRAYS | {"x_train": np.zeros((4, 10**5))})
    monkeypatch.setattr(_npz, "_memory", lambda: 10**6)
    with pytest.raises(InputError, match=r"its arrays need 0\.0032 GB, more than the memory"):
        nne.data.load(path)


def test_damage_in_a_file_of_own_arrays(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **ARRAYS)
    content = bytearray(path.read_bytes())
    content[content.index(np.eye(4).tobytes()) + 6] ^= 1  # a number's bit
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read \(Bad CRC-32 for file 'x_train.npy'\)"):
        nne.data.load(path)
    path.write_bytes(content[:200])
    with pytest.raises(InputError, match=r"cannot be read \(File is not a zip file\)"):
        nne.data.load(path)


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
