"""Two or three processes that begin at one moment in one folder: one run, whole, and sentences."""

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.trials import children
from experiments.trials.outcome import Outcome
from experiments.trials.workloads import Evolve, Toy, differences

BEGINNINGS = ("an empty folder", "a run that died", "no folder", "no --workdir")
COMBINATIONS = tuple(
    resumes
    for number in (2, 3)
    for resumes in itertools.combinations_with_replacement((False, True), number)
)  # for each process, whether it has --resume


class Prepared(NamedTuple):
    """An undisturbed run, and the length at which another died."""

    workload: Evolve | Toy
    reference: Path


def prepare(folder: Path, workload: Evolve | Toy | None = None) -> Prepared:
    """Makes the undisturbed run."""
    workload = workload or Evolve()
    if (done := workload.call(folder / "reference", resume=False)).returncode:
        raise RuntimeError(f"the undisturbed run failed: {done}")
    return Prepared(workload, folder / "reference")


def trial(
    rng: np.random.Generator,
    folder: Path,
    prepared: Prepared,
    beginning: str = "",
    resumes: tuple[bool, ...] = (),
) -> Outcome:
    """Starts some processes, each new or with ``--resume``, in the same folder."""
    outcome = Outcome()
    outcome.count("trials")
    workload, run = prepared.workload, folder / "run"
    number = len(BEGINNINGS) - (workload.name == "toy")  # which has no folder of its own
    beginning = beginning or str(rng.choice(BEGINNINGS[:number]))
    if beginning == "no --workdir":
        _without_workdir(outcome, folder, prepared, int(rng.integers(2, 4)))
        return outcome
    resumes = resumes or COMBINATIONS[rng.integers(len(COMBINATIONS))]
    resumes = tuple(bool(r) for r in rng.permutation(resumes))
    what = f"{beginning}, {', '.join('resume' if r else 'new' for r in resumes)}"
    if beginning == "an empty folder":
        run.mkdir(parents=True)
    elif beginning == "a run that died":
        workload.call(run, resume=False, generations=workload.half)
    start = children.together(len(resumes))
    processes = [
        workload.child(folder / f"log{number}", run, resume, start)
        for number, resume in enumerate(resumes)
    ]
    ended = [process.ended() for process in processes]
    complete = 0
    for status, process in zip(ended, processes, strict=True):
        words = f"{what}: {status}, {process.printed()}"
        outcome.expect_no_traceback(process.printed(), what)
        outcome.expect(status in (0, 1, 75), "wrong exits", words)
        complete += status == 0
        outcome.count({0: "complete", 1: "refused", 75: "busy"}.get(status, "else"))
        if status in (1, 75):
            outcome.expect(f"{workload.name}: " in process.printed(), "wrong exits", words)
    if not complete:  # only where there was nothing to go on with, or nobody was to
        allowed = {"a run that died": False, "no folder": True}.get(beginning)
        outcome.expect(set(resumes) == {allowed}, "wrong exits", f"{what}: {ended}")
    if not complete or beginning == "a run that died":
        workload.call(run, resume=run.exists())
    found = differences(run, prepared.reference)
    outcome.expect(not found, "silent differences", f"{what}: {'; '.join(found)}; {ended}")
    return outcome


def _without_workdir(outcome: Outcome, folder: Path, prepared: Prepared, number: int) -> None:
    """As many runs begun in one second without ``--workdir``: each has a folder of its own."""
    folder.mkdir(parents=True)
    start, workload = children.together(number), prepared.workload
    processes = [
        workload.child(folder / f"log{index}", None, False, start, folder)
        for index in range(number)
    ]
    ended = [process.ended() for process in processes]
    outcome.expect(ended == [0] * number, "wrong exits", f"no --workdir: {ended}")
    runs = sorted((folder / "runs").iterdir())
    outcome.expect(len(runs) == number, "silent differences", f"no --workdir: {runs}")
    for run in runs:
        found = differences(run, prepared.reference)
        outcome.expect(not found, "silent differences", f"no --workdir: {'; '.join(found)}")
