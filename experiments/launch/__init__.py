"""What every launcher does: all cores, no chatter from libraries, bad input as one sentence."""

import sys
from collections.abc import Callable
from pathlib import Path

from absl import app, logging
from absl import flags as absl_flags

from experiments import cores, flags
from nne_jax.types import InputError


def run(work: Callable[[], None]) -> None:
    """Parses the flags and does the work; an InputError ends the program with its sentence."""

    def main(argv: list[str]) -> None:
        cores.use_all()
        if not absl_flags.FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)
        try:
            flags.refuse_arguments(argv)
            work()
        except InputError as error:
            sys.exit(f"{Path(argv[0]).stem}: {error}")

    app.run(main)
