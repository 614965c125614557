"""What the folder of a run holds, as far as it can be read; what cannot is said in sentences."""

import dataclasses
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.launch.options import as_text
from experiments.pages import folders
from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from nne_jax.errors import InputError
from nne_jax.runs.rows import Row, RowsFile

_GO_ON = "go on with the run, and it is written again"


class Files(NamedTuple):
    """A run on disk."""

    name: str  # by which a page tells it from others
    folder: RunDirectory
    config: Config | None
    begun: dict[str, Any]  # commit, versions and device of its beginning
    summary: dict[str, Any]  # nothing where the run has not ended
    rows: list[Row]
    problems: tuple[str, ...]  # what is missing or damaged

    @property
    def generation(self) -> int:
        """How far it has come, by what it has written."""
        logged = [row["generation"] for row in self.rows[-1:]]
        return max([0, self.summary.get("generations", 0), *logged])

    @property
    def evaluated(self) -> list[Row]:
        """The rows in which the three networks were evaluated on the validation images."""
        return [
            row
            for row in self.rows
            if isinstance(row.get("validation_accuracy"), dict) and "seconds" in row
        ]

    @property
    def is_complete(self) -> bool:
        """Whether its summary is that of its last generation."""
        wanted = self.config and self.config.num_generations
        return bool(self.summary.get("complete")) and self.summary["generations"] == wanted


def read(paths: Sequence[str]) -> list[Files]:
    """Reads the folders of runs, and changes nothing in them: another process may be at one.

    Raises:
      InputError: a folder that holds no run, or one of another version; one that is there twice.
    """
    runs = folders.opened(paths)
    return [_read(name, run) for name, run in zip(folders.names(runs), runs, strict=True)]


def _read(name: str, folder: RunDirectory) -> Files:
    problems: list[str] = []
    config, begun = _config(folder, problems)
    summary = _summary(folder, problems)
    rows = _rows(folder.path / "metrics.jsonl", problems)
    files = Files(name, folder, config, begun, summary, rows, ())
    if config and files.generation < config.num_generations:
        problems.append(
            f"The run is at generation {files.generation} of {config.num_generations}: what is "
            "shown is how far it has come."
        )
    return files._replace(problems=tuple(problems))


def _config(folder: RunDirectory, problems: list[str]) -> tuple[Config | None, dict[str, Any]]:
    try:
        record = folder.config()
        if "config" not in record:
            raise InputError(
                f"{folder.given}: its config.json has no options of experiments.evolve, which so "
                "are not shown, nor what needs them."
            )
        return Config(**folder.stored_config()), record.get("begun") or {}
    except InputError as error:
        problems.append(str(error))
        return None, {}


def _summary(folder: RunDirectory, problems: list[str]) -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            summary = folder.summary()
        except OSError as error:
            problems.append(f"summary.json cannot be read ({error.strerror}).")
            return {}
    if caught:
        problems.append(f"summary.json is damaged; {_GO_ON}.")
    elif not summary:
        problems.append("summary.json is missing, as it is until a run has ended or was stopped.")
    return summary


def _rows(path: Path, problems: list[str]) -> list[Row]:
    try:
        rows, damaged, _ = RowsFile(path).read()  # what is torn is being written
    except OSError as error:
        problems.append(f"metrics.jsonl cannot be read ({error.strerror}).")
        return []
    if damaged:
        lines = "a line" if len(damaged) == 1 else f"{len(damaged)} lines"
        problems.append(f"metrics.jsonl is damaged in {lines}; curves are of the others.")
    if not rows and not damaged:
        problems.append("metrics.jsonl is missing or empty: there are no curves.")
    return sorted(rows, key=lambda row: row["generation"])


def option_texts(config: Config) -> dict[str, str]:
    """By name, the options of a run as they stand on a command line."""
    return {name: as_text(value) for name, value in dataclasses.asdict(config).items()}
