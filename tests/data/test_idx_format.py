"""Decoding: what is right, and every kind of damage, said in words."""

import gzip
import hashlib
import io
import tracemalloc

import numpy as np
import pytest

from nne_jax._idx_format import read_idx

LABELS = np.array([7, 0, 9, 255])


def idx(array):
    """An IDX file of bytes, plain."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda raw: gzip.compress(raw, 1)])
def test_plain_and_packed_files_hold_the_same(pack):
    raw = idx(LABELS)
    values, sha256 = read_idx(io.BytesIO(pack(raw)), (4,))
    np.testing.assert_array_equal(values, LABELS)
    assert sha256 == hashlib.sha256(raw).hexdigest()


def test_images_keep_their_axes():
    images = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(read_idx(io.BytesIO(idx(images)), (2, 3, 4)).values, images)


RAW = idx(LABELS)
PACKED = gzip.compress(RAW, mtime=0)  # no time of day: it is in names of tests
FLIPPED = PACKED[:-6] + bytes([PACKED[-6] ^ 1]) + PACKED[-5:]  # in the checksum


@pytest.mark.parametrize(
    ("content", "shape", "message"),
    [
        (b"", (4,), "it begins with nothing instead of 00000801"),
        (b"<html>", (4,), "no such IDX file, it begins with 3c68746d instead of 00000801"),
        (RAW, (4, 1, 1), "it begins with 00000801 instead of 00000803"),
        (RAW[:6], (4,), "damaged, it ends within its header"),
        (RAW, (5,), "its header says 4 values instead of 5"),
        (idx(np.zeros((2, 3, 4))), (2, 4, 4), "says 2 x 3 x 4 values instead of 2 x 4 x 4"),
        (RAW[:-1], (4,), "damaged, it ends after 3 of its 4 values"),
        (RAW + b"x", (4,), "damaged, it goes on after its 4 values"),
        (PACKED[:-3], (4,), "damaged, it cannot be unpacked .*ended before"),
        (PACKED[:15], (4,), "damaged, it cannot be unpacked"),
        (PACKED + b"rest", (4,), "damaged, it cannot be unpacked .*Not a gzipped"),
        (FLIPPED, (4,), "damaged, it cannot be unpacked .*CRC"),
        (gzip.compress(RAW + b"x", mtime=0), (4,), "damaged, it goes on after its 4 values"),
    ],
)
def test_damage_is_said(content, shape, message):
    with pytest.raises(ValueError, match=message):
        read_idx(io.BytesIO(content), shape)


def test_a_shorter_first_axis_may_be_allowed_but_no_longer_one():
    assert read_idx(io.BytesIO(RAW), (9,), fewer=True).values.shape == (4,)
    with pytest.raises(ValueError, match="says 4 values instead of at most 3"):
        read_idx(io.BytesIO(RAW), (3,), fewer=True)


@pytest.mark.parametrize("header", [RAW[:8], idx(np.zeros(0))[:4] + b"\x7f\xff\xff\xff"])
def test_a_gzip_bomb_is_not_unpacked(header):
    bomb = io.BytesIO(gzip.compress(header + bytes(20_000_000)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"goes on after its 4 values|says 2147483647 values"):
        read_idx(bomb, (4,))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
