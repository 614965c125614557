"""Damage to any file of a run or a table: said, or without effect on a number; nothing is lost."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.trials import tables
from experiments.trials.commands import Done
from experiments.trials.outcome import Outcome
from experiments.trials.workloads import Evolve, differences, rows
from nne_jax.runs.checkpoint import KEEP

SCENARIOS = ("longer", "killed", "report", "table")
_LENGTH = {"longer": 30, "killed": 30, "report": 24}  # generations in the end


def flip(path: Path, rng: np.random.Generator) -> None:
    """Changes one bit."""
    content = bytearray(path.read_bytes())
    if content:
        content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)


def cut(path: Path, rng: np.random.Generator) -> None:
    """Cuts off the end."""
    content = path.read_bytes()
    path.write_bytes(content[: rng.integers(len(content) + 1)])


def empty(path: Path, rng: np.random.Generator) -> None:
    """Leaves nothing in it."""
    path.write_bytes(b"")


def delete(path: Path, rng: np.random.Generator) -> None:
    """Removes it."""
    path.unlink()


DAMAGES: dict[str, Callable[[Path, np.random.Generator], None]] = {
    "one bit of": flip,
    "the end of": cut,
    "all in": empty,
    "the file": delete,
}


class Prepared(NamedTuple):
    """Folders as they are before damage, and as they are to be in the end."""

    before: dict[str, Path]  # by scenario
    after: dict[str, Path]


def prepare(folder: Path, scenarios: Iterable[str] = SCENARIOS) -> Prepared:
    """Makes them: a run to be longer, one that died, one that is complete, and a table 1."""
    workload, before, after = Evolve(), {}, {}
    for length in {_LENGTH[scenario] for scenario in scenarios if scenario in _LENGTH} | {24}:
        _must(workload.call(folder / str(length), resume=False, generations=length))
    for scenario in scenarios:
        before[scenario] = folder / scenario
        if scenario == "table":
            _must(tables.call(before[scenario]))
            after[scenario] = before[scenario]
            continue
        after[scenario] = folder / str(_LENGTH[scenario])
        shutil.copytree(folder / "24", before[scenario])
        if scenario == "killed":  # before its report, in the middle of a row
            for name in ("summary.json", "allele_freqs.npy"):
                (before[scenario] / name).unlink()
            shutil.rmtree(before[scenario] / "figures")
            with (before[scenario] / "metrics.jsonl").open("ab") as file:
                file.write(b'{"generation": 25, "fit')
    return Prepared(before, after)


def trial(
    rng: np.random.Generator,
    folder: Path,
    prepared: Prepared,
    scenario: str = "",
    file: str = "",
    damage: str = "",
) -> Outcome:
    """Damages a file and gives the command that goes on."""
    outcome = Outcome()
    outcome.count("trials")
    scenario = scenario or str(rng.choice(list(prepared.before)))
    run = folder / "run"
    shutil.copytree(prepared.before[scenario], run)
    path = run / file if file else _drawn(rng, run)
    damage = damage or str(rng.choice(list(DAMAGES)))
    what = f"{scenario}, {damage} {path.relative_to(run)} gone"
    sound = _contents(run, but=path)
    DAMAGES[damage](path, rng)
    kept = {metrics: rows(metrics.parent) for metrics in run.rglob("metrics.jsonl")}
    if scenario == "table":
        done = tables.call(run, resume=True)
        found = tables.differences(run, prepared.after[scenario])
        rewritten = tables.REWRITTEN
    else:
        done = Evolve().call(run, generations=_LENGTH[scenario])
        found = differences(run, prepared.after[scenario])
        rewritten = tables.OF_RUNS
    outcome.expect_no_traceback(done.stderr, what)
    _judge(outcome, done, found, what)
    lost = [name for name, content in sound.items() if content not in _contents(run).values()]
    lost = [n for n in lost if done.returncode or not _by_rights(n, run, rewritten)]
    outcome.expect(not lost, "sound bytes lost", f"{what}: {lost}, {done}")
    for metrics, before in kept.items():
        after = rows(metrics.parent)
        gone = [row["generation"] for row in before if row not in after]
        outcome.expect(not gone, "sound bytes lost", f"{what}: rows of {gone}, {done}")
    return outcome


def _drawn(rng: np.random.Generator, run: Path) -> Path:
    """A file of a kind that is drawn first: most are parts of a checkpoint."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(p for p in run.rglob("*") if p.is_file()):
        name = re.sub(r"[0-9a-f]{32}|\d+", "*", str(path.relative_to(run)))
        kinds.setdefault(name, []).append(path)
    paths = list(kinds.values())[rng.integers(len(kinds))]
    return paths[rng.integers(len(paths))]


def _judge(outcome: Outcome, done: Done, found: list[str], what: str) -> None:
    """Refused in a sentence, or warned of, or the same numbers."""
    if done.returncode:
        outcome.count("refused")
        outcome.expect(done.is_refusal(1), "wrong exits", f"{what}: {done}")
        return
    outcome.count("warned of" if "warning: " in done.stderr else "without a word")
    if found and "warning: " in done.stderr:
        found = [words for words in found if not words.startswith("rows: ")]
    outcome.expect(not found, "silent differences", f"{what}: {'; '.join(found)}; {done}")


def _contents(run: Path, but: Path | None = None) -> dict[str, str]:
    """By name, SHA-256 of each file."""
    return {
        str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in run.rglob("*")
        if path.is_file() and path != but
    }


def _by_rights(name: str, run: Path, rewritten: set[str]) -> bool:
    """Whether a run writes a file anew, or removes it as the fourth checkpoint from the end."""
    parts = Path(name).parts
    if parts[0] == "checkpoints" and len(parts) > 1:
        newer = [p for p in (run / "checkpoints").iterdir() if p.name.isdecimal()]
        return sum(int(p.name) > int(parts[1]) for p in newer) >= KEEP
    return not rewritten.isdisjoint(parts) or parts[-1] == "metrics.jsonl"


def _must(done: Done) -> None:
    if done.returncode:
        raise RuntimeError(f"the undisturbed run failed: {done}")
