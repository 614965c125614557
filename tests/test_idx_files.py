"""Official files: fakes of a few images stand in for them, real MNIST where it is at hand."""

import gzip
import hashlib
import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import requests

import nne_jax as nne
from nne_jax import _idx_files
from nne_jax.errors import InputError
from tests.conftest import MNIST

PARTS = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def fakes(tmp_path, monkeypatch, rng):
    """A folder with fake MNIST files, registered as the official ones; no cache, no network."""
    arrays = [rng.integers(0, 256, (4, 2, 3)), np.arange(4), rng.integers(0, 256, (3, 2, 3))]
    arrays = dict(zip(PARTS, [*arrays, np.arange(3)], strict=True))
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    urls = {}
    for part, array in arrays.items():
        packed = idx(array)
        (folder / f"{part}-ubyte.gz").write_bytes(packed)
        urls[f"https://example.org/x/{part}-ubyte.gz"] = hashlib.sha256(packed).hexdigest()
    monkeypatch.setattr(_idx_files, "official_files", lambda name: urls)
    monkeypatch.setattr(_idx_files, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(requests, "head", _no_network)
    monkeypatch.delenv(_idx_files.DATA_DIR_VARIABLE, raising=False)
    return folder, arrays


def _no_network(*args, **kwargs):
    raise requests.ConnectionError


def test_files_of_a_folder_are_decoded(fakes):
    folder, arrays = fakes
    (train, labels), (test, _) = _idx_files.load("mnist", str(folder.parent))
    np.testing.assert_allclose(train, arrays[PARTS[0]].reshape(4, 6) / 255, rtol=1e-6)
    np.testing.assert_allclose(test, arrays[PARTS[2]].reshape(3, 6) / 255, rtol=1e-6)
    assert train.dtype == np.float32
    assert labels.tolist() == [0, 1, 2, 3]


def test_the_folder_can_come_from_the_environment(fakes, monkeypatch):
    monkeypatch.setenv(_idx_files.DATA_DIR_VARIABLE, str(fakes[0].parent))
    assert len(_idx_files.load("mnist")[0][1]) == 4


def test_a_missing_file_without_a_network(fakes):
    folder, _ = fakes
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError) as error:
        _idx_files.load("mnist", str(folder.parent))
    message = str(error.value)
    assert "dataset=mnist: t10k-labels-idx1-ubyte.gz not found in" in message
    assert str(folder) in message
    assert "https://example.org/x" in message
    assert "no network" in message


def test_no_answer_is_reported_within_15_seconds(fakes, monkeypatch):
    assert _idx_files.PROBE_SECONDS < 15
    monkeypatch.setattr(requests, "head", lambda *args, **kwargs: time.sleep(60))
    monkeypatch.setattr(_idx_files, "PROBE_SECONDS", 0.2)
    with pytest.raises(InputError, match=r"no answer in 0\.2 s"):
        _idx_files.load("mnist", str(fakes[0].parent.parent))


def test_a_damaged_file_is_named(fakes):
    folder, _ = fakes
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"train-images.*damaged.*delete it, and put https://exam"):
        _idx_files.load("mnist", str(folder.parent))


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"data_dir=.*nowhere: no such folder"):
        _idx_files.load("mnist", str(tmp_path / "nowhere"))


@pytest.mark.slow
def test_missing_files_are_downloaded_into_the_cache_once(fakes, monkeypatch, tmp_path):
    import tensorflow_datasets as tfds

    folder, _ = fakes
    downloads = []

    class Manager:
        def __init__(self, download_dir, **kwargs):
            self.folder = Path(download_dir)

        def download(self, urls):
            self.folder.mkdir(parents=True)
            for url in urls:
                downloads.append(url)
                (self.folder / Path(url).name).write_bytes((folder / Path(url).name).read_bytes())
            return {url: self.folder / Path(url).name for url in urls}

    monkeypatch.setattr(requests, "head", lambda *args, **kwargs: None)
    monkeypatch.setattr(tfds.download, "DownloadManager", Manager)
    first = _idx_files.load("mnist")
    again = _idx_files.load("mnist")
    assert len(downloads) == 4
    np.testing.assert_array_equal(first[0][0], again[0][0])
    assert sorted(p.name for p in (tmp_path / "cache" / "mnist").iterdir()) == sorted(
        f"{part}-ubyte.gz" for part in PARTS
    )


def test_a_failed_download_is_one_line_and_leaves_nothing(fakes, monkeypatch, tmp_path):
    import tensorflow_datasets as tfds

    class Manager:
        def __init__(self, download_dir, **kwargs):
            Path(download_dir).mkdir(parents=True)

        def download(self, urls):
            raise ValueError("Checksum mismatch:\nlong advice for TFDS's developers")

    monkeypatch.setattr(requests, "head", lambda *args, **kwargs: None)
    monkeypatch.setattr(tfds.download, "DownloadManager", Manager)
    with pytest.raises(InputError, match=r"\(Checksum mismatch\); try again, or put into") as error:
        _idx_files.load("mnist")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache" / "mnist").iterdir())


def test_emnist_comes_upright_out_of_its_archive(fakes, monkeypatch, rng):
    folder = fakes[0].parent / "emnist"
    folder.mkdir()
    images = rng.integers(0, 256, (2, 3, 3))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in ("train", "test"):
            name = f"gzip/emnist-digits-{part}"
            archive.writestr(f"{name}-images-idx3-ubyte.gz", idx(images))
            archive.writestr(f"{name}-labels-idx1-ubyte.gz", idx(np.array([7, 1])))
    (folder / "gzip.zip").write_bytes(buffer.getvalue())
    checksum = hashlib.sha256(buffer.getvalue()).hexdigest()
    monkeypatch.setattr(_idx_files, "official_files", lambda name: {"https://x/gzip.zip": checksum})
    (train, labels), _ = _idx_files.load("emnist/digits", str(folder.parent))
    np.testing.assert_allclose(train, images.swapaxes(1, 2).reshape(2, 9) / 255, rtol=1e-6)
    assert labels.tolist() == [7, 1]


def test_tensorflow_datasets_knows_every_data_set():
    for name in _idx_files.DATASETS:
        checksums = _idx_files.official_files(name)
        assert len(checksums) == (1 if name.startswith("emnist") else 4)
        assert all(len(checksum) == 64 for checksum in checksums.values())


@pytest.mark.slow
@MNIST
def test_real_mnist():
    ds = nne.data.load("mnist")
    assert ds.train.inputs.shape == (60_000, 784)
    assert ds.test.inputs.shape == (10_000, 784)
    assert ds.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(ds.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert ds.train.inputs.mean() == pytest.approx(0.1306604, abs=1e-5)
    assert ds.train.inputs.max() == 1
