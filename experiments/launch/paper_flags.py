"""Options that the commands of the paper's tables and figures share, and what they check first."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from experiments.launch import paths
from experiments.launch.fields import (
    data_dir_option,
    dataset_option,
    engine_option,
    output_option,
    overwrite_option,
    precision_option,
    resume_option,
    workdir_option,
)
from experiments.launch.options import check_options, option, seeds_option
from experiments.launch.results import Output
from nne_jax._files import is_partial
from nne_jax.errors import InputError
from nne_jax.runs import lock


@dataclasses.dataclass(frozen=True)
class ResultOptions:
    """Base of the options of a command with a result, which sets ``workdir`` and ``output``."""

    has_picture: ClassVar[bool] = True

    seeds: tuple[int, ...] = seeds_option()
    dataset: str = dataset_option()
    data_dir: str = data_dir_option()
    workdir: str = workdir_option("")
    resume: bool = resume_option()
    output: str = output_option("")
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        check_options(self)

    def check_paths(self) -> Output:
        """Refuses to lose a file or runs: before any work starts.

        Raises:
          InputError: an output file or runs are there, or something cannot be written.
        """
        output = Output(self.output, self.overwrite, picture=self.has_picture, workdir=self.workdir)
        if not self.workdir:
            raise InputError("--workdir=: give the folder that is to hold the runs.")
        if Path(self.workdir).is_file():
            raise InputError(f"--workdir={self.workdir}: is a file; give a folder.")
        paths.check_folder(f"--workdir={self.workdir}", Path(self.workdir), "give another folder")
        self._refuse_runs()
        return output

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Makes the folder of the runs, and keeps other commands out of it.

        Raises:
          BusyError: another command is at it.
          InputError: it has been filled since ``check_paths``.
        """
        folder = Path(self.workdir)
        folder.mkdir(parents=True, exist_ok=True)
        with lock.locked(folder, f"--workdir={folder}"):
            self._refuse_runs()
            yield

    def _refuse_runs(self) -> None:
        folder = Path(self.workdir)
        if self.resume or not folder.exists():
            return
        if any(path.name != lock.NAME and not is_partial(path) for path in folder.iterdir()):
            raise InputError(
                f"--workdir={folder}: holds runs; add --resume to go on with them, or give another "
                "folder."
            )


@dataclasses.dataclass(frozen=True)
class PresetOptions(ResultOptions):
    """The same for a command that runs presets: computed in another way, they are other runs."""

    engine: str | None = engine_option()
    precision: str | None = precision_option()

    def computed(self) -> dict[str, str]:
        """What was given of engine and precision, for the config of a run."""
        given = {"engine": self.engine, "precision": self.precision}
        return {name: value for name, value in given.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class PaperOptions(PresetOptions):
    """The same where the runs can be shrunk."""

    scale: float | None = option(
        None,
        "how far T, N and S are shrunk: 1 is the full experiment, and where there is an "
        "accelerator; on a CPU by default as far as ends in minutes",
        shown="by device",
        above=0,
        high=1,
    )
