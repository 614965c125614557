"""How every command starts: flags, all cores, no chatter from libraries, bad input as one sentence.

A command ``experiments/<name>.py`` has a frozen dataclass of options, ``define(flags)``,
``read(flags) -> options`` and ``main(options)``; only ``read`` looks at flags.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from absl import app, logging
from absl import flags as absl_flags

from experiments.launch import cores
from experiments.launch.flags import define_flag, flags_of, given, parse
from experiments.launch.options import check_options, option, seeds_option
from experiments.launch.provenance import arguments_are
from nne_jax.errors import InputError

__all__ = [
    "call",
    "check_options",
    "define_flag",
    "flags_of",
    "given",
    "option",
    "run",
    "seeds_option",
]

Define = Callable[[absl_flags.FlagValues], None]
Read = Callable[[absl_flags.FlagValues], Any]
Main = Callable[[Any], None]


def run(define: Define, read: Read, main: Main) -> None:
    """The program: reads the command line and does the work.

    An InputError ends it with its sentence and the exit status 1.
    """
    flags, name = absl_flags.FLAGS, Path(sys.argv[0]).stem
    before = set(flags)
    define(flags)
    for defined in set(flags) - before:  # so that --help shows them
        flags.register_key_flag_for_module(sys.argv[0], flags[defined])

    def read_flags(argv: list[str]) -> list[str]:
        try:
            parse(argv, flags)
        except InputError as error:
            sys.exit(f"{name}: {error}")
        return argv

    def work(argv: list[str]) -> None:
        cores.use_all()
        if not flags["verbosity"].present:
            logging.set_verbosity(logging.WARNING)
        try:
            with arguments_are(argv[1:]):
                main(read(flags))
        except InputError as error:
            sys.exit(f"{name}: {error}")

    app.run(work, flags_parser=read_flags)


def call(define: Define, read: Read, main: Main, argv: Sequence[str]) -> None:
    """Does the same within this process, with flags of its own.

    Args:
      define, read, main: of the command.
      argv: its arguments, without a program's name.

    Raises:
      InputError: bad input.
      SystemExit: where the command ends itself, as one that was interrupted does.
    """
    flags = absl_flags.FlagValues()
    define(flags)
    parse([main.__module__, *argv], flags)
    with arguments_are(argv):
        main(read(flags))
