"""The folder of a command's run: also flags.txt, summary.json, allele_freqs.npy and figures/."""

import dataclasses
import io
import json
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.launch import pictures
from experiments.launch.options import as_text
from experiments.launch.provenance import provenance
from experiments.run import event_files, flag_file
from experiments.run.config import Config, Learning
from nne_jax._files import digest, read_json, write_json, write_whole
from nne_jax.errors import InputError
from nne_jax.runs.config_file import ConfigFile
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.identity import Identity, fingerprint


class RunDirectory(RunFolder):
    """The folder of one run. Nothing is created before ``held``."""

    def __init__(
        self,
        path: str | Path,
        is_suggestion: bool = False,
        goes_on: str = "the same command with --resume goes on",
    ):
        super().__init__(path, "--workdir", "add --resume", is_suggestion, goes_on)

    def _set_path(self, path: Path) -> None:
        super()._set_path(path)
        self._config = ConfigFile(path / "config.json", edited=_edited)
        self.figures = path / "figures"
        self._summary = path / "summary.json"
        self._allele_freqs = path / "allele_freqs.npy"

    def _names(self) -> set[str]:
        others = {"figures", "summary.json", "allele_freqs.npy"}
        return super()._names() | others | {flag_file.NAME, event_files.FOLDER}

    @classmethod
    def new(cls, config: Config) -> "RunDirectory":
        """A folder for a new run: ``--workdir``, or ``runs/<data set>-<time>``, of its own.

        Raises:
          InputError: the folder holds something, another run say.
        """
        name = Path(config.dataset).stem if config.dataset.endswith(".npz") else config.dataset
        stamp = time.strftime("%Y%m%d-%H%M%S")
        by_time = Path("runs", f"{name.replace('/', '-')}-{stamp}")
        folder = cls(config.workdir or by_time, is_suggestion=not config.workdir)
        folder.refuse_if_taken(resume=False)
        return folder

    def begin(self, identity: Identity, config: Mapping[str, Any] | None = None) -> None:
        """Writes config.json, and then flags.txt: without the first there is no run."""
        super().begin(identity, config)
        if config is not None:
            with self.writing():
                write_whole(self.path / flag_file.NAME, flag_file.text(config["config"]))

    def record(self, config: Config) -> dict[str, Any]:
        """What config.json is to hold: the options, and where the run was begun."""
        options = dataclasses.asdict(config) | {"workdir": str(self.path)}
        begun = self.config()["begun"] if self.holds_a_run() else provenance()
        checksums = {name: _checksum(value) for name, value in options.items()}
        return {"config": options, "checksums": checksums, "begun": begun}

    def stored_config(self) -> dict[str, Any]:
        """The options of the run that the folder holds.

        Options that there were not yet when it was begun have their defaults, which do what was
        done then.

        Raises:
          InputError: there is none, its config.json cannot be read, or it has an option that there
            is not any more.
        """
        if not self.holds_a_run():
            raise InputError(f"{self.given}: holds no run to resume; drop --resume to start one.")
        if "config" not in (record := self.config()):
            raise InputError(
                f"{self.given}: holds a run that experiments.evolve has not made; go on with what "
                "made it, or give another folder."
            )
        stored = from_json(record["config"])
        defaults = {field.name: field.default for field in dataclasses.fields(Config)}
        if other := stored.keys() - defaults.keys():
            raise InputError(
                f"{self.given}: its config.json has the option {min(other)}, which this version "
                "has not; start the run again in another folder."
            )
        return defaults | stored

    def resumed_config(self, options: dict[str, Any]) -> Config:
        """The config of the stored run, with the options given that do not change what evolves.

        Raises:
          InputError: an option that changes what evolves differs from the stored one.
        """
        stored = self.stored_config()
        for field in dataclasses.fields(Config):
            old, new = stored[field.name], options.get(field.name)
            if field.name == "dataset" and _are_files(old, new):
                continue  # which may have been moved; whether it is the same one its arrays tell
            if new is not None and new != old and field.metadata["evolves"]:
                raise InputError(
                    f"--{field.name}={as_text(new)}: the run in {self.path} has "
                    f"{field.name}={as_text(old)}; drop the flag to resume that run, or start "
                    "another one in another --workdir."
                )
        return Config(**{**stored, **options, "workdir": str(self.path)})

    def summary(self) -> dict[str, Any]:
        """The content of summary.json, or nothing where that is not there or damaged."""
        try:
            return read_json(self._summary) if self._summary.exists() else {}
        except ValueError as error:
            warnings.warn(f"{self._summary}: {error}; it is made again.", stacklevel=2)
            return {}

    def is_complete(self, config: Config, test: bool) -> bool:
        """Whether the run ended with as many generations, and the same report, as is asked for."""
        summary, wanted = self.summary(), config.learning
        learnt = summary.get("lifetime") or {}
        kept = {name: learnt.get(name) for name in Learning._fields}
        same = wanted is None or kept == wanted._asdict()  # a lifetime not asked for is kept
        reported = summary.get("test_accuracy") and same
        ended = summary.get("complete") and summary["generations"] == config.num_generations
        return bool(ended and (reported or not test) and self._allele_freqs_of(summary) is not None)

    def allele_freqs(self) -> np.ndarray:
        """The frequencies (n,) float32 that the run ended with.

        Raises:
          InputError: allele_freqs.npy is not there, or not what the run wrote.
        """
        if (allele_freqs := self._allele_freqs_of(self.summary())) is None:
            raise InputError(
                f"{self._allele_freqs}: is missing or damaged; go on with the run, and it is "
                "written again."
            )
        return allele_freqs

    def _allele_freqs_of(self, summary: dict[str, Any]) -> np.ndarray | None:
        try:
            allele_freqs = np.load(self._allele_freqs, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        sound = fingerprint(allele_freqs) == summary.get("allele_freqs_sha256")
        return allele_freqs if sound else None

    def write_report(self, summary: dict[str, Any], allele_freqs: Any) -> None:
        """Writes allele_freqs.npy, float32, and summary.json, which knows its checksum."""
        allele_freqs = np.asarray(allele_freqs, np.float32)
        file = io.BytesIO()
        np.save(file, allele_freqs)
        with self.writing():
            write_whole(self._allele_freqs, file.getvalue())
            write_json(self._summary, summary | {"allele_freqs_sha256": fingerprint(allele_freqs)})

    def write_figure(self, name: str, figure: Any) -> None:
        """Writes a matplotlib figure to the folder's figures."""
        content = pictures.png(figure)
        with self.writing():
            write_whole(self.figures / f"{name}.png", content)


def _are_files(*datasets: str | None) -> bool:
    return all(dataset and dataset.endswith(".npz") for dataset in datasets)


def _edited(record: Any) -> str:
    """Names the first option of a damaged record that differs from its checksum."""
    try:
        options, checksums = record["config"], record["checksums"]
        names = [*options, *(name for name in checksums if name not in options)]
        wrong = [n for n in names if _checksum(options.get(n)) != checksums.get(n)]
    except (KeyError, TypeError, AttributeError):
        return ""
    return f" in {wrong[0]}" if wrong else ""


def _checksum(value: Any) -> str:
    """Short, for one option: the whole file has a long one."""
    return digest(json.loads(json.dumps(value)))[:8]


def from_json(options: dict[str, Any]) -> dict[str, Any]:
    """Options as they came through JSON, which has lists for tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}
