"""A disk that is full, closed or not there: a sentence, and the run goes on later."""

import errno
import os
from pathlib import Path

import pytest

from nne_jax.errors import InputError, StorageError
from nne_jax.runs.folder import RunFolder
from tests.runs.toys import quiet, same, start, walk


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("allowed", range(6))
def test_a_full_disk_at_any_write_is_a_sentence_and_the_run_goes_on_later(
    tmp_path, monkeypatch, allowed
):
    """fsync is what every write ends with: config.json and its folder, rows and theirs."""
    left, fsync = [allowed], os.fsync

    def until_full(descriptor):
        left[0] -= 1
        return fsync(descriptor) if left[0] >= 0 else full()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", until_full)
        with pytest.raises(StorageError, match=r"No space left on device; what was written is who"):
            quiet(walk, start(), None, 20, tmp_path / "run", checkpoint_every=5, block_size=1)
    state, rows = quiet(walk, start(), None, 20, tmp_path / "run", checkpoint_every=5)
    same(state, quiet(walk, start(), None, 20)[0])
    assert [row["generation"] for row in rows] == list(range(1, 21))


def test_a_checkpoint_that_cannot_be_written_is_a_sentence(folder, monkeypatch):
    import orbax.checkpoint as ocp

    before = sorted(path.name for path in (folder / "checkpoints").iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(ocp.CheckpointManager, "save", full)
        with pytest.raises(StorageError, match=r"checkpoint 12 cannot be written \(.*No space"):
            quiet(walk, start(), None, 20, folder, checkpoint_every=4)
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == before
    same(quiet(walk, start(), None, 20, folder)[0], quiet(walk, start(), None, 20)[0])


def test_a_folder_that_may_not_be_looked_into(monkeypatch, folder):
    def forbidden(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for function, message in (("iterdir", "cannot be read"), ("mkdir", "cannot be written")):
        with monkeypatch.context() as patch:
            patch.setattr(Path, function, forbidden)
            with pytest.raises(InputError, match=rf"{message} \(Permission denied\); give another"):
                quiet(walk, start(), None, 20, folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", forbidden)
        with pytest.raises(InputError, match=r"cannot be written \(Permission denied\); give anot"):
            quiet(walk, start(), None, 20, folder)


def test_a_path_that_no_system_has(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(File name too long\)"):
        quiet(walk, start(), None, 5, tmp_path / ("x" * 300))


def test_no_home(monkeypatch):
    def homeless(self):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(InputError, match=r"workdir=~/run: there is no home folder; give a path"):
        RunFolder("~/run")
