"""Official files in a folder: fakes of a few images stand in for them."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from nne_jax import _idx_files, _official
from nne_jax.errors import InputError
from tests.data.conftest import TRAIN, assert_right, no_sources
from tests.data.test_idx_format import idx

DATA_DIR = Path(os.environ.get("NNE_JAX_DATA_DIR", ""))


def test_official_files_are_decoded(fakes):
    assert_right(fakes, fakes.load())


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


def test_bad_folders(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nowhere", tmp_path / "file", "~nobody-of-this-name/x", "a\0b"):
        with pytest.raises(InputError, match=r"data_dir=.*: no such folder; give the one that hol"):
            _idx_files.load("mnist", folder)
