"""The folder of a command's run: also config.json, summary.json, allele_freqs.npy and figures/."""

import dataclasses
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from experiments.launch.options import as_text
from experiments.launch.provenance import provenance
from experiments.run.config import Config, Learning
from nne_jax.errors import InputError
from nne_jax.runs._files import write_whole
from nne_jax.runs.folder import RunFolder

_FORMAT = 2  # of config.json; 1 had no number, and texts for hidden and classes


class RunDirectory(RunFolder):
    """The folder of one run. Nothing is created before ``create``."""

    def __init__(self, path: str | Path):
        super().__init__(path)
        self.figures = self.path / "figures"
        self._config = self.path / "config.json"
        self._summary = self.path / "summary.json"

    @classmethod
    def new(cls, config: Config) -> "RunDirectory":
        """A folder for a new run: ``--workdir``, or ``runs/<data set>-<time>``.

        Raises:
          InputError: the folder holds something, another run say.
        """
        name = Path(config.dataset).stem if config.dataset.endswith(".npz") else config.dataset
        stamp = time.strftime("%Y%m%d-%H%M%S")
        folder = cls(config.workdir or Path("runs", f"{name.replace('/', '-')}-{stamp}"))
        folder.refuse_if_taken(resume=False, flag="--workdir", remedy="add --resume")
        return folder

    def create(self, config: Config) -> None:
        """Makes the folder, with the config and where it ran."""
        record = {"format": _FORMAT, "config": dataclasses.asdict(config), **provenance()}
        try:
            _write_json(self._config, record)
        except OSError as error:
            raise InputError(
                f"--workdir={self.path}: cannot be written ({error.strerror}); give another folder."
            ) from error

    def stored_config(self) -> dict[str, Any]:
        """The options of the run that the folder holds.

        Raises:
          InputError: there is none, or its config.json cannot be read.
        """
        given = f"--workdir={self.path}"
        try:
            record = json.loads(self._config.read_text())
            stored = {name: _value(value) for name, value in record["config"].items()}
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(
                f"{given}: holds no run to resume; drop --resume to start one."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{given}: its config.json is damaged; restore it, or start the run again in "
                "another folder."
            ) from error
        if record.get("format") != _FORMAT:
            raise InputError(
                f"{given}: its config.json has format {record.get('format', 1)}, and this version "
                f"reads {_FORMAT}; start the run again in another folder."
            )
        if other := stored.keys() ^ {field.name for field in dataclasses.fields(Config)}:
            raise InputError(
                f"{given}: its config.json differs from this version in the option "
                f"{min(other)}; start the run again in another folder."
            )
        return stored

    def resumed_config(self, options: dict[str, Any]) -> Config:
        """The config of the stored run, with the options given that do not change what evolves.

        Raises:
          InputError: an option that changes what evolves differs from the stored one.
        """
        stored = self.stored_config()
        for field in dataclasses.fields(Config):
            old, new = stored[field.name], options.get(field.name)
            if new is not None and new != old and field.metadata["evolves"]:
                raise InputError(
                    f"--{field.name}={as_text(new)}: the run in {self.path} has "
                    f"{field.name}={as_text(old)}; drop the flag to resume that run, or start "
                    "another one in another --workdir."
                )
        return Config(**{**stored, **options, "workdir": str(self.path)})

    def summary(self) -> dict[str, Any]:
        """The content of summary.json, or nothing."""
        return json.loads(self._summary.read_text()) if self._summary.exists() else {}

    def is_complete(self, config: Config, test: bool) -> bool:
        """Whether the run ended with as many generations, and the same report, as is asked for."""
        summary, wanted = self.summary(), config.learning
        learnt = summary.get("lifetime") or {}
        kept = {name: learnt.get(name) for name in Learning._fields}
        same = wanted is None or kept == wanted._asdict()  # a lifetime not asked for is kept
        reported = summary.get("test_accuracy") and same
        ended = summary.get("complete") and summary["generations"] == config.num_generations
        return bool(ended and (reported or not test))

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Writes summary.json."""
        _write_json(self._summary, summary)

    def write_allele_freqs(self, allele_freqs: Any) -> None:
        """Writes allele_freqs.npy, float32."""
        file = io.BytesIO()
        np.save(file, np.asarray(allele_freqs, np.float32))
        write_whole(self.path / "allele_freqs.npy", file.getvalue())


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, indent=2) + "\n")


def _value(value: Any) -> Any:
    """An option's value; JSON has lists for tuples."""
    return tuple(value) if isinstance(value, list) else value
