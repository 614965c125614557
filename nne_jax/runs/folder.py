"""A run's folder: config.json, metrics.jsonl, checkpoints/, and a lock. One process is in it."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nne_jax._files import is_partial, not_writable, reported
from nne_jax.errors import InputError
from nne_jax.runs import lock
from nne_jax.runs.config_file import ConfigFile
from nne_jax.runs.identity import Identity, refuse_difference
from nne_jax.runs.rows import Row, RowsFile


class RunFolder:
    """The folder of one run. Nothing is created before ``held``."""

    def __init__(
        self,
        path: str | Path,
        flag: str = "workdir",
        remedy: str = "give resume=True",
        is_suggestion: bool = False,
        goes_on: str = "the same call with resume=True goes on",
    ):
        """Takes where it is.

        Args:
          path: of the folder; ``~`` is the user's own.
          flag: what it was given by, for messages.
          remedy: what makes a run that is there go on.
          goes_on: how messages say that what was made is not lost.
          is_suggestion: whether a path with -2, -3 … behind it will do if there is one already.
        """
        self._flag, self._remedy, self._is_suggestion = flag, remedy, is_suggestion
        self._goes_on = goes_on
        self._lock: lock.Lock | None = None
        try:
            path = Path(path).expanduser()
        except RuntimeError as error:
            raise InputError(f"{flag}={path}: there is no home folder; give a path.") from error
        self._set_path(path)

    def _set_path(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self._rows = RowsFile(path / "metrics.jsonl")
        self._config = ConfigFile(path / "config.json")

    @property
    def given(self) -> str:
        """How messages name the folder."""
        return f"{self._flag}={self.path}"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Makes the folder if need be, and keeps other processes out of it.

        Within it, it may be entered again.

        Raises:
          BusyError: another process is in it.
          InputError: it is a file, cannot be made, or has a link in the place of a run's file.
          StorageError: there is no room for it.
        """
        if self._lock is not None:
            yield
            return
        self._make()
        with lock.locked(self.path, self.given) as self._lock:
            try:
                self._refuse_links()
                yield
            finally:
                self._lock = None

    def _make(self) -> None:
        try:
            if not self._is_suggestion:
                self.path.mkdir(parents=True, exist_ok=True)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            first = self.path
            for number in itertools.count(2):  # the folder that is made is ours alone
                with contextlib.suppress(FileExistsError):
                    self.path.mkdir()
                    return
                self._set_path(first.with_name(f"{first.name}-{number}"))
        except OSError as error:
            raise not_writable(self.given, error) from error

    def _refuse_links(self) -> None:
        with self._readable():
            paths = list(self.path.iterdir())
        for path in paths:
            if path.is_symlink() and path.name in {*self._names(), lock.NAME}:
                raise InputError(
                    f"{self.given}: {path.name} in it is a link, and a run writes in its own "
                    "folder only; put what it points to in its place."
                )

    def _names(self) -> set[str]:
        """The names in the folder that a run writes to."""
        return {"config.json", "metrics.jsonl", "metrics.damaged.jsonl", "checkpoints"}

    def holds_a_run(self) -> bool:
        """Whether a run was begun in the folder."""
        return self._config.exists()

    def is_blank(self) -> bool:
        """Whether there is nothing in it, but for what a process left that died before it began."""
        return not self.path.exists() or all(
            path.name == lock.NAME or is_partial(path) for path in self.path.iterdir()
        )

    def refuse_if_taken(self, resume: bool) -> None:
        """Refuses a folder that holds anything but a run that is to go on.

        Args:
          resume: whether a run that is there may go on.

        Raises:
          InputError: says what is there.
        """
        if self._is_suggestion:
            return
        with self._readable():
            if self.path.exists() and not self.path.is_dir():
                raise InputError(f"{self.given}: is a file; give a folder.")
            if self.holds_a_run() and not resume:
                raise InputError(
                    f"{self.given}: holds another run; {self._remedy} to go on with it, or give "
                    "another folder."
                )
            if not self.holds_a_run() and not self.is_blank():
                raise InputError(f"{self.given}: is not empty; give another folder.")

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        """Within it, the folder is looked at."""
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.given}: cannot be read ({error.strerror}); give another folder."
            ) from error

    def refuse_fewer(self, num_generations: int, flag: str = "num_generations") -> None:
        """Refuses to end a run before its latest checkpoint."""
        if (generation := self.last_checkpoint()) > num_generations:
            raise InputError(
                f"{flag}={num_generations}: the run in {self.path} is at generation {generation} "
                "already; give at least as many."
            )

    def config(self) -> dict[str, Any]:
        """What config.json holds, see ``config_file.ConfigFile.read``."""
        return self._config.read(self.given)

    def refuse_other(self, identity: Identity) -> None:
        """Refuses to go on with another run than the one that the folder holds, if it holds one.

        Raises:
          InputError: see ``config`` and ``identity.refuse_difference``.
        """
        if self.holds_a_run():
            refuse_difference(self.config()["identity"], identity, self.given)

    def begin(self, identity: Identity, config: Mapping[str, Any] | None = None) -> None:
        """Writes config.json, if it is not there or holds another config; see ``refuse_other``.

        Args:
          identity: of the run.
          config: what else config.json is to hold, JSON's types; None leaves what it holds.

        Raises:
          InputError: the folder holds another run.
          StorageError: it cannot be written.
        """
        self.refuse_other(identity)
        if config is not None or not self.holds_a_run():
            with self.writing():
                self._config.write(self.given, {"identity": identity, **(config or {})})

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Within it, files of the folder are written, by the process that holds it.

        Raises:
          StorageError: they cannot be, or the folder is no longer the one that is held.
        """
        if self._lock is not None:
            self._lock.check(self.given)
        with reported(self.given, f"what was written is whole, and {self._goes_on}"):
            yield

    def last_checkpoint(self) -> int:
        """Generation of the latest checkpoint; 0 without any."""
        names = (path.name for path in self.checkpoints.glob("*") if path.is_dir())
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def rows(self) -> list[Row]:
        """The sound rows of metrics.jsonl."""
        return self._rows.read().rows

    def append_rows(self, rows: Iterable[Row]) -> None:
        """Appends rows to metrics.jsonl, on disk when it returns."""
        with self.writing():
            self._rows.append(rows)

    def cut_rows(self, generation: int, log_every: int) -> list[Row]:
        """Rows up to a generation; see ``rows.RowsFile.cut``."""
        with self.writing():
            return self._rows.cut(generation, log_every)
