"""The paper's table 1, shrunk to seconds: what a command with runs and kept parts leaves."""

import json
from pathlib import Path
from unittest import mock

from experiments.evolved import gradient_rows
from experiments.trials import commands
from experiments.trials.commands import Done

_OPTIONS = (
    "--dataset=digits --scale=0.02 --seeds=0 --presets=digits --classes=0-1 --lifetimes=signsgd"
)
OF_RUNS = {"summary.json", "allele_freqs.npy", ".lock", "config.json", "figures", "flags.txt"}
REWRITTEN = OF_RUNS | {"table.json", "table.png"}


def call(folder: Path, resume: bool = False) -> Done:
    """``experiments.table1`` in a folder, with few iterations by gradients."""
    places = [f"--workdir={folder / 'runs'}", f"--output={folder / 'table.json'}"]
    again = ["--resume", "--overwrite"] if resume else []
    with mock.patch.object(gradient_rows, "NUM_ITERATIONS", 20):
        return commands.call("table1", *_OPTIONS.split(), *places, *again)


def differences(folder: Path, reference: Path) -> list[str]:
    """How a table's numbers differ from the undisturbed one's; the clock's do not count."""
    mine, theirs = (_rows(path / "table.json") for path in (folder, reference))
    return [] if mine == theirs else [f"{mine}, not {theirs}"]


def _rows(path: Path) -> list[dict] | None:
    if not path.exists():
        return None
    try:
        rows = json.loads(path.read_bytes())["rows"]
    except ValueError:
        return None
    return [_timeless(row) for row in rows]


def _timeless(value):
    if isinstance(value, dict):
        return {name: _timeless(part) for name, part in value.items() if "seconds" not in name}
    return [_timeless(part) for part in value] if isinstance(value, list) else value
