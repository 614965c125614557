"""The official files of MNIST and its kin: find or fetch them, check and decode what they hold."""

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nne_jax import _official
from nne_jax._download import TransferError, fetch
from nne_jax._idx_format import read_idx
from nne_jax.errors import InputError

DATA_DIR_VARIABLE = "NNE_JAX_DATA_DIR"
CACHE = "~/.cache/nne_jax"  # downloads, one folder a data set: mnist's names are kmnist's too

Split = tuple[np.ndarray, np.ndarray]  # images (B, D) float32 in [0, 1], labels (B,) uint8


class _Places(NamedTuple):
    """Folders of a data set's files."""

    given: Path | None  # by the user, and looked into first
    cache: Path | None  # of downloads; none without a home: files that were given need none

    def __str__(self) -> str:
        return " or ".join(str(place) for place in self if place) or "$" + DATA_DIR_VARIABLE


def load(name: str, data_dir: str | os.PathLike[str] | None = None) -> tuple[Split, Split]:
    """Training and test images (B, D) float32 in [0, 1] and labels (B,), in the official order.

    Args:
      name: one of ``_official.DATASETS``.
      data_dir: folder that holds ``<name>/<file>``; by default $NNE_JAX_DATA_DIR. What is not there
        is looked for in ``CACHE``, and downloaded into it.

    Raises:
      InputError: a file is missing and cannot be fetched, or does not hold what it should.
      StorageError: what is fetched cannot be written.
    """
    archive, _, emnist_split = name.partition("/")
    places = _places(archive, data_dir)
    if emnist_split:
        (path,) = _found(name, [_official.EMNIST_ARCHIVE], places)
        return _load_emnist(name, path, emnist_split)
    contents = _official.contents(name)
    paths = _found(name, [f"{file}.gz" for file in contents], places)
    train_x, train_y, test_x, test_y = (
        _load_idx(name, path, f"{file}.gz", content)
        for path, (file, content) in zip(paths, contents.items(), strict=True)
    )
    return (_pixels(train_x), train_y), (_pixels(test_x), test_y)


def _places(archive: str, data_dir: str | os.PathLike[str] | None) -> _Places:
    given = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    root, cache = os.path.expanduser(given or ""), os.path.expanduser(CACHE)
    if given and not os.path.isdir(root):
        raise InputError(f"data_dir={given}: no such folder; give the one that holds {archive}/.")
    return _Places(
        Path(root, archive) if given else None,
        Path(cache, archive) if os.path.isabs(cache) else None,  # else ~ stands for nothing
    )


def _found(name: str, files: Sequence[str], places: _Places) -> list[Path]:
    """The path of each packed file; those that are missing are downloaded into the cache."""
    paths = {file: path for file in files if (path := _find(file, places))}
    if missing := [file for file in files if file not in paths]:
        paths |= _fetched(name, missing, places)
    return [paths[file] for file in files]


def _find(file: str, places: _Places) -> Path | None:
    """A packed file, or what it holds under one of the two names that this goes by."""
    plain = file.removesuffix(".gz")
    names = dict.fromkeys((file, plain, plain.replace("-idx", ".idx")))
    paths = [place / name for place in places if place for name in names]
    return next((path for path in paths if os.path.isfile(path)), None)


def _fetched(name: str, files: Sequence[str], places: _Places) -> dict[str, Path]:
    missing = f"dataset={name}: {', '.join(files)} not found in {places}"
    sources = _official.sources(name, f"{missing}, and a download")
    site = sources[files[0]].url.rpartition("/")[0]
    if not places.cache:
        raise InputError(
            f"{missing}, and no home folder to download into; get them from {site}, put them into "
            f"a folder {name.partition('/')[0]} and give the one that holds it as data_dir."
        )
    for file in files:
        url, size, sha256 = sources[file]
        try:
            fetch(url, places.cache / file, size, sha256)
        except TransferError as error:
            raise InputError(
                f"{missing}, and cannot be fetched from {site} ({error}); try again, or download "
                f"there and put into {places.given or places.cache}."
            ) from error
    return {file: places.cache / file for file in files}


def _load_idx(name: str, path: Path, file: str, content: _official.Content) -> np.ndarray:
    """What an IDX file holds, if it is what the official one does."""
    with _opened(name, path, file) as opened:
        if content.sha256 is None:
            _check_packed(name, opened, file)
        idx = read_idx(opened, content.shape)
        if content.sha256 not in (None, idx.sha256):
            raise ValueError(_other(idx.sha256, content.sha256))
        return idx.values


def _load_emnist(name: str, path: Path, split: str) -> tuple[Split, Split]:
    """One split of EMNIST's zip archive of IDX files; its images are MNIST's, transposed."""
    with _opened(name, path, _official.EMNIST_ARCHIVE) as opened:
        _check_packed(name, opened, _official.EMNIST_ARCHIVE)
        with zipfile.ZipFile(opened) as archive:

            def values(part: str, shape: tuple[int, ...]) -> np.ndarray:
                with archive.open(f"gzip/emnist-{split}-{part}-ubyte.gz") as member:
                    return read_idx(member, shape, fewer=True).values

            most = _official.EMNIST_MOST
            train, test = (
                (
                    _pixels(values(f"{part}-images-idx3", most).swapaxes(1, 2)),
                    values(f"{part}-labels-idx1", most[:1]),
                )
                for part in ("train", "test")
            )
    return train, test


@contextlib.contextmanager
def _opened(name: str, path: Path, file: str) -> Iterator[BufferedReader]:
    """Opens a file; whatever is wrong with it is said with its path and the right one's address."""
    try:
        with path.open("rb") as opened:
            yield opened
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            f"{path}: it cannot be read ({error.strerror or error}); make it readable, or put "
            f"{_official.address(name, file)} there."
        ) from error
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        address = _official.address(name, file)
        raise InputError(f"{path}: {error}; delete it, and put {address} there.") from error


def _check_packed(name: str, opened: BufferedReader, file: str) -> None:
    """Refuses all but the official packed file, and goes back to its beginning."""
    source = _official.sources(name, f"dataset={name}: the check of {file}")[file]
    only = f"of {name} only the official {file} can be checked"
    size = os.fstat(opened.fileno()).st_size
    if size != source.size:
        raise ValueError(f"damaged, or packed anew: {only}, it has {source.size} bytes, not {size}")
    sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    if sha256 != source.sha256:
        raise ValueError(f"{_other(sha256, source.sha256)}: {only}")
    opened.seek(0)


def _other(actual: str, expected: str) -> str:
    return f"damaged, or not the official file (SHA-256 {actual[:12]}…, expected {expected[:12]}…)"


def _pixels(images: np.ndarray) -> np.ndarray:
    """Images (B, ...) uint8 as (B, D) float32 in [0, 1]."""
    return images.reshape(len(images), -1) / np.float32(255)
