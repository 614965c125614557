"""The official files of MNIST and its kin: find or fetch them, check them, decode them.

tensorflow-datasets knows their addresses and SHA-256 and downloads them; TensorFlow is not needed.
"""

import gzip
import hashlib
import os
import shutil
import threading
import zipfile
from pathlib import Path

import numpy as np

from nne_jax.errors import InputError, load_extra

_EMNIST = ("balanced", "byclass", "bymerge", "digits", "letters", "mnist")
DATASETS = ("mnist", "fashion_mnist", "kmnist", *(f"emnist/{split}" for split in _EMNIST))
DATA_DIR_VARIABLE = "NNE_JAX_DATA_DIR"
CACHE = Path("~/.cache/nne_jax")  # downloads, one folder a data set: mnist's names are kmnist's too
PROBE_SECONDS = 6  # without a network tensorflow-datasets would retry for minutes

Split = tuple[np.ndarray, np.ndarray]  # images (B, D) float32 in [0, 1], labels (B,) uint8


def load(name: str, data_dir: str | None = None) -> tuple[Split, Split]:
    """Training and test images (B, D) float32 in [0, 1] and labels (B,), in the official order.

    Args:
      name: one of ``DATASETS``.
      data_dir: folder that holds ``<name>/<file>``; by default $NNE_JAX_DATA_DIR. What is not there
        is looked for in ``CACHE``, and downloaded into it.

    Raises:
      InputError: a file is missing and cannot be fetched, or is not the official one.
    """
    archive, _, emnist_split = name.partition("/")
    data_dir = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    if data_dir and not Path(data_dir).expanduser().is_dir():
        raise InputError(
            f"data_dir={data_dir}: no such folder; give the one that holds {archive}/."
        )
    folders = [Path(root).expanduser() / archive for root in (data_dir, CACHE) if root]
    urls = official_files(name)
    found = {url: path for url in urls if (path := _find(folders, Path(url).name))}
    if missing := [url for url in urls if url not in found]:
        found |= _download(name, missing, folders)
    files = {path.name: _checked(path, urls[url], url) for url, path in found.items()}
    if emnist_split:
        return _decode_emnist(files["gzip.zip"], emnist_split)
    train, test = (
        (
            _images(files[f"{part}-images-idx3-ubyte.gz"].read_bytes()),
            _idx(files[f"{part}-labels-idx1-ubyte.gz"].read_bytes()),
        )
        for part in ("train", "t10k")
    )
    return train, test


def official_files(name: str) -> dict[str, str]:
    """URL of each file of a data set, and its SHA-256 as registered in tensorflow-datasets."""
    tfds = load_extra("tensorflow_datasets", f"dataset={name}:", "data")
    return {url: info.checksum for url, info in (tfds.builder(name).url_infos or {}).items()}


def _find(folders: list[Path], file: str) -> Path | None:
    return next((folder / file for folder in folders if (folder / file).is_file()), None)


def _checked(path: Path, checksum: str, url: str) -> Path:
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != checksum:
        raise InputError(
            f"{path}: damaged, or not the official file (SHA-256 {actual[:12]}…, expected "
            f"{checksum[:12]}…); delete it, and put {url} there."
        )
    return path


def _download(name: str, urls: list[str], folders: list[Path]) -> dict[str, Path]:
    """Downloads files into the last folder, the cache, under their own names."""
    names = ", ".join(Path(url).name for url in urls)
    remedy = (
        f"dataset={name}: {names} not found in {' or '.join(map(str, folders))}, and cannot be "
        f"fetched from {urls[0].rsplit('/', 1)[0]}"
    )
    if problem := _unreachable(urls[0]):
        raise InputError(f"{remedy} ({problem}); download there and put into {folders[0]}.")
    tfds = load_extra("tensorflow_datasets", f"dataset={name}:", "data")
    partial = folders[-1] / "partial"
    manager = tfds.download.DownloadManager(
        download_dir=partial,
        dataset_name=name.replace("/", "_"),
        url_infos=tfds.builder(name).url_infos,
        force_checksums_validation=True,
    )
    try:
        paths = manager.download({url: url for url in urls})
    except Exception as error:  # tensorflow-datasets lets many kinds through: report them all
        problem = str(error).partition("\n")[0].rstrip(".:")
        raise InputError(f"{remedy} ({problem}); try again, or put into {folders[0]}.") from error
    else:
        found = {url: folders[-1] / Path(url).name for url in urls}
        for url, path in paths.items():
            os.replace(path, found[url])
        return found
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _unreachable(url: str) -> str | None:
    """Why a server cannot be reached, or None; in a thread, as name look-ups have no time-out."""
    import requests

    outcome: list[str | None] = [f"no answer in {PROBE_SECONDS} s"]

    def probe():
        try:
            requests.head(url, timeout=PROBE_SECONDS, allow_redirects=True)
            outcome[0] = None
        except requests.RequestException as error:
            outcome[0] = f"no network: {type(error).__name__}"

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return outcome[0]


def _idx(packed: bytes) -> np.ndarray:
    """Decodes a gzipped IDX file of bytes: magic 0x08 and the rank, sizes, then the values."""
    raw = gzip.decompress(packed)
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def _images(packed: bytes, transpose: bool = False) -> np.ndarray:
    pixels = _idx(packed)
    pixels = pixels.swapaxes(1, 2) if transpose else pixels
    return pixels.reshape(len(pixels), -1) / np.float32(255)


def _decode_emnist(path: Path, split: str) -> tuple[Split, Split]:
    """One split of EMNIST's zip archive of IDX files; its images are MNIST's, transposed."""
    with zipfile.ZipFile(path) as archive:

        def read(part):
            return archive.read(f"gzip/emnist-{split}-{part}-ubyte.gz")

        train, test = (
            (
                _images(read(f"{part}-images-idx3"), transpose=True),
                _idx(read(f"{part}-labels-idx1")),
            )
            for part in ("train", "test")
        )
    return train, test
