"""A run on disk: config.json, metrics.jsonl, checkpoints/, summary.json, allele_freqs.npy."""

import dataclasses
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from experiments.config import Config
from experiments.provenance import provenance
from nne_jax.types import InputError


class RunDirectory:
    """The folder of one run. Nothing is created before ``create``."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.checkpoints = self.path / "checkpoints"
        self.figures = self.path / "figures"
        self._metrics = self.path / "metrics.jsonl"

    @classmethod
    def new(cls, config: Config, name: str) -> "RunDirectory":
        """A folder for a new run: ``--workdir``, or ``runs/<name>-<time>``.

        Raises:
          InputError: the folder holds something, another run say.
        """
        folder = cls(config.workdir or Path("runs", f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"))
        if folder.path.exists() and not folder.path.is_dir():
            raise InputError(f"--workdir={folder.path}: is a file; give a folder.")
        if folder.holds_a_run():
            raise InputError(
                f"--workdir={folder.path}: holds another run; add --resume to go on with it, or "
                "give another folder."
            )
        if folder.path.exists() and any(folder.path.iterdir()):
            raise InputError(f"--workdir={folder.path}: is not empty; give another folder.")
        return folder

    def create(self, config: Config) -> None:
        """Makes the folder, with the config and where it ran."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            record = {"config": dataclasses.asdict(config), **provenance()}
            self.write_json("config.json", record)
        except OSError as error:
            raise InputError(
                f"--workdir={self.path}: cannot be written ({error.strerror}); give another folder."
            ) from error

    def holds_a_run(self) -> bool:
        """Whether a run was started in the folder."""
        return (self.path / "config.json").exists()

    def stored_config(self) -> dict:
        """The options of the run that the folder holds.

        Raises:
          InputError: there is none, or its config.json cannot be read.
        """
        try:
            return json.loads((self.path / "config.json").read_text())["config"]
        except FileNotFoundError as error:
            raise InputError(
                f"--workdir={self.path}: holds no run to resume; drop --resume to start one."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"--workdir={self.path}: its config.json is damaged; restore it, or start the run "
                "again in another folder."
            ) from error

    def last_checkpoint(self) -> int:
        """Generation of the latest checkpoint; 0 without any."""
        names = (path.name for path in self.checkpoints.glob("*"))
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def summary(self) -> dict:
        """The content of summary.json, or nothing."""
        path = self.path / "summary.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def is_complete(self, config: Config, test: bool) -> bool:
        """Whether the run ended with as many generations, and the same report, as is asked for."""
        summary = self.summary()
        learnt = summary.get("lifetime") or {"rule": "none"}
        same = all(learnt.get(name) == value for name, value in config.learning.items())
        reported = summary.get("test_accuracy") and same
        ended = summary.get("complete") and summary["generations"] == config.num_generations
        return bool(ended and (reported or not test))

    def rows(self) -> list[dict]:
        """The rows of metrics.jsonl."""
        if not self._metrics.exists():
            return []
        return [json.loads(line) for line in self._metrics.read_text().splitlines()]

    def append_rows(self, rows: Iterable[dict]) -> None:
        """Appends rows to metrics.jsonl, on disk when it returns."""
        with self._metrics.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())

    def truncate_rows(self, last_generation: int) -> list[dict]:
        """Drops rows written after a checkpoint, a half-written one too, and returns the rest."""
        lines = self._metrics.read_text().splitlines() if self._metrics.exists() else []
        kept = []
        for line in lines:
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                break
            if row["generation"] <= last_generation:
                kept.append(row)
        self._replace("metrics.jsonl", "".join(json.dumps(row) + "\n" for row in kept))
        return kept

    def write_json(self, name: str, content: dict) -> None:
        """Writes a JSON file whole or not at all."""
        self._replace(name, json.dumps(content, indent=2) + "\n")

    def write_allele_freqs(self, allele_freqs) -> None:
        """Writes allele_freqs.npy, float32."""
        np.save(self.path / "allele_freqs.npy", np.asarray(allele_freqs, np.float32))

    def _replace(self, name: str, text: str) -> None:
        partial = self.path / f".{name}.partial"
        partial.write_text(text)
        os.replace(partial, self.path / name)
