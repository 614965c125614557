"""The folders that a page is of: each holds a run of this version, and has a name of its own."""

import dataclasses
import json
import os
from collections.abc import Sequence

from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from nne_jax.errors import InputError
from nne_jax.runs.config_file import FORMAT


def opened(paths: Sequence[str]) -> list[RunDirectory]:
    """The folders at some paths.

    Raises:
      InputError: one that holds no run, or one of another version; one that is there twice.
    """
    found = [RunDirectory(path) for path in paths]
    for number, folder in enumerate(found):
        if folder.path.resolve() in [other.path.resolve() for other in found[:number]]:
            raise InputError(f"{folder.given}: is given twice; give each folder once.")
        _check(folder)
    return found


def _check(folder: RunDirectory) -> None:
    """Refuses what is no run of this version."""
    path = folder.path
    if path.exists() and not path.is_dir():
        raise InputError(f"{folder.given}: is a file; give the folder of a run.")
    if not folder.holds_a_run():
        within = sorted(path.glob("*/config.json")) + sorted(path.glob("*/*/config.json"))
        such = f", such as {within[0].parent}" if within else ", which experiments.evolve makes"
        raise InputError(f"{folder.given}: holds no run; give the folder of one{such}.")
    try:
        record = json.loads((path / "config.json").read_bytes())
        number, begun = record.get("format", 1), record.get("begun") or {}
        options = record.get("config") or {}
    except (OSError, ValueError, AttributeError):
        return  # it is damaged, not of another version
    commit = f", commit {begun['commit']}" if "commit" in begun else ""
    remedy = f"make the report with the version that made the run{commit}"
    if number != FORMAT:
        raise InputError(
            f"{folder.given}: its config.json has format {number}, and this version reads "
            f"{FORMAT}; {remedy}."
        )
    if other := set(options) - {field.name for field in dataclasses.fields(Config)}:
        raise InputError(
            f"{folder.given}: its config.json has the option {min(other)}, which this version has "
            f"not; {remedy}."
        )


def names(folders: Sequence[RunDirectory]) -> list[str]:
    """The part of each path that the others have not in common with it."""
    paths = [folder.path.absolute() for folder in folders]
    common = os.path.commonpath([path.parent for path in paths])
    return [os.path.relpath(path, common) for path in paths]
