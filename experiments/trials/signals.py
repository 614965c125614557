"""SIGTERM, SIGINT and SIGHUP to a run: what it says and keeps, and that it goes on to the bit."""

import signal
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.trials import commands
from experiments.trials.children import Child
from experiments.trials.outcome import Outcome
from experiments.trials.workloads import Evolve, differences, rows
from nne_jax._files import read_json

CASES = {
    "SIGTERM": (signal.SIGTERM,),
    "SIGINT": (signal.SIGINT,),
    "SIGHUP": (signal.SIGHUP,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT),
    "SIGTERM, then SIGINT": (signal.SIGTERM, signal.SIGINT),
    "SIGHUP under nohup": (signal.SIGHUP,),
    "SIGTERM before the run": (signal.SIGTERM,),
    "SIGTERM in the report": (signal.SIGTERM,),
}


class Prepared(NamedTuple):
    """An undisturbed run."""

    workload: Evolve
    reference: Path


def prepare(folder: Path, num_generations: int = 60) -> Prepared:
    """Makes the undisturbed run, long enough for a signal to come in time."""
    workload = Evolve(num_generations, checkpoint_every=2)
    if (done := workload.call(folder / "reference", resume=False)).returncode:
        raise RuntimeError(f"the undisturbed run failed: {done}")
    return Prepared(workload, folder / "reference")


def trial(rng: np.random.Generator, folder: Path, prepared: Prepared, case: str = "") -> Outcome:
    """Sends the signals of a case to a run, and resumes it."""
    outcome = Outcome()
    outcome.count("trials")
    case = case or str(rng.choice(list(CASES)))
    run, workload = folder / "run", prepared.workload
    nohup = [signal.SIGHUP] if "nohup" in case else []
    arguments = workload.arguments(run, resume=False)
    child = Child(folder / "log", _program, nohup, arguments)
    generation = int(rng.integers(2, 20))
    child.wait_for(_moment(case, run, generation))
    if "before" in case:
        child.wait_for(lambda: False, rng.uniform(0, 0.5))
    for number in CASES[case]:
        child.send(number)
        child.wait_for(lambda: False, seconds=rng.uniform(0, 0.03))
    status, words = child.ended(), f"{case}: {child.printed()}"
    outcome.expect_no_traceback(child.printed(), words)
    ended = len(rows(run)) == len(rows(prepared.reference)) or "nohup" in case
    expected = {0} if ended else {128 + number for number in CASES[case]}
    if "report" in case:
        expected |= {0}
    outcome.count(f"{case}, {status}")
    outcome.expect(status in expected, "wrong exits", f"{words}: {status}, not {expected}")
    if status > 128 and "before" not in case and len(CASES[case]) == 1:
        _expect_checkpoint(outcome, run, words)
    again = workload.call(run, resume=(run / "config.json").exists())
    outcome.expect_no_traceback(again.stderr, f"{case}, resumed")
    if outcome.expect(again.returncode == 0, "wrong exits", f"{case}, resumed: {again}"):
        found = differences(run, prepared.reference)
        outcome.expect(not found, "silent differences", f"{case}: {'; '.join(found)}")
    return outcome


def _moment(case: str, run: Path, generation: int):
    if "before" in case:
        return lambda: True
    if "report" in case:
        return lambda: (run / "allele_freqs.npy").exists()
    return lambda: (run / "checkpoints" / str(2 * (generation // 2))).exists()


def _expect_checkpoint(outcome: Outcome, run: Path, words: str) -> None:
    """One signal: nothing of what was made is lost."""
    newest = max(int(p.name) for p in (run / "checkpoints").iterdir() if p.name.isdecimal())
    summary = read_json(run / "summary.json")
    last = rows(run)[-1]["generation"]
    same = newest == last == summary["generations"] and not summary["complete"]
    outcome.expect(same, "sound bytes lost", f"{words}: {newest}, {last}, {summary}")
    outcome.expect("--resume" in words, "wrong exits", f"no word of how to go on: {words}")


def _program(ignored: list[int], arguments: list[str]) -> None:
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    commands.program("evolve", arguments)
