"""Options that the commands of the paper's tables and figures share, and what they check first."""

import dataclasses
import os
from pathlib import Path
from typing import ClassVar

from experiments.launch import results
from experiments.launch.options import check_options, option, seeds_option
from nne_jax.errors import InputError


@dataclasses.dataclass(frozen=True)
class ResultOptions:
    """Base of the options of a command with a result, which sets ``workdir`` and ``output``."""

    has_picture: ClassVar[bool] = True

    seeds: tuple[int, ...] = seeds_option()
    dataset: str = option("mnist", "data set, or a file FILE.npz")
    data_dir: str = option("", "folder that holds <dataset>/*.gz; $NNE_JAX_DATA_DIR if empty")
    workdir: str = option("", "folder of the runs")
    resume: bool = option(False, "go on with the runs in --workdir")
    output: str = option("", "the JSON file; .png beside it")
    overwrite: bool = option(False, "replace the output files if they are there")

    def __post_init__(self):
        check_options(self)
        for name in ("data_dir", "workdir", "output"):
            object.__setattr__(self, name, os.path.expanduser(getattr(self, name)))

    def check_paths(self) -> None:
        """Refuses to lose a file or runs: before any work starts.

        Raises:
          InputError: an output file or runs are there, or the file cannot be written.
        """
        results.check(self.output, self.overwrite, picture=self.has_picture)
        folder = Path(self.workdir)
        if folder.is_file():
            raise InputError(f"--workdir={folder}: is a file; give a folder.")
        if folder.exists() and any(folder.iterdir()) and not self.resume:
            raise InputError(
                f"--workdir={folder}: holds runs; add --resume to go on with them, or give another "
                "folder."
            )


@dataclasses.dataclass(frozen=True)
class PaperOptions(ResultOptions):
    """The same for a command whose runs of evolution can be shrunk."""

    scale: float | None = option(
        None,
        "how far T, N and S are shrunk: 1 is the full experiment (default: 1 on an accelerator, "
        "what ends in minutes on a CPU)",
        above=0,
        high=1,
    )
