"""A file of one's own arrays, as numpy.savez writes it; nothing in it is unpickled."""

import math
import os
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from nne_jax.errors import InputError

NAMES = ("x_train", "y_train", "x_test", "y_test")  # as in Keras' own mnist.npz

Split = tuple[np.ndarray, np.ndarray]  # inputs (S, ...) and labels (S,)


def load_npz(path: Path) -> tuple[Split, Split]:
    """Training and test arrays of a file.

    What the file says of its sizes is checked, against itself and the machine's memory, before
    anything is read.

    Raises:
      InputError: there is no such file, or it holds something else.
    """
    if not os.path.isfile(path):
        raise InputError(f"dataset={path}: there is no such file.")
    try:
        with zipfile.ZipFile(path) as archive:
            if missing := [name for name in NAMES if f"{name}.npy" not in archive.namelist()]:
                raise InputError(
                    f"dataset={path}: it holds no {', '.join(missing)}; it should have "
                    f"{', '.join(NAMES)}."
                )
            members = [archive.getinfo(f"{name}.npy") for name in NAMES]
            size = sum(_size(archive, member) for member in members)
            if size > _memory():
                raise ValueError(f"its arrays need {size / 1e9:.3g} GB, more than the memory")
            train_x, train_y, test_x, test_y = (_read(archive, member) for member in members)
    except InputError:
        raise
    except Exception as error:  # zipfile's, numpy's and the system's, of damaged files
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0].rstrip(".")
        raise InputError(
            f"dataset={path}: it cannot be read ({reason}); write it with numpy.savez."
        ) from error
    return (train_x, train_y), (test_x, test_y)


def _size(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Bytes of an array, by its header, if that fits the file."""
    with archive.open(member) as file:
        shape, dtype = _header(file)
        start = file.tell()
    name = member.filename
    if dtype.hasobject:
        raise ValueError(f"{name} is a pickle of objects, which could run anything")
    size = math.prod(shape) * dtype.itemsize
    if start + size != member.file_size:
        raise ValueError(
            f"{name} should hold {dtype} {shape}, but has {member.file_size - start} bytes of it"
        )
    return size


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in read:
        raise ValueError(f"its arrays are of version {version} of the format")
    shape, _, dtype = read[version](file)
    return shape, dtype


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        return npy.read_array(file, allow_pickle=False)


def _memory() -> float:
    """Bytes of the machine's memory, where the system says so."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return math.inf
