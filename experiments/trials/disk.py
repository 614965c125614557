"""Disks that are full, read-only, broken or gone: a sentence, and the run goes on afterwards."""

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.trials import faults
from experiments.trials.outcome import Outcome
from experiments.trials.workloads import Evolve, Toy, differences
from nne_jax._files import read_json

_ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES")
_FIRST_WRITES = 2  # of the folder and its lock: before them there is no run
_FIRST = 2**14  # bytes that the smallest disk has


class Prepared(NamedTuple):
    """An undisturbed run."""

    workload: Evolve | Toy
    reference: Path
    writes: int  # how many it made
    bytes: int  # and that it needs
    kinds: tuple[str, ...]  # of trials that are possible here


def prepare(folder: Path, workload: Evolve | Toy | None = None) -> Prepared:
    """Makes the undisturbed run."""
    workload, reference = workload or Evolve(), folder / "reference"
    with faults.writes(reference) as seen:
        done = workload.call(reference, resume=False)
    if done.returncode:
        raise RuntimeError(f"the undisturbed run failed: {done}")
    needed = sum(path.stat().st_blocks * 512 for path in reference.rglob("*"))
    kinds = ("a write fails", "removed") + ("a full disk",) * _can_mount(folder / "disk")
    return Prepared(workload, reference, seen.count, needed, kinds)


def trial(
    rng: np.random.Generator, folder: Path, prepared: Prepared, kind: str = "", at: int = 0
) -> Outcome:
    """Lets something fail during a run, and resumes it when all is well again."""
    outcome = Outcome()
    outcome.count("trials")
    kind = kind or str(rng.choice(prepared.kinds))
    outcome.count(kind)
    if kind == "a full disk":
        size = at or int(rng.integers(_FIRST, prepared.bytes))
        with _disk(folder / "disk", size) as disk:
            _try(outcome, prepared, disk / "run", f"{kind} of {size} bytes", lambda: _grow(disk))
        return outcome
    at = at or int(rng.integers(1, prepared.writes + 1))
    if kind == "removed":
        removed = faults.writes(folder / "run", at, lambda: shutil.rmtree(folder / "run", True))
        with removed:
            done = prepared.workload.call(folder / "run", resume=False)
        what = f"removed at the {at}th write"
        outcome.expect_no_traceback(done.stderr, what)
        refused = done.is_refusal(74) or (at <= _FIRST_WRITES and done.is_refusal(1))
        outcome.count("refused" if refused else "not noticed")
        outcome.expect(refused, "wrong exits", f"{what}: {done}")
        return outcome
    name = str(rng.choice(_ERRORS))
    error = OSError(getattr(errno, name), os.strerror(getattr(errno, name)))
    with faults.writes(folder / "run", at, faults.raises(error)):
        _try(outcome, prepared, folder / "run", f"{name} at the {at}th write", faults.mend)
    return outcome


def _try(
    outcome: Outcome, prepared: Prepared, run: Path, what: str, mend: Callable[[], None]
) -> None:
    """A run that fails, what it leaves, and the run that goes on."""
    done = prepared.workload.call(run, resume=False)
    mend()
    outcome.expect_no_traceback(done.stderr, what)
    if done.returncode:
        outcome.count("refused")
        unmade = not (run / "config.json").exists()
        statuses = (1, 74) if unmade and _is_refusable(what) else (74,)
        outcome.expect(done.is_refusal(*statuses), "wrong exits", f"{what}: {done}")
        _expect_readable(outcome, run, what)
    else:
        outcome.count("without effect")
    begun = (run / "config.json").exists()
    again = prepared.workload.call(run, resume=begun)
    outcome.expect_no_traceback(again.stderr, f"{what}, resumed")
    if outcome.expect(again.returncode == 0, "wrong exits", f"{what}, resumed: {again}"):
        found = differences(run, prepared.reference)
        outcome.expect(not found, "silent differences", f"{what}: {'; '.join(found)}")


def _is_refusable(what: str) -> bool:
    """Whether the same command would be refused again: nobody frees rights as one frees room."""
    return what.startswith(("EROFS", "EACCES"))


def _expect_readable(outcome: Outcome, run: Path, what: str) -> None:
    """Every JSON file is whole."""
    for path in run.glob("*.json"):
        try:
            read_json(path)
        except ValueError as error:
            outcome.expect(False, "sound bytes lost", f"{what}: {path.name}: {error}")


def _can_mount(folder: Path) -> bool:
    try:
        with _disk(folder, 2**20):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextlib.contextmanager
def _disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes, where this process may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield folder
    finally:
        _mount("umount", "-l", folder)


def _grow(folder: Path) -> None:
    _mount("mount", "-o", "remount,size=64m", folder)


def _mount(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
