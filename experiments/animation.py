"""A run as an animation: ``python -m experiments.animation --workdir=FOLDER``.

Shows, generation by generation, how the allele frequencies leave 1/2 for 0 and 1, how many images
the network of the modal genotype classifies rightly, and which digits it takes for which. A run
keeps no frequencies but the last ones, so its generations are made again, from the options and the
seed in its folder: the same ones, in as much time as they took. Nothing in the folder is changed
but for the GIF, ``animation.gif`` in it where ``--output`` names no other file.
"""

import dataclasses
from pathlib import Path

from experiments import launch
from experiments.launch import option, pictures
from experiments.launch.fields import data_dir_option, output_option, overwrite_option
from experiments.launch.groups import Group
from experiments.pages import animated, files, output, replay
from nne_jax.errors import InputError


@dataclasses.dataclass(frozen=True)
class Options:
    """Which run, how many of its generations, and where the animation goes."""

    workdir: str = option("", "of the run", group=Group.RUN, unit="a folder", is_path=True)
    frames: int = option(
        40, "to show, evenly spread over the run", unit="generations", low=2, high=500
    )
    output: str = output_option(
        "", "the animation; animation.gif in --workdir if empty", unit="FILE.gif"
    )
    overwrite: bool = overwrite_option()
    data_dir: str = data_dir_option("that of the run, else $NNE_JAX_DATA_DIR,")

    def __post_init__(self):
        launch.check_options(self)


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Makes the run again, draws it, writes the file, and says where it is."""
    if not options.workdir:
        raise InputError("--workdir: give the folder of a run.")
    pictures.check()
    (run,) = files.read([options.workdir])
    path = output.checked(options.output, Path(options.workdir, "animation.gif"), options.overwrite)
    replayed = replay.replay(run, options.data_dir, options.frames)
    content = animated.gif(replayed)
    output.write(path, content)
    print(f"written to {path}: {len(content) / 1e6:.1f} MB, {len(replayed.frames)} frames")


if __name__ == "__main__":
    launch.run(define, read, main)
