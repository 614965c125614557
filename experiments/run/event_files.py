"""``--tensorboard``: the rows of metrics.jsonl as event files, which TensorBoard shows live."""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.run.config import Config
from nne_jax.errors import load_extra
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.rows import Row

FOLDER = "tensorboard"
_NAMES = "events"


def check(config: Config) -> None:
    """Refuses ``--tensorboard`` without its package: before the run begins.

    Raises:
      InputError: says how to install it.
    """
    if config.tensorboard:
        _writer_class()


class EventFiles:
    """Writes every row of a run as it comes, and first those that the run has already.

    The file of a run that goes on is made anew from metrics.jsonl: no generation is in it twice,
    whenever the process before has died. Scalars are named as there, those of an evaluation
    ``validation_accuracy/modal``. Seeds side by side have a folder each, a line in every chart.
    """

    def __init__(self, folder: RunFolder):
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self._found = -1  # the last generation of the rows that were there already
        self._begun = 0.0  # when the run would have begun if it had never been stopped

    def __enter__(self) -> "EventFiles":
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()

    def __call__(self, row: Row) -> None:
        """Writes a row that is in metrics.jsonl by now.

        Raises:
          StorageError: it cannot be written.
        """
        with self._folder.writing():
            if not self._writers:
                self._begin()
            elif row["generation"] > self._found:
                self._write([row])

    def _begin(self) -> None:
        rows = self._folder.rows()
        for path in (self._folder.path / FOLDER).glob(f"**/{_NAMES}.*"):
            if path.is_symlink() or not path.stat().st_size:
                path.unlink()
            else:  # a TensorBoard that reads a file goes on to the next one, but not if it is gone
                os.truncate(path, 0)
        self._found = rows[-1]["generation"]
        self._begun = time.time() - rows[-1]["seconds"]
        self._write(rows)

    def _write(self, rows: list[Row]) -> None:
        for row in rows:
            self._writer(row).write_event(_event(row, self._begun))
        for writer in self._writers.values():
            writer.flush()

    def _writer(self, row: Row) -> Any:
        name = f"replicate-{row['replicate']}" if "replicate" in row else ""
        if name not in self._writers:
            folder = self._folder.path / FOLDER / name
            folder.mkdir(parents=True, exist_ok=True)
            self._writers[name] = _begun_file(folder)
        return self._writers[name]


def scalars(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """By name, the numbers of a row that are finite, but for what says which row it is.

    >>> row = {"generation": 3, "fitness_mean": 0.5, "validation_accuracy": {"modal": 0.25}}
    >>> list(scalars(row | {"allele_freq_counts": [1, 2], "fitness_sd": None}))
    [('fitness_mean', 0.5), ('validation_accuracy/modal', 0.25)]
    """
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and name not in ("generation", "replicate"):
            yield prefix + name, value


def _begun_file(folder: Path) -> Any:
    """A file whose first event tells a TensorBoard that is open to forget the file before."""
    writer, proto = _writer_class()(str(folder / _NAMES)), _proto("event_pb2")
    start = proto.SessionLog(status=proto.SessionLog.START)
    writer.write_event(proto.Event(wall_time=time.time(), step=0, session_log=start))
    return writer


def _event(row: Row, begun: float) -> Any:
    summary = _proto("summary_pb2").Summary()
    for name, value in scalars(row):
        summary.value.add(tag=name, simple_value=value)
    event = _proto("event_pb2").Event
    return event(wall_time=begun + row["seconds"], step=row["generation"], summary=summary)


def _writer_class() -> Any:
    return _load("event_file_writer").EventsWriter


def _proto(name: str) -> Any:
    return _load(f"proto.{name}")


def _load(module: str) -> Any:
    return load_extra(f"tensorboardX.{module}", "--tensorboard", "tensorboard")
