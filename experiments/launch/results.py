"""Results on disk: what goes into a JSON file, that none is lost, and parts that are kept."""

import io
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.launch.provenance import command_line, provenance
from nne_jax.errors import InputError
from nne_jax._files import write_whole

__all__ = ["check", "draw", "kept", "over_seeds", "picture_of", "write", "write_whole"]


def check(path: str | Path, overwrite: bool, flag: str = "--output", picture: bool = False) -> None:
    """Refuses a file that would be lost or cannot be written: to be called before work starts.

    Args:
      path: the JSON file.
      overwrite: whether it may be replaced.
      flag: which flag it comes from.
      picture: whether ``draw`` is to write a picture beside it.

    Raises:
      InputError: says which.
    """
    given = f"{flag}={path}"
    if not str(path).endswith(".json"):
        raise InputError(f"{given}: give a file that ends in .json.")
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{given}: is a folder; give a file.")
    if path.exists() and not overwrite:
        raise InputError(f"{given}: exists; add --overwrite, or give another file.")
    if picture and picture_of(path).exists() and not overwrite:
        raise InputError(
            f"{given}: its picture {picture_of(path)} exists; add --overwrite, or give another "
            "file."
        )
    folders = path.absolute().parents  # nothing is made yet, a later check may refuse
    try:
        tempfile.TemporaryFile(dir=next(f for f in folders if f.exists())).close()
    except OSError as error:
        raise InputError(
            f"{given}: cannot be written ({error.strerror}); give another file."
        ) from error


def write(path: str | Path, command: str, **result: Any) -> None:
    """Writes a result with the command, commit, versions and device that made it.

    Args:
      path: the file.
      command: the module that was run, such as ``experiments.seeds``.
      **result: what it found, JSON's types.
    """
    record = {"command": command_line(command), **provenance(), **result}
    write_whole(path, json.dumps(record, indent=2) + "\n")


def picture_of(path: str | Path) -> Path:
    """Where the picture of a result is: beside it."""
    return Path(path).with_suffix(".png")


def draw(figure: Any, path: str | Path) -> None:
    """Writes the picture of a result, a matplotlib figure, beside its JSON file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    write_whole(picture_of(path), file.getvalue())


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


def kept(path: Path, settings: dict, make: Callable[[], Any]) -> Any:
    """What ``make`` returns, from the file if that was made with the same settings.

    Args:
      path: the JSON file, written whole or not at all.
      settings: all that the result depends on, JSON's types.
      make: does the work; returns JSON's types.

    Raises:
      InputError: the file is of other settings.

    >>> path = Path(tempfile.mkdtemp(), "row.json")
    >>> [kept(path, {"seed": 1}, lambda: {"accuracy": x}) for x in (0.5, 0.7)]
    [{'accuracy': 0.5}, {'accuracy': 0.5}]
    """
    if not path.exists():
        write_whole(path, json.dumps({"settings": settings, "result": make()}))
    stored = json.loads(path.read_text())
    for name, value in json.loads(json.dumps(settings)).items():
        if (old := stored["settings"].get(name)) != value:
            raise InputError(
                f"--workdir={path.parent}: {path.stem} was made with {name}={old}, not {value}; "
                "give another folder."
            )
    return stored["result"]
