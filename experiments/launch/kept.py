"""Parts of an experiment that are kept on disk: done once, and not again after it was stopped."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nne_jax.types import InputError


def kept(path: Path, settings: dict, make: Callable[[], Any]) -> Any:
    """What ``make`` returns, from the file if that was made with the same settings.

    Args:
      path: the JSON file, written whole or not at all.
      settings: all that the result depends on, JSON's types.
      make: does the work; returns JSON's types.

    Raises:
      InputError: the file is of other settings.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "row.json")
    >>> [kept(path, {"seed": 1}, lambda: {"accuracy": x}) for x in (0.5, 0.7)]
    [{'accuracy': 0.5}, {'accuracy': 0.5}]
    """
    if not path.exists():
        result = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps({"settings": settings, "result": result}))
        os.replace(partial, path)
    stored = json.loads(path.read_text())
    for name, value in json.loads(json.dumps(settings)).items():
        if (old := stored["settings"].get(name)) != value:
            raise InputError(
                f"--workdir={path.parent}: {path.stem} was made with {name}={old}, not {value}; "
                "give another folder."
            )
    return stored["result"]
