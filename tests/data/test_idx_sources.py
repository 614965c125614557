"""Official files from elsewhere, EMNIST's archive, and the real ones where they are at hand."""

import gzip
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
from nne_jax._official import Source
from nne_jax.errors import InputError
from tests.conftest import MNIST
from tests.data.conftest import FILES, TRAIN, assert_right, no_sources, sha256
from tests.data.test_idx_format import idx

DATA_DIR = Path(os.environ.get("NNE_JAX_DATA_DIR", ""))


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
