"""Trials of what runs must withstand, for as long as you like: ``python -m experiments.soak``.

Round by round it kills runs and damages their files, starts several in one folder, fills the disk,
sends signals, types flags, and once lets a run go on for 100,000 generations. Each must end to the
bit like an undisturbed run, or say in a sentence why not. The tests make a few of them. Writes
``experiments/results/soak.json``, also when it is interrupted; the exit status is 70 if any
promise was not kept. A trial is made again by its seed, but for the moment at which a process dies.
"""

import dataclasses
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import numpy as np

from experiments import launch
from experiments.launch import exits, option, results
from experiments.launch.fields import output_option, overwrite_option
from experiments.launch.options import SEED_LIMIT, check_options
from experiments.trials import damage, disk, flags, generations, kills, processes, signals
from experiments.trials.interruption import Interruption
from experiments.trials.outcome import FAILURES, Outcome

KINDS: dict[str, ModuleType] = {
    "generations": generations,
    "kills": kills,
    "damage": damage,
    "processes": processes,
    "disk": disk,
    "signals": signals,
    "flags": flags,
}
_A_ROUND = {"damage": 10, "disk": 5, "flags": 10}  # of quick ones; one of others
_ONCE = "generations"


@dataclasses.dataclass(frozen=True)
class Options:
    """What to try, how long, and where the result goes."""

    minutes: float = option(
        10.0, "how long; the round that runs then is ended", unit="minutes", above=0
    )
    seed: int = option(0, "seed of all trials", low=0, high=SEED_LIMIT - 1)
    kinds: tuple[str, ...] = option(tuple(KINDS), "what to try", choices=KINDS, distinct=True)
    output: str = output_option("experiments/results/soak.json", "the result")
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        check_options(self)


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Makes trials, prints what they came to, and writes the file."""
    output = results.Output(options.output, options.overwrite)
    totals = {name: Outcome() for name in options.kinds}
    start, is_interrupted = time.monotonic(), False
    with tempfile.TemporaryDirectory(prefix="nne_jax-soak-") as folder:
        _share_programs(Path(folder, "programs"))
        try:
            with Interruption() as interruption:
                _rounds(options, Path(folder), totals, interruption)
        except KeyboardInterrupt:
            is_interrupted = True
    minutes = round((time.monotonic() - start) / 60, 1)
    records = {name: outcome.record() for name, outcome in totals.items()}
    print(table(records))
    output.write("experiments.soak", seed=options.seed, minutes=minutes, kinds=records)
    if is_interrupted:
        sys.exit(exits.INTERRUPTED)
    if any(outcome.failures for outcome in totals.values()):
        sys.exit(exits.FAULT)


def _rounds(
    options: Options, folder: Path, totals: dict[str, Outcome], interruption: Interruption
) -> None:
    end = time.monotonic() + 60 * options.minutes
    prepared = {name: KINDS[name].prepare(folder / name / "prepared") for name in totals}
    for number in itertools.count():
        if number and time.monotonic() > end:
            return
        jax.clear_caches()  # the programs of many commands fill a process
        for name, total in totals.items():
            if name == _ONCE and number:
                continue
            for _ in range(_A_ROUND.get(name, 1)):
                index = total.counts["trials"]
                outcome = _trial(options.seed, name, index, folder / name, prepared[name])
                interruption.check()  # before it counts
                total.add(outcome, f"{name} {index}: ")
                for words in outcome.failures:
                    print(f"{name} {index}: {words}", flush=True)


def _trial(seed: int, name: str, index: int, folder: Path, prepared: object) -> Outcome:
    rng = np.random.default_rng((seed, list(KINDS).index(name), index))
    try:
        return KINDS[name].trial(rng, folder / "trial", prepared)
    finally:
        shutil.rmtree(folder / "trial", ignore_errors=True)


def table(kinds: Mapping[str, Mapping[str, Any]]) -> str:
    """A line for each kind of trial: how many, and of each promise how often it was not kept.

    Args:
      kinds: by name, what ``Outcome.record`` returns.

    >>> print(table({"kills": Outcome().record() | {"trials": 20}}))
    kind          trials  silent differences  tracebacks  sound bytes lost  wrong exits  growth
    kills             20                   0           0                 0            0       0
    """
    columns = ("trials", *FAILURES)
    lines = ["  ".join(["kind        ", *columns])]
    for name, record in kinds.items():
        numbers = [f"{record[column]:{len(column)}}" for column in columns]
        lines.append("  ".join([f"{name:12}", *numbers]))
    return "\n".join(lines)


def _share_programs(folder: Path) -> None:
    """Compiled programs, among the processes of all trials, unless the user has a folder."""
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    settings = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": 0,
    }
    for name, value in settings.items():
        jax.config.update(name, value)
        os.environ[name.upper()] = str(value)


if __name__ == "__main__":
    launch.run(define, read, main)
