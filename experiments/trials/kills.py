"""kill -9, and then the same command with ``--resume``: the end is that of an undisturbed run."""

import functools
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.trials import faults
from experiments.trials.children import Child
from experiments.trials.outcome import Outcome
from experiments.trials.workloads import Evolve, Toy, differences

MOMENTS = ("at a write", "at a time", "in a checkpoint", "in the rows", "in the report")


class Prepared(NamedTuple):
    """An undisturbed run."""

    workload: Evolve | Toy
    reference: Path
    seconds: float  # that it took as a process of its own
    writes: int  # and how many


def prepare(folder: Path, workload: Evolve | Toy | None = None) -> Prepared:
    """Makes the undisturbed run."""
    workload = workload or Evolve()
    reference = folder / "reference"
    workload.call(folder / "first", resume=False)  # whose programs are compiled now
    Child(folder / "log", time.sleep, 0).ended()  # and what children need is loaded
    start = time.monotonic()
    child = Child(folder / "log", _counted, workload, reference, folder / "writes")
    if child.ended():
        raise RuntimeError(f"the undisturbed run failed: {child.printed()}")
    seconds = time.monotonic() - start
    return Prepared(workload, reference, seconds, int((folder / "writes").read_text()))


def trial(rng: np.random.Generator, folder: Path, prepared: Prepared, moment: str = "") -> Outcome:
    """Kills a run at a random moment, and resumes it; sometimes kills that, too."""
    outcome = Outcome()
    outcome.count("trials")
    workload, run = prepared.workload, folder / "run"
    folder.mkdir(parents=True)
    for number in range(rng.integers(1, 3)):
        moment = moment or str(rng.choice(MOMENTS))
        what = f"killed {moment}"
        if moment == "at a write":
            at = int(rng.integers(1, prepared.writes + 1))
            what = f"{what}, the {at}th"
            child = Child(folder / f"log{number}", _dying, workload, run, at)
        else:
            child = workload.child(folder / f"log{number}", run, resume=run.is_dir())
            _wait(rng, child, run, moment, prepared.seconds)
            child.send(signal.SIGKILL)
        status = child.ended()
        outcome.expect_no_traceback(child.printed(), what)
        outcome.expect(status in (0, 137), "wrong exits", f"{what}: {status}, {child.printed()}")
        outcome.count(_where(run) if status else "ended before the kill")
        moment = ""
    _go_on(outcome, rng, run, prepared, what)
    return outcome


def trial_in_process(folder: Path, prepared: Prepared, at: int) -> Outcome:
    """The same with nothing written from a write on, in this process: quick, and at any write."""
    outcome = Outcome()
    outcome.count("trials")
    run = folder / "run"
    try:
        with faults.writes(run, at, faults.raises(faults.Killed()), removals=True):
            prepared.workload.call(run, resume=False)
    except faults.Killed:
        outcome.count(_where(run))
        faults.settle()
    _go_on(outcome, np.random.default_rng(at), run, prepared, f"killed at the {at}th write")
    return outcome


def _go_on(
    outcome: Outcome, rng: np.random.Generator, run: Path, prepared: Prepared, what: str
) -> None:
    """Where nothing was begun the first command does as well; elsewhere it takes ``--resume``."""
    begun = (run / "config.json").exists()
    resume = bool(begun or (run.is_dir() and rng.integers(2)))
    done = prepared.workload.call(run, resume=resume)
    outcome.expect_no_traceback(done.stderr, what)
    if outcome.expect(done.returncode == 0, "wrong exits", f"{what}: resumed, {done}"):
        found = differences(run, prepared.reference)
        outcome.expect(not found, "silent differences", f"{what}: {'; '.join(found)}")


def _wait(rng: np.random.Generator, child: Child, run: Path, moment: str, seconds: float) -> None:
    """Waits for a moment that is drawn afresh."""
    checkpoints, metrics = run / "checkpoints", run / "metrics.jsonl"
    wanted = int(rng.integers(1, 24))
    conditions: dict[str, Callable[[], Any]] = {
        "in a checkpoint": lambda: any(
            "tmp" in path.name and int(path.name.partition(".")[0]) >= wanted
            for path in _listed(checkpoints)
        ),
        "in the rows": lambda: metrics.exists() and metrics.stat().st_size > 300 * wanted,
        "in the report": lambda: any(_partial_or_report(path) for path in _listed(run)),
    }
    if moment in conditions:
        child.wait_for(conditions[moment])
        seconds = 0.03 if moment != "in the report" else 0.5
    child.wait_for(lambda: False, seconds=rng.uniform(0, seconds))


def _partial_or_report(path: Path) -> bool:
    return path.name.startswith((".allele", "allele", ".summary", "summary", "figures"))


def _where(run: Path) -> str:
    """What the killed process was at."""
    if not (run / "config.json").exists():
        return "killed before config.json"
    if (run / "allele_freqs.npy").exists() or (run / "figures").exists():
        return "killed in the report"
    if any("tmp" in path.name for path in _listed(run / "checkpoints")):
        return "killed in a checkpoint"
    return "killed between"


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _counted(workload: Evolve | Toy, run: Path, count: Path) -> None:
    """An undisturbed run in a process of its own, which counts its writes."""
    with faults.writes(run, removals=True) as seen:
        done = workload.call(run, resume=False)
    count.write_text(str(seen.count))
    print(done.stderr)
    raise SystemExit(done.returncode)


def _dying(workload: Evolve | Toy, run: Path, at: int) -> None:
    """A run that dies at a write; its process is not there any more."""
    with faults.writes(run, at, functools.partial(faults.die), removals=True):
        done = workload.call(run, resume=run.exists())
    print(done.stderr)
    raise SystemExit(done.returncode)
