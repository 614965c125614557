"""The IDX format of MNIST and its kin: bytes with their shape, packed by gzip or plain."""

import gzip
import hashlib
import math
import zlib
from typing import IO, Any, NamedTuple

import numpy as np

_GZIP = b"\x1f\x8b"  # how a packed file begins, whatever its name says: browsers unpack or do not


class Idx(NamedTuple):
    """What a file holds."""

    values: np.ndarray  # uint8
    sha256: str  # of the unpacked file


def read_idx(file: IO[bytes], shape: tuple[int, ...], fewer: bool = False) -> Idx:
    """Decodes an IDX file of bytes: the magic number 0x08 and the rank, sizes, then the values.

    No more is unpacked than the values that are expected, and one byte to see that they end.

    Args:
      file: seekable.
      shape: what it should hold.
      fewer: whether the first axis may be shorter.

    Raises:
      ValueError: says what is wrong with the file, in words to follow its name.

    >>> import io
    >>> read_idx(io.BytesIO(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])), (2,)).values
    array([7, 9], dtype=uint8)
    """
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    try:
        unpacked: Any = gzip.GzipFile(fileobj=file) if packed else file
        return _read(unpacked, shape, fewer)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"damaged, it cannot be unpacked ({str(error).rstrip('.')})") from error


def _read(file: IO[bytes], shape: tuple[int, ...], fewer: bool) -> Idx:
    magic, length = bytes([0, 0, 8, len(shape)]), 4 + 4 * len(shape)
    header = file.read(length)
    if header[:4] != magic:
        begins = header[:4].hex() or "nothing"
        raise ValueError(f"no such IDX file, it begins with {begins} instead of {magic.hex()}")
    if len(header) < length:
        raise ValueError("damaged, it ends within its header")
    sizes = tuple(np.frombuffer(header, ">u4", offset=4).tolist())
    if sizes != shape and not (fewer and sizes[1:] == shape[1:] and sizes[0] < shape[0]):
        most = "at most " if fewer else ""
        raise ValueError(f"its header says {_by(sizes)} values instead of {most}{_by(shape)}")
    count = math.prod(sizes)
    values = file.read(count + 1)
    if len(values) < count:
        raise ValueError(f"damaged, it ends after {len(values)} of its {count} values")
    if len(values) > count:
        raise ValueError(f"damaged, it goes on after its {count} values")
    digest = hashlib.sha256(header)
    digest.update(values)
    return Idx(np.frombuffer(values, np.uint8).reshape(sizes), digest.hexdigest())


def _by(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))
