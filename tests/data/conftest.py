"""Fakes of official files: a folder of packed ones, and a server that may have them."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from nne_jax import _idx_files, _official
from nne_jax._download import TransferError
from nne_jax._official import Content, Source
from nne_jax.errors import InputError
from tests.data.test_idx_format import idx

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


def no_sources(name, what=""):
    raise InputError(f"{what} needs tensorflow_datasets")
