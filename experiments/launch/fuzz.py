"""A fuzzer of the commands' flags: what a user could type, by each option's type, and what follows.

Each trial is a tiny run of a command in which some options have other values: ordinary ones, those
at their bounds, absurd ones. It must end as a run, or in one sentence.
"""

import contextlib
import importlib
import io
import random
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from absl import flags as absl_flags

from experiments import benchmark, launch
from experiments.evolved import gradient_rows
from experiments.launch import exits, texts
from experiments.speed import cases, settings, timing
from nne_jax.errors import InputError, StorageError

LIMIT = 60.0  # seconds of a trial
_RUN = (
    "--hidden=6 --num_genes=12 --genes_per_link=2.4 --population_size=8 --num_generations=2 "
    "--num_sampled=3 --per_class=9 --validation_per_class=4 --batch_size=10 --noprogress"
).split()
_PAPER = "--dataset=digits --seeds=0 --scale=0.005".split()
COMMANDS = {  # tiny runs
    "evolve": _RUN,
    "seeds": [*_RUN, "--workdir=runs", "--seeds=0", "--output=result.json"],
    "search": [*_RUN, "--workdir=runs", "--seeds=0", "--vary=temperature=3"],
    "table1": [*_PAPER, "--presets=digits", "--classes=0-1", "--lifetimes=sgd"],
    "figure2": [*_PAPER, "--preset=digits", "--classes=0-1"],
    "figure3": [*_PAPER, "--preset=digits", "--classes=0-1", "--num_genes=30", "--ceiling_steps=3"],
    "paper_rule": (
        "--dataset=digits --seeds=0 --per_class=9 --validation_per_class=4 --population_size=8 "
        "--check_population=4 --batch_size=10 --epsilons=1 --epsilon_generations=2"
    ).split(),
    "table2": (
        "--dataset=digits --seeds=0 --per_class=9 --validation_per_class=4 --hidden=12 --epochs=2 "
        "--search_epochs=1 --steps=1 --rules=agrel --controls=ridge"
    ).split(),
    "theory": "--part=multiplicative_weights,reachability --scale=0.01 --num_inputs=3".split(),
    "peers": (
        "--dataset=digits --seeds=10 --search_seeds=0 --models=nne --search_settings=1 "
        "--search_seconds=0.01 --seconds=0.01 --per_class=9 --validation_per_class=4"
    ).split(),
    "frontier": (
        "--dataset=digits --seeds=10 --per_class=5 --methods=ridge,feedback_alignment --scale=0.01"
    ).split(),
    "open_questions": (
        "--dataset=digits --seeds=10 --per_class=9 --scale=0.001 --question=architecture"
    ).split(),
    "report": ["--workdir=runs/seed-0", "--overwrite"],  # what seeds has left there
    "animation": ["--workdir=runs/seed-0", "--overwrite", "--frames=2"],
    "benchmark": "--scale=digits --rounds=1 --engines=dense --peers=none".split(),
}
_OTHERS = ["--nothing=1", "word", "--", "-", "--=", "--flagfile=missing", "--flagfile=file",
           "--flagfile=binary", "--undefok=nothing", "--noseeds", "--no", "--resume=maybe",
           "--noresume=1", "--helpxml", "--seed"]  # fmt: skip


class Trial(NamedTuple):
    """What is typed."""

    command: str
    arguments: list[str]


class Outcome(NamedTuple):
    """How a trial ended."""

    trial: Trial
    status: int | None  # None: with an exception that is no sentence
    words: str  # the sentence, or the traceback
    seconds: float

    @property
    def fault(self) -> str | None:
        """What must not be, if it is so."""
        if self.status is None:
            return f"{self.trial}: {self.words}"
        if self.seconds > LIMIT:
            return f"{self.trial}: took {self.seconds:.0f} s"
        if self.status and (self.words.count("\n") != 1 or len(self.words) < 15):
            return f"{self.trial}: {self.words!r} is not one sentence"
        return None


def prepare(folder: Path) -> None:
    """Puts files in a folder that some of the paths name; trials are to be run in it."""
    (folder / "file").write_text("--num_genes=10\n")
    (folder / "binary").write_bytes(bytes(range(256)))
    (folder / "folder" / "x.json").mkdir(parents=True)
    (folder / "link").symlink_to("nowhere")
    (folder / "own.npz").write_bytes(b"PK\x03\x04 no archive")


@contextlib.contextmanager
def small_sizes() -> Iterator[None]:
    """Within it, commands whose sizes are fixed have small ones."""
    scale = cases.Scale((20, 12, 4), 0.3, 40, 0.1, 16, 30)
    with (
        mock.patch.dict(cases.SCALES, dict.fromkeys(cases.SCALES, scale)),
        mock.patch.multiple(timing, _LEAST=0.0, _PEAK_SIZES={"cpu": 32}),
        mock.patch.dict(benchmark._SIZES, population_size=(8, 16), num_images=(30,)),
        mock.patch.object(gradient_rows, "NUM_ITERATIONS", 20),
        mock.patch.dict(settings.KNOWN, clear=True),
        mock.patch.dict(
            settings.SPACES, {name: _small(settings.SPACES[name]) for name in settings.SPACES}
        ),
    ):
        yield


def _small(space: settings.Space) -> settings.Space:
    """Of ``peers``: a model's settings, of a small network and population."""
    sizes = {"hidden": ([6],), "population_size": (8,), "batch_size": (10,), "edge_prob": (1.0,)}
    return {**space, **sizes, **({"num_genes": (12,)} if "num_genes" in space else {})}


def trials(seed: int, number: int, changes: tuple[int, int] = (1, 3)) -> Iterator[Trial]:
    """Trials of all commands in turn, the same ones for a seed; to be made within ``small_sizes``.

    Args:
      seed: of what is drawn.
      number: of trials.
      changes: the fewest and the most options of one that have other values; with many few run.

    >>> next(trials(0, 1)) == next(trials(0, 1))
    True
    """
    rng = random.Random(seed)
    commands = list(COMMANDS)
    for index in range(number):
        name = commands[index % len(commands)]
        flags = absl_flags.FlagValues()
        importlib.import_module(f"experiments.{name}").define(flags)
        chosen = rng.choices(sorted(flags), k=rng.randint(*changes))
        given = [f"--{flag}={texts.value(rng, flags[flag])}" for flag in chosen]
        if rng.random() < 0.1:
            given.insert(rng.randrange(len(given) + 1), rng.choice(_OTHERS))
        yield Trial(name, [*COMMANDS[name], *given])


def outcome(trial: Trial) -> Outcome:
    """Calls the command in this process; what it prints is dropped."""
    start, command = time.monotonic(), importlib.import_module(f"experiments.{trial.command}")
    arguments = command.define, command.read, command.main, trial.arguments
    status, words, dropped = 0, "", io.StringIO()
    with contextlib.redirect_stdout(dropped), contextlib.redirect_stderr(dropped):
        try:
            with _limit(LIMIT):
                launch.call(*arguments)
        except (InputError, StorageError) as error:
            status, words = exits.status_of(error), exits.sentence_of(trial.command, error) + "\n"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            status, words = None, traceback.format_exc()
    return Outcome(trial, status, words, time.monotonic() - start)


class _TooLongError(BaseException):
    """A trial has not ended in time."""


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Within it, ``_TooLongError`` is raised after some seconds, if this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
