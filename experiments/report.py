"""One or several runs as one HTML page: ``python -m experiments.report --workdir=FOLDER``.

Give ``--workdir`` again for each further run to see them side by side. The page needs no network
and no scripts: it shows how the run was made and is made again, curves, allele frequencies, what
the evolved network confuses, its receptive fields, the genes that matter most, time and memory. Of
a folder that is unfinished or damaged it shows what is there, and says what is missing. Nothing in
the folders is changed; a run may go on meanwhile.
"""

import dataclasses
from pathlib import Path

from experiments import launch
from experiments.launch import option, pictures
from experiments.launch.fields import data_dir_option, output_option, overwrite_option
from experiments.launch.groups import Group
from experiments.pages import files, output
from experiments.pages.page import page
from nne_jax.errors import InputError


@dataclasses.dataclass(frozen=True)
class Options:
    """Which runs, and where the page goes."""

    workdir: tuple[str, ...] = option(
        (), "of a run", group=Group.RUN, unit="a folder", repeated=True, is_path=True
    )
    output: str = output_option(
        "", "the page; report.html in the first --workdir if empty", unit="FILE.html"
    )
    overwrite: bool = overwrite_option()
    data_dir: str = data_dir_option("that of each run, else $NNE_JAX_DATA_DIR,")

    def __post_init__(self):
        launch.check_options(self)


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Reads the folders, writes the page, and says where it is."""
    if not options.workdir:
        raise InputError("--workdir: give the folder of a run.")
    pictures.check()
    runs = files.read(options.workdir)
    path = output.checked(
        options.output, Path(options.workdir[0], "report.html"), options.overwrite
    )
    content = page(runs, options.data_dir)
    output.write(path, content)
    print(f"written to {path}")


if __name__ == "__main__":
    launch.run(define, read, main)
