"""Official files: fakes of a few images stand in for them, the real ones where they are at hand."""

import gzip
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nne_jax as nne
from nne_jax import _download, _idx_files, _official
from nne_jax._download import TransferError
from nne_jax._official import Content, Source
from nne_jax.errors import InputError
from tests.conftest import MNIST
from tests.data.test_idx_format import idx

DATA_DIR = Path(os.environ.get("NNE_JAX_DATA_DIR", ""))
FILES = tuple(_official.contents("mnist"))
TRAIN = FILES[0]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Fakes:
    """A folder of packed files that are said to be official, and a server that may have them."""

    def __init__(self, data_dir, rng):
        images = (rng.integers(0, 256, (size, 2, 3)) for size in (4, 3))
        self.train, self.test = images
        arrays = (self.train, np.arange(4), self.test, np.arange(3))
        self.plain = dict(zip(FILES, map(idx, arrays), strict=True))
        self.packed = {f"{file}.gz": gzip.compress(raw) for file, raw in self.plain.items()}
        self.data_dir, self.folder = data_dir, data_dir / "mnist"
        self.folder.mkdir(parents=True)
        for file, content in self.packed.items():
            (self.folder / file).write_bytes(content)
        self.known, self.online, self.fetched = True, False, []

    def contents(self, name):
        return {
            file: Content(shape, sha256(self.plain[file]) if self.known else None)
            for file, shape in zip(FILES, ((4, 2, 3), (4,), (3, 2, 3), (3,)), strict=True)
        }

    def sources(self, name, what=""):
        return {
            file: Source(f"https://example.org/x/{file}", len(content), sha256(content))
            for file, content in self.packed.items()
        }

    def fetch(self, url, path, size, expected):
        if not self.online:
            raise TransferError("no answer")
        content = self.packed[Path(url).name]
        assert (size, expected) == (len(content), sha256(content))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.fetched.append(path)

    def load(self, name="mnist"):
        return _idx_files.load(name, self.data_dir)


@pytest.fixture
def fakes(tmp_path, monkeypatch, rng):
    fakes = Fakes(tmp_path / "data", rng)
    monkeypatch.setattr(_official, "contents", fakes.contents)
    monkeypatch.setattr(_official, "sources", fakes.sources)
    monkeypatch.setattr(_idx_files, "fetch", fakes.fetch)
    monkeypatch.setattr(_idx_files, "CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(_idx_files.DATA_DIR_VARIABLE, raising=False)
    return fakes


def assert_right(fakes, loaded):
    (train, labels), (test, test_labels) = loaded
    np.testing.assert_allclose(train, fakes.train.reshape(4, 6) / 255, rtol=1e-6)
    np.testing.assert_allclose(test, fakes.test.reshape(3, 6) / 255, rtol=1e-6)
    assert train.dtype == np.float32
    assert labels.tolist() == [0, 1, 2, 3]
    assert test_labels.tolist() == [0, 1, 2]


def test_official_files_are_decoded(fakes):
    assert_right(fakes, fakes.load())


def no_sources(name, what=""):
    raise InputError(f"{what} needs tensorflow_datasets")


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("{}.gz", lambda raw: gzip.compress(raw, 1, mtime=7)),
        ("{}", bytes),
        ("{}.gz", bytes),  # a browser has unpacked it and kept its name
        ("dotted", bytes),
    ],
)
def test_what_counts_is_what_a_file_holds(fakes, name, pack, monkeypatch):
    monkeypatch.setattr(_official, "sources", no_sources)  # tensorflow-datasets is not needed
    for file, raw in fakes.plain.items():
        (fakes.folder / f"{file}.gz").unlink()
        other = file.replace("-idx", ".idx") if name == "dotted" else name.format(file)
        (fakes.folder / other).write_bytes(pack(raw))
    assert_right(fakes, fakes.load())


def test_the_folder_can_come_from_the_environment_or_begin_at_home(fakes, monkeypatch):
    monkeypatch.setenv(_idx_files.DATA_DIR_VARIABLE, str(fakes.data_dir))
    assert_right(fakes, _idx_files.load("mnist"))
    monkeypatch.setenv("HOME", str(fakes.data_dir.parent))
    assert_right(fakes, _idx_files.load("mnist", "~/data"))


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda packed: packed[:-7], "damaged, it cannot be unpacked"),
        (lambda packed: b"", "it begins with nothing"),
        (lambda packed: b"<html>", "no such IDX file, it begins with 3c68746d"),
        (lambda packed: gzip.compress(idx(np.ones((4, 2, 3)))), "damaged, or not the official fi"),
        (lambda packed: gzip.compress(idx(np.ones((4, 3, 2)))), "says 4 x 3 x 2 values instead"),
        (lambda packed: gzip.compress(bytes(10**6)), "it begins with 00000000 instead of 00000803"),
    ],
)
def test_a_wrong_file_is_named_with_the_place_of_the_right_one(fakes, damaged, message):
    path = fakes.folder / f"{TRAIN}.gz"
    path.write_bytes(damaged(path.read_bytes()))
    with pytest.raises(InputError, match=message) as error:
        fakes.load()
    assert str(error.value).startswith(f"{path}: ")
    assert f"; delete it, and put https://example.org/x/{TRAIN}.gz there." in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_file_is_said_without_tensorflow_datasets_too(fakes, monkeypatch):
    monkeypatch.setattr(_official, "sources", no_sources)
    (fakes.folder / f"{TRAIN}.gz").write_bytes(b"")
    with pytest.raises(InputError, match=f"delete it, and put the official {TRAIN}.gz there"):
        fakes.load()


def test_a_file_that_cannot_be_read_is_named(fakes, monkeypatch):
    def refused(path, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(InputError, match=rf"mnist/{TRAIN}\.gz: it cannot be read \(Permission d"):
        fakes.load()


@pytest.mark.parametrize("damaged", [lambda raw: raw, lambda raw: gzip.compress(raw, 1) + b"\0"])
def test_where_only_the_official_packed_file_can_be_checked_others_are_refused(fakes, damaged):
    fakes.known = False
    assert_right(fakes, fakes.load())
    (fakes.folder / f"{TRAIN}.gz").unlink()
    (fakes.folder / TRAIN).write_bytes(damaged(fakes.plain[TRAIN]))
    with pytest.raises(InputError, match=f"of mnist only the official {TRAIN}.gz can be checked"):
        fakes.load()


def test_a_flipped_bit_in_the_official_packed_file(fakes):
    fakes.known = False
    content = bytearray(fakes.packed[f"{TRAIN}.gz"])
    content[4] ^= 1  # the time stamp: it holds the same
    (fakes.folder / f"{TRAIN}.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"damaged, or not the official file \(SHA-256 "):
        fakes.load()


def test_missing_files_are_downloaded_into_the_cache_once(fakes, tmp_path):
    fakes.online = True
    shutil.rmtree(fakes.folder)
    assert_right(fakes, fakes.load())
    assert fakes.fetched == [tmp_path / "cache" / "mnist" / f"{file}.gz" for file in FILES]
    assert_right(fakes, _idx_files.load("mnist"))
    assert len(fakes.fetched) == 4


def test_a_missing_file_that_cannot_be_fetched(fakes, tmp_path):
    (fakes.folder / f"{FILES[3]}.gz").unlink()
    with pytest.raises(InputError) as error:
        fakes.load()
    assert str(error.value) == (
        f"dataset=mnist: t10k-labels-idx1-ubyte.gz not found in {fakes.folder} or "
        f"{tmp_path}/cache/mnist, and cannot be fetched from https://example.org/x (no answer); "
        f"try again, or download there and put into {fakes.folder}."
    )


def test_files_that_are_there_need_no_home_and_downloads_say_so(fakes, monkeypatch):
    monkeypatch.setattr(_idx_files, "CACHE", "~nobody-of-this-name/cache")  # cannot be expanded
    assert_right(fakes, fakes.load())
    (fakes.folder / f"{TRAIN}.gz").unlink()
    with pytest.raises(InputError, match="no home folder to download into; get them from https:"):
        fakes.load()
    with pytest.raises(InputError, match=r"not found in \$NNE_JAX_DATA_DIR, and no home folder"):
        _idx_files.load("mnist")


def test_bad_folders(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nowhere", tmp_path / "file", "~nobody-of-this-name/x", "a\0b"):
        with pytest.raises(InputError, match=r"data_dir=.*: no such folder; give the one that hol"):
            _idx_files.load("mnist", folder)


def emnist(images, name="digits"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in ("train", "test"):
            prefix = f"gzip/emnist-{name}-{part}"
            archive.writestr(f"{prefix}-images-idx3-ubyte.gz", gzip.compress(idx(images)))
            archive.writestr(f"{prefix}-labels-idx1-ubyte.gz", gzip.compress(idx(np.array([7, 1]))))
    return buffer.getvalue()


def test_emnist_comes_upright_out_of_its_archive(fakes, monkeypatch, rng):
    images = rng.integers(0, 256, (2, 3, 3))
    monkeypatch.setattr(_official, "EMNIST_MOST", (5, 3, 3))
    fakes.packed = {"gzip.zip": emnist(images)}
    path = fakes.data_dir / "emnist" / "gzip.zip"
    path.parent.mkdir()
    path.write_bytes(fakes.packed["gzip.zip"])
    (train, labels), _ = fakes.load("emnist/digits")
    np.testing.assert_allclose(train, images.swapaxes(1, 2).reshape(2, 9) / 255, rtol=1e-6)
    assert labels.tolist() == [7, 1]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"gzip\.zip: damaged, or packed anew: .* put https://ex"):
        fakes.load("emnist/digits")


def test_no_more_comes_out_of_emnists_archive_than_its_largest_split_has(fakes, monkeypatch):
    monkeypatch.setattr(_official, "EMNIST_MOST", (1, 3, 3))
    fakes.packed = {"gzip.zip": emnist(np.zeros((2, 3, 3)))}
    path = fakes.data_dir / "emnist" / "gzip.zip"
    path.parent.mkdir()
    path.write_bytes(fakes.packed["gzip.zip"])
    with pytest.raises(InputError, match=r"gzip\.zip: its header says 2 x 3 x 3 .* at most 1 x 3"):
        fakes.load("emnist/digits")


def test_tensorflow_datasets_knows_every_data_set(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in _official.DATASETS:
        sources = _official.sources(name)
        if name.startswith("emnist"):
            assert list(sources) == [_official.EMNIST_ARCHIVE]
        else:
            assert sorted(sources) == sorted(f"{file}.gz" for file in FILES)
        assert all(len(s.sha256) == 64 and s.size > 1000 for s in sources.values())
    assert not list(tmp_path.iterdir())  # no folder is left behind


def test_a_server_that_is_not_there(fakes, monkeypatch, tmp_path):
    """The whole way, with the real download."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_idx_files, "fetch", _download.fetch)
    url = "http://127.0.0.1:9/x.gz"
    monkeypatch.setattr(_official, "sources", lambda *_: {f"{TRAIN}.gz": Source(url, 1, "")})
    (fakes.folder / f"{TRAIN}.gz").unlink()
    with pytest.raises(InputError, match=r"cannot be fetched from http://127\.0\.0\.1:9 \(the con"):
        fakes.load()
    assert not list((tmp_path / "cache" / "mnist").iterdir())


@MNIST
def test_the_contents_of_mnist_are_those_of_the_official_files():
    """The packed files have the SHA-256 of tensorflow-datasets, what they hold has ours."""
    for file, source in _official.sources("mnist").items():
        content = (DATA_DIR / "mnist" / file).read_bytes()
        assert sha256(content) == source.sha256
        if len(content) < 10**7 // 2:  # the larger one is loaded below
            known = _official.contents("mnist")[file.removesuffix(".gz")]
            assert sha256(gzip.decompress(content)) == known.sha256


@pytest.mark.slow
@MNIST
def test_real_mnist(monkeypatch):
    monkeypatch.setattr(_official, "sources", no_sources)
    ds = nne.data.load("mnist")
    assert ds.train.inputs.shape == (60_000, 784)
    assert ds.test.inputs.shape == (10_000, 784)
    assert ds.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(ds.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert ds.train.inputs.mean() == pytest.approx(0.1306604, abs=1e-5)
    assert ds.train.inputs.max() == 1


@pytest.mark.slow
@pytest.mark.skipif(not (DATA_DIR / "fashion_mnist").is_dir(), reason="no Fashion-MNIST here")
def test_real_fashion_mnist_packed_anew(monkeypatch):
    monkeypatch.setattr(_official, "sources", no_sources)
    ds = nne.data.load("fashion_mnist")
    assert ds.train.inputs.shape == (60_000, 784)
    assert ds.train.labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert np.bincount(ds.test.labels).tolist() == [1000] * 10
    assert ds.train.inputs.mean() == pytest.approx(0.2860406, abs=1e-5)  # as is published
