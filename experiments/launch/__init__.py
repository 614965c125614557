"""How every command starts and ends: flags, all cores, bad input as one sentence, exit status.

A command ``experiments/<name>.py`` has a frozen dataclass of options, ``define(flags)``,
``read(flags) -> options`` and ``main(options)``; only ``read`` looks at flags.
"""

import contextlib
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from absl import flags as absl_flags
from absl import logging

from experiments.launch import cores, exits, supervisor, terminal
from experiments.launch.exits import Stopped
from experiments.launch.flags import define_flag, flags_of, given, help_text, parse
from experiments.launch.options import check_options, option, seeds_option
from experiments.launch.processes import ProcessOptions
from experiments.launch.provenance import arguments_are
from nne_jax.errors import InputError, LostProcessError, StorageError

__all__ = [
    "Stopped",
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

_HELP = {"--help", "--helpfull", "--helpshort", "-help", "-h", "-?"}


def run(define: Define, read: Read, main: Main) -> None:
    """The program: reads the command line, does the work, and ends with a status of ``exits``.

    What its terminal cannot show is transliterated. When nobody reads what it prints any more the
    work goes on; what cannot be printed, to a full disk say, is said when the work is done.
    """
    terminal.open_streams()
    name = Path(sys.argv[0]).stem
    os.environ["MPLBACKEND"] = "agg"  # pictures are files, whatever the user's windows are made by
    warnings.formatwarning = lambda message, *_, **__: f"{name}: warning: {message}\n"
    logging.set_verbosity(logging.WARNING)
    cores.use_all()
    status = _status(name, define, read, main)
    if (failure := terminal.output_failure()) and status == 0:
        where = f"standard output: {failure.strerror}"
        print(f"{name}: {where}; the work is done, and its files are written.", file=sys.stderr)
        status = exits.STORAGE
    with contextlib.suppress(ValueError):  # of another thread than the main one
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is left that would have to be said
    if status and supervisor.is_worker():
        sys.stderr.flush()
        os._exit(status)  # JAX's runtime would wait for the others
    sys.exit(status)


def call(define: Define, read: Read, main: Main, argv: Sequence[str]) -> None:
    """Does the same within this process, with flags of its own.

    Args:
      define, read, main: of the command.
      argv: its arguments, without a program's name.

    Raises:
      InputError: bad input; a BusyError where another process is at it.
      StorageError: something cannot be written.
      Stopped: it ended before its work was done, as a run does that got a signal.
    """
    try:
        _work(define, read, main, argv)
    except SystemExit as end:  # which would end a thread without a word, or a whole program
        if end.code:
            raise Stopped(end.code) from end


def _status(name: str, define: Define, read: Read, main: Main) -> int:
    """Does the work and says what went wrong, if anything."""
    try:
        if (status := _work(define, read, main, sys.argv[1:], name)) is not None:
            return status
        sys.stdout.flush()
    except SystemExit as end:
        if not isinstance(end.code, str):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return exits.REFUSED
    except (InputError, StorageError, LostProcessError, KeyboardInterrupt) as error:
        print(exits.sentence_of(name, error), file=sys.stderr)
        return exits.status_of(error)
    except Exception as error:
        traceback.print_exc()
        return exits.status_of(error)
    return 0


def _work(
    define: Define, read: Read, main: Main, argv: Sequence[str], name: str | None = None
) -> int | None:
    """Does it; as the supervisor of the one who does, returns that one's exit status."""
    flags = absl_flags.FlagValues()
    define(flags)
    if not _HELP.isdisjoint(argv):
        print(help_text(sys.modules[main.__module__].__doc__ or "", flags))
        return None
    with exits.as_sentences(), arguments_are(argv):
        parse([main.__module__, *argv], flags)
        options = read(flags)
        processes = getattr(options, "own", None)
        if isinstance(processes, ProcessOptions) and processes.are_several:
            if name and not supervisor.is_worker():
                return supervisor.supervise(name, processes)
            if name:
                supervisor.begin_work()
            processes.join()
        cores.check()
        main(options)
        return None
