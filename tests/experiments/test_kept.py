"""Parts of a table that are kept until all are there: known by their settings, never damaged."""

import os
import warnings

import jax
import numpy as np
import pytest

from experiments.launch import kept
from nne_jax.errors import InputError, StorageError

SETTINGS = {"seed": 1, "rate": 0.1, "sizes": (3, 4)}


def never():
    raise AssertionError("worked out again")


def test_what_is_kept_is_known_by_its_settings_and_jax_s(tmp_path):
    path = tmp_path / "row.json"
    assert kept.kept(path, SETTINGS, lambda: {"accuracy": np.float32(0.5)}) == {"accuracy": 0.5}
    assert kept.kept(path, SETTINGS, never) == {"accuracy": 0.5}
    for change, message in (
        ({"seed": 2}, "row was made with seed=1, not 2; give another folder"),
        ({"sizes": (3,)}, r"row was made with sizes=\[3, 4\], not \[3\]"),
        ({"more": 1}, "row was made with more=None, not 1"),
    ):
        with pytest.raises(InputError, match=message):
            kept.kept(path, SETTINGS | change, never)
    with pytest.raises(InputError, match=r"row was made with rate=0\.1, not None"):
        kept.find(path, {"seed": 1, "sizes": (3, 4)})
    with (
        jax.threefry_partitionable(not jax.config.jax_threefry_partitionable),
        pytest.raises(InputError, match="row was made with jax_threefry_partitionable="),
    ):
        kept.kept(path, SETTINGS, never)


def damage(content, how):
    if how == "bit":
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return {"cut": content[: len(content) // 2], "empty": b""}[how]


@pytest.mark.parametrize("how", ["bit", "cut", "empty"])
def test_what_is_damaged_is_set_aside_and_made_again(tmp_path, how):
    path = tmp_path / "row.json"
    kept.kept(path, SETTINGS, lambda: {"accuracy": 0.5})
    sound = path.read_bytes()
    for aside in ("row.json.damaged", "row.json.damaged1"):
        path.write_bytes(damage(sound, how))
        with pytest.warns(UserWarning, match=rf"row\.json: its content is not .* now {aside}"):
            assert kept.kept(path, SETTINGS, lambda: {"accuracy": 0.7}) == {"accuracy": 0.7}
        assert (tmp_path / aside).read_bytes() == damage(sound, how)
    assert kept.kept(path, SETTINGS, never) == {"accuracy": 0.7}


@pytest.mark.parametrize("how", ["bit", "cut", "empty"])
def test_damaged_arrays_are_never_taken_for_sound_ones(tmp_path, how):
    path, arrays = tmp_path / "layer.npz", {"kernel": np.arange(300.0)}
    kept.keep_arrays(path, SETTINGS, arrays)
    np.testing.assert_array_equal(kept.find_arrays(path, SETTINGS)["kernel"], arrays["kernel"])
    with np.load(path) as stored:  # numpy reads it as well
        np.testing.assert_array_equal(stored["kernel"], arrays["kernel"])
    with pytest.raises(InputError, match="layer was made with seed=1, not 3; give another folder"):
        kept.find_arrays(path, SETTINGS | {"seed": 3})
    path.write_bytes(damage(path.read_bytes(), how))
    with pytest.warns(UserWarning, match=r"layer\.npz: its content is not what was written"):
        assert kept.find_arrays(path, SETTINGS) is None
    assert not path.exists()
    assert (tmp_path / "layer.npz.damaged").exists()


def test_every_bit_of_a_kept_file_counts(tmp_path):
    path = tmp_path / "row.json"
    kept.kept(path, {"seed": 1}, lambda: {"accuracy": 0.5})
    sound = path.read_bytes()
    for position in range(0, len(sound), 7):
        for bit in (1, 32):
            path.write_bytes(
                sound[:position] + bytes([sound[position] ^ bit]) + sound[position + 1 :]
            )
            with warnings.catch_warnings(action="ignore"):
                found = kept.find(path, {"seed": 1})
            assert found is None or found["result"] == {"accuracy": 0.5}


def test_a_full_disk_while_a_part_is_kept(tmp_path, monkeypatch):
    path = tmp_path / "row.json"

    def no_room(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_room)
        for write in (
            lambda: kept.kept(path, SETTINGS, lambda: 1),
            lambda: kept.keep_arrays(path, SETTINGS, {"kernel": np.ones(3)}),
        ):
            with pytest.raises(StorageError, match=r"No space left on device; .* --resume goes on"):
                write()
    assert list(tmp_path.iterdir()) == []
    assert kept.kept(path, SETTINGS, lambda: 1) == 1
