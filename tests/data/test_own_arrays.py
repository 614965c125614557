"""Data sets of your own: arrays, and files of them."""

import io
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import _npz
from nne_jax.errors import InputError


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
