"""metrics.jsonl: a row a line, each with a checksum; damaged lines are set aside, never others."""

import itertools
import json
import os
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from nne_jax._files import sync_folder, write_whole
from nne_jax.errors import InputError

Row = dict[str, Any]  # JSON's types: a generation's metrics, and evaluation
OWN_NAMES = ("generation", "replicate", "seconds", "stopped", "crc32")  # those of a row itself
_SEAL = ', "crc32": "'


def refuse_own_names(what: str, names: Iterable[str]) -> None:
    """Raises an InputError for a name that a row has for something of its own.

    >>> refuse_own_names("evaluate", ["loss", "seconds"])
    Traceback (most recent call last):
    nne_jax.errors.InputError: evaluate: seconds is what a row calls its own; give another name.
    """
    if taken := [name for name in names if name in OWN_NAMES]:
        raise InputError(f"{what}: {taken[0]} is what a row calls its own; give another name.")


class Lines(NamedTuple):
    """What a file of rows holds."""

    rows: list[Row]  # sound ones, in the order of the file, each once
    damaged: list[bytes]  # whole lines that are none
    torn: bytes  # behind the last line's end: what was being written when the process died


class RowsFile:
    """The rows of a run on disk."""

    def __init__(self, path: Path):
        self._path = path

    def read(self) -> Lines:
        """What is there; nothing where there is no file."""
        content = self._path.read_bytes() if self._path.exists() else b""
        *lines, torn = content.split(b"\n")
        rows: dict[tuple[int, int | None], Row] = {}
        damaged = []
        for line in lines:
            if (row := unsealed(line)) is None:
                damaged.append(line)
            else:
                rows[row["generation"], row.get("replicate")] = row
        return Lines(list(rows.values()), damaged, torn)

    def append(self, rows: Iterable[Row]) -> None:
        """Appends rows, on disk when it returns.

        Raises:
          OSError: they cannot be written; rows that were there before are as they were.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self._path, flags, 0o666)
        with os.fdopen(descriptor, "ab") as file:
            is_new = file.tell() == 0
            file.write(b"".join(sealed(row) + b"\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self._path.parent)

    def cut(self, generation: int, log_every: int) -> list[Row]:
        """Drops rows of later generations, which are to be made again, and returns the others.

        Damaged lines go to a file ``metrics.damaged.jsonl`` beside this one. A warning names them,
        and rows that are missing.

        Args:
          generation: the one that a run goes on from.
          log_every: generations from one row to the next.
        """
        rows, damaged, torn = self.read()
        kept = [row for row in rows if row["generation"] <= generation]
        there = sorted({0, *(row["generation"] for row in kept)})
        last = there[-1]
        # they may have been farther from each other when they were made
        apart = min((b - a for a, b in itertools.pairwise(there)), default=0)
        if is_missing := last + max(log_every, apart) <= generation:
            damaged, torn = [*damaged, *([torn] if torn else [])], b""  # a kill tears later rows
        if damaged:
            self._set_aside(damaged)
        if is_missing:
            self._warn(f"rows of generations {last + 1} to {generation} are missing")
        if damaged or torn or len(kept) < len(rows):
            write_whole(self._path, b"".join(sealed(row) + b"\n" for row in kept))
        return kept

    def _set_aside(self, damaged: list[bytes]) -> None:
        aside = self._path.with_name(f"{self._path.stem}.damaged{self._path.suffix}")
        before = aside.read_bytes() if aside.exists() else b""
        write_whole(aside, before + b"".join(line + b"\n" for line in damaged))
        lines = "1 damaged line" if len(damaged) == 1 else f"{len(damaged)} damaged lines"
        self._warn(f"{lines}, set aside in {aside.name}")

    def _warn(self, words: str) -> None:
        warnings.warn(
            f"{self._path}: {words}; other rows and the run are not touched by it.", stacklevel=4
        )


def sealed(row: Row) -> bytes:
    """A row as a line, with a checksum as its last member.

    >>> sealed({"generation": 1, "loss": 0.5})
    b'{"generation": 1, "loss": 0.5, "crc32": "c10e9844"}'
    """
    text = json.dumps(row, allow_nan=False)[:-1]
    return f'{text}{_SEAL}{zlib.crc32(text.encode()):08x}"}}'.encode()


def unsealed(line: bytes) -> Row | None:
    """The row of a line, without the checksum; None where that does not hold.

    >>> unsealed(sealed({"generation": 1})), unsealed(b'{"generation": 1}')
    ({'generation': 1}, None)
    """
    text, _, checksum = line.rpartition(_SEAL.encode())
    if checksum != f'{zlib.crc32(text):08x}"}}'.encode():
        return None
    row = json.loads(text + b"}")
    return row if "generation" in row else None


def read(path: str | Path) -> list[Row]:
    """The sound rows of a run's ``metrics.jsonl``.

    Raises:
      InputError: there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give a run's metrics.jsonl.")
    return RowsFile(path).read().rows
