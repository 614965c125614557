"""Results on disk: a JSON file, and a picture beside it; none is lost or written over unasked."""

import contextlib
import itertools
import os
import secrets
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.launch import paths, pictures
from experiments.launch.provenance import command_line, provenance
from nne_jax._files import reported, write_json, write_whole
from nne_jax.errors import InputError


class Output:
    """A result's JSON file and picture. Making one refuses what would fail, or lose a file, later.

    Attributes:
      path: the JSON file, in which a home's ``~`` is written out.
    """

    def __init__(
        self,
        path: str | Path,
        overwrite: bool,
        flag: str = "--output",
        picture: bool = False,
        workdir: str | Path | None = None,
    ):
        """Checks it, before work starts; makes nothing.

        Args:
          path: the JSON file.
          overwrite: whether it, and its picture, may be replaced.
          flag: which flag it comes from.
          picture: whether ``draw`` is to write a picture beside it.
          workdir: folder of the runs, in which no result may be: theirs could be replaced.

        Raises:
          InputError: says what is wrong.
        """
        self._overwrite, self._picture = overwrite, picture
        self._given, self._is_written = f"{flag}={path}", False
        if not str(path).endswith(".json"):
            raise InputError(f"{self._given}: give a file that ends in .json.")
        self.path = Path(paths.expanded(flag, str(path)))
        paths.check_folder(self._given, self.path.parent, paths.ANOTHER_FILE)
        if workdir and _is_within(self.path, workdir):
            raise InputError(
                f"{self._given}: is in --workdir={workdir}, among the files of the runs; give a "
                "file in another folder."
            )
        if picture:
            pictures.check()
        for file in self._files(self.path):
            self._check_file(file)

    def _check_file(self, file: Path) -> None:
        what = "" if file == self.path else f"its picture {file} "
        paths.check_file(self._given, file, self._overwrite, what)

    def _files(self, path: Path) -> list[Path]:
        return [path, picture_of(path)] if self._picture else [path]

    def write(self, command: str, **result: Any) -> None:
        """Writes a result with the command, commit, versions and device that made it.

        Where another command has written the file since it was checked, a name is taken that is
        free, and ``path`` changes.

        Args:
          command: the module that was run, such as ``experiments.seeds``.
          **result: what it found, JSON's types.

        Raises:
          StorageError: it cannot be written.
        """
        record = {"command": command_line(command), **provenance(), **result}
        with self._writing():
            if self._overwrite or self._is_written:
                write_json(self.path, record)
                return
            free = self._write_new(record)
        if free != self.path:
            warnings.warn(
                f"{self.path} was written by another command meanwhile, and is kept; this result "
                f"is in {free}.",
                stacklevel=2,
            )
        self.path, self._is_written = free, True

    def _write_new(self, record: dict[str, Any]) -> Path:
        """Writes a file that was not there; the name and the content appear at once."""
        name = f".{self.path.name}.{secrets.token_hex(4)}.partial"
        partial = self.path.with_name(name)
        write_json(partial, record)
        try:
            return next(path for path in self._names() if _put(partial, path))
        finally:
            partial.unlink(missing_ok=True)

    def _names(self) -> Iterator[Path]:
        for number in itertools.count(1):
            suffix = f"-{number}" if number > 1 else ""
            path = self.path.with_stem(self.path.stem + suffix)
            if not any(map(os.path.lexists, self._files(path))):
                yield path

    def draw(self, figure: Any) -> None:
        """Writes the picture, a matplotlib figure, beside the JSON file.

        Raises:
          StorageError: it cannot be written.
        """
        content = pictures.png(figure)
        with self._writing():
            write_whole(picture_of(self.path), content)

    def _writing(self) -> contextlib.AbstractContextManager[None]:
        return reported(self._given, "make room or give another file; what the runs kept is used")


def check(path: str | Path, overwrite: bool) -> None:
    """Refuses what ``Output`` does."""
    Output(path, overwrite)


def picture_of(path: str | Path) -> Path:
    """Where the picture of a result is: beside it."""
    return Path(path).with_suffix(".png")


def over_seeds(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Mean and standard deviation (n - 1) of every number in the rows.

    >>> over_seeds([{"modal": 0.5}, {"modal": 0.7}])
    {'modal': {'mean': 0.6, 'sd': 0.1414}}
    """
    columns = {k: [row[k] for row in rows] for k, v in rows[0].items() if isinstance(v, float)}
    return {
        key: {
            "mean": round(float(np.mean(column)), 6),
            "sd": round(float(np.std(column, ddof=1)), 6) if len(column) > 1 else None,
        }
        for key, column in columns.items()
    }


def in_words(over: dict[str, float | None]) -> str:
    """Mean and standard deviation of one number of ``over_seeds``.

    >>> in_words({"mean": 0.6, "sd": 0.1414}), in_words({"mean": 0.6, "sd": None})
    ('0.600 ± 0.141', '0.600')
    """
    return f"{over['mean']:.3f}" + ("" if over["sd"] is None else f" ± {over['sd']:.3f}")


def _is_within(path: Path, folder: str | Path) -> bool:
    return Path(os.path.realpath(folder)) in Path(os.path.realpath(path)).parents


def _put(partial: Path, path: Path) -> bool:
    """Gives a file a name that nothing has, or says that something has it."""
    try:
        os.link(partial, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        os.replace(partial, path)
    return True
