"""A run's folder: run.json, metrics.jsonl and checkpoints/."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.errors import InputError
from nne_jax.runs._files import write_whole

fcntl: Any
try:
    import fcntl
except ModuleNotFoundError:  # not a Unix: nothing keeps two processes apart
    fcntl = None

Row = dict[str, Any]  # JSON's types: a generation's metrics, and evaluation


class RunFolder:
    """The folder of one run. Nothing is created before ``begin``."""

    def __init__(self, path: str | Path):
        self.path = Path(path).expanduser()
        self.checkpoints = self.path / "checkpoints"
        self._metrics = self.path / "metrics.jsonl"
        self._run = self.path / "run.json"

    def holds_a_run(self) -> bool:
        """Whether a run was started in the folder; a config.json is that of a run to be started."""
        return self._run.exists() or (self.path / "config.json").exists()

    def refuse_if_taken(
        self, resume: bool, flag: str = "workdir", remedy: str = "give resume=True"
    ) -> None:
        """Refuses a folder that holds anything but a run that is to go on.

        Args:
          resume: whether a run that is there may go on.
          flag: what the folder was given by.
          remedy: what makes a run go on.

        Raises:
          InputError: says what is there.
        """
        given = f"{flag}={self.path}"
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{given}: is a file; give a folder.")
        if self.holds_a_run():
            if not resume:
                raise InputError(
                    f"{given}: holds another run; {remedy} to go on with it, or give another "
                    "folder."
                )
        elif self.path.exists() and any(not _is_partial(path) for path in self.path.iterdir()):
            raise InputError(f"{given}: is not empty; give another folder.")

    def refuse_fewer(self, num_generations: int, flag: str = "num_generations") -> None:
        """Refuses to end a run before its latest checkpoint."""
        if (generation := self.last_checkpoint()) > num_generations:
            raise InputError(
                f"{flag}={num_generations}: the run in {self.path} is at generation {generation} "
                "already; give at least as many."
            )

    def refuse_other(self, identity: str) -> None:
        """Refuses to go on with another run than the one that the folder holds, if it holds one.

        Args:
          identity: ``fingerprint`` of the first state and the batches.

        Raises:
          InputError: it holds another one, or its run.json is damaged.
        """
        if not self._run.exists():
            return
        try:
            stored = json.loads(self._run.read_text())["identity"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"workdir={self.path}: its run.json is damaged; restore it, or start the run "
                "again in another folder."
            ) from error
        if stored != identity:
            raise InputError(
                f"workdir={self.path}: holds a run that began with another state, or has other "
                "data; give another folder, or what that run was given."
            )

    def begin(self, identity: str) -> None:
        """Makes the folder, or makes sure that it holds the same run; see ``refuse_other``.

        Raises:
          InputError: it does not, or cannot be written.
        """
        self.refuse_other(identity)
        if self._run.exists():
            return
        try:
            write_whole(self._run, json.dumps({"identity": identity}) + "\n")
        except OSError as error:
            raise InputError(
                f"workdir={self.path}: cannot be written ({error.strerror}); give another folder."
            ) from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes out of the folder; ends with the process, however that ends.

        Raises:
          InputError: another one is in it.
        """
        directory = os.open(self.path, os.O_RDONLY)
        try:
            if fcntl is not None:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise InputError(
                f"workdir={self.path}: another process is at this run; wait for it, or give "
                "another folder."
            ) from error
        finally:
            os.close(directory)

    def last_checkpoint(self) -> int:
        """Generation of the latest checkpoint; 0 without any."""
        names = (path.name for path in self.checkpoints.glob("*"))
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def rows(self) -> list[Row]:
        """The rows of metrics.jsonl; a damaged one, half-written say, is left out."""
        lines = self._metrics.read_text().splitlines() if self._metrics.exists() else []
        return [row for line in lines if (row := _parsed(line)) is not None]

    def append_rows(self, rows: Iterable[Row]) -> None:
        """Appends rows to metrics.jsonl, on disk when it returns."""
        with self._metrics.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())

    def truncate_rows(self, last_generation: int) -> list[Row]:
        """Drops rows written after a checkpoint, and damaged ones, and returns the rest."""
        kept = [row for row in self.rows() if row["generation"] <= last_generation]
        write_whole(self._metrics, "".join(json.dumps(row) + "\n" for row in kept))
        return kept


def fingerprint(tree: Any) -> str:
    """What tells one run from another: a SHA-256 of the arrays in a pytree.

    >>> fingerprint({"p": np.zeros(2)}) == fingerprint({"p": np.ones(2)})
    False
    """
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        if not hasattr(leaf, "dtype"):
            continue
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        array = np.asarray(leaf)
        digest.update(f"{jax.tree_util.keystr(path)} {array.shape} {array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _parsed(line: str) -> Row | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if isinstance(row, dict) and "generation" in row else None


def _is_partial(path: Path) -> bool:
    return path.name.startswith(".") and path.suffix == ".partial"
