"""The JSON file of a result: what goes into it, and that none is overwritten unasked."""

import json
import shlex
import sys
import tempfile
from pathlib import Path

import numpy as np

from experiments.provenance import provenance
from nne_jax.types import InputError


def check(path: str | None, overwrite: bool) -> None:
    """Raises an InputError when a file would be lost or cannot be written: before work starts."""
    if not path:
        return
    if Path(path).exists() and not overwrite:
        raise InputError(f"--output={path}: exists; add --overwrite, or give another file.")
    folders = Path(path).absolute().parents  # nothing is made yet, a later check may refuse
    try:
        tempfile.TemporaryFile(dir=next(f for f in folders if f.exists())).close()
    except OSError as error:
        raise InputError(
            f"--output={path}: cannot be written ({error.strerror}); give another file."
        ) from error


def write(path: str | Path, launcher: str, **result) -> None:
    """Writes a result with the command, commit, versions and device that made it.

    Args:
      path: the file.
      launcher: the program, such as ``experiments.seeds``.
      **result: what it found, JSON's types.
    """
    command = f"python -m {launcher} {shlex.join(sys.argv[1:])}"
    record = {"command": command, **provenance(), **result}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(record, indent=2) + "\n")


def over_seeds(rows: list[dict]) -> dict[str, dict[str, float]]:
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
