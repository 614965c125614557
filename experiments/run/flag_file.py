"""flags.txt in a run's folder: every option by name, so that ``--flagfile`` repeats the run."""

import dataclasses
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.launch.groups import Group
from experiments.launch.options import as_text
from experiments.run.config import Config
from experiments.run.presets import without_idle

NAME = "flags.txt"
_OF_THE_FOLDER = ("workdir",)


def text(options: Mapping[str, Any]) -> str:
    """The content of the file: a ``--name=value`` a line, under what the options are about.

    Named are all options that something looks at, so that a preset which changes later changes
    nothing here; an empty value stands for what digits has, which has no text in a shell.

    Args:
      options: of the run's ``Config``.

    >>> print(text(dataclasses.asdict(Config(hidden=(30, 20), antithetic=True))))
    # Repeats a run: python -m experiments.evolve --flagfile=<this file> --workdir=<a new folder>
    --preset=digits
    <BLANKLINE>
    # preset and data
    --dataset=digits
    ...
    # network
    --hidden=30,20
    --edge_prob=0.3
    ...
    --antithetic=true
    ...
    """
    looked_at = without_idle(dict(options))
    groups: dict[Group, list[str]] = {}
    for field in dataclasses.fields(Config):
        value = looked_at.get(field.name)
        if value not in ("", (), None) and field.name not in _OF_THE_FOLDER:
            groups.setdefault(field.metadata["group"], []).append(_line(field.name, value))
    sections = ["\n".join([f"# {group}", *groups[group]]) for group in Group if group in groups]
    command = "python -m experiments.evolve --flagfile=<this file> --workdir=<a new folder>"
    return "\n\n".join([f"# Repeats a run: {command}\n--preset=digits", *sections]) + "\n"


def command(folder: Path) -> str:
    """What repeats the run of a folder, in another one.

    >>> command(Path("runs/my run"))
    "python -m experiments.evolve '--flagfile=runs/my run/flags.txt' '--workdir=runs/my run-again'"
    """
    again = folder.with_name(f"{folder.name}-again")
    flags = [f"--flagfile={folder / NAME}", f"--workdir={again}"]
    return shlex.join(["python", "-m", "experiments.evolve", *flags])


def _line(name: str, value: Any) -> str:
    line = f"--{name}={as_text(value)}"
    if line.isprintable() and line == line.rstrip():
        return line
    return f"# what it was cannot stand in a line: give it behind --flagfile\n--{name}="
