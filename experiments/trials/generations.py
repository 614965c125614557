"""A long run: its memory, open files and programs do not grow, and its files stay small."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import jax
import matplotlib.image
import numpy as np

from experiments.trials import commands
from experiments.trials.children import Child
from experiments.trials.outcome import Outcome
from nne_jax.runs.loop import MOST_ROWS
from nne_jax.runs.rows import Row, RowsFile

_OPTIONS = (
    "--hidden=8 --num_genes=100 --genes_per_link=5 --population_size=20 --batch_size=20 "
    "--num_sampled=5 --eval_every=500 --checkpoint_every=500 --noprogress"
)
_WARM = 0.2  # of the run; what grows afterwards grows for ever
_MOST_GROWTH = 0.05
_COMPILED = "/jax/core/compile/backend_compile_duration"


def prepare(folder: Path) -> None:
    """Nothing: a long run is compared with its own beginning."""


def trial(
    rng: np.random.Generator, folder: Path, prepared: None = None, num_generations: int = 100_000
) -> Outcome:
    """Runs ``experiments.evolve`` in a process that measures itself."""
    outcome = Outcome()
    outcome.count("trials")
    run, seen = folder / "run", folder / "samples.json"
    options = [*_OPTIONS.split(), f"--num_generations={num_generations}", f"--workdir={run}"]
    child = Child(folder / "log", _measured, options, run, seen)
    status = child.ended(seconds=3600)
    outcome.expect_no_traceback(child.printed(), f"{num_generations} generations")
    if outcome.expect(status == 0, "wrong exits", f"{status}: {child.printed()}"):
        _judge(outcome, run, json.loads(seen.read_text()), num_generations)
    return outcome


def _judge(outcome: Outcome, run: Path, samples: list[dict], num_generations: int) -> None:
    table = RowsFile(run / "metrics.jsonl").read().rows
    early = [s for s in samples if _WARM <= s["generation"] / num_generations < 0.6]
    late = [s for s in samples if 0.6 <= s["generation"] / num_generations < 1]
    growth = late[-1]["resident"] / early[0]["resident"] - 1
    programs = late[-1]["programs"] - early[0]["programs"]
    # While a checkpoint is written there are some more: of a short run in every late sample maybe.
    descriptors = max(s["descriptors"] for s in early), min(s["descriptors"] for s in late)
    outcome.expect(growth <= _MOST_GROWTH, "growth", f"memory: {growth:.1%}")
    outcome.expect(programs == 0, "growth", f"{programs} programs compiled")
    outcome.expect(descriptors[1] <= descriptors[0], "growth", f"open descriptors: {descriptors}")
    outcome.expect(len(table) <= MOST_ROWS + 1, "growth", f"metrics.jsonl: {len(table)} rows")
    generation = table[-1]["generation"]
    outcome.expect(generation == num_generations, "silent differences", f"ends at {generation}")
    for path in (run / "figures").iterdir():
        outcome.expect(_is_picture(path), "growth", f"{path.name} is no picture")
    outcome.measured |= {
        "generations": num_generations,
        "resident MiB after a fifth": round(early[0]["resident"] / 2**20, 1),
        "memory growth since": round(growth, 4),
        "open descriptors": descriptors[1],
        "programs compiled since": programs,
        "rows": len(table),
        "metrics.jsonl MiB": round((run / "metrics.jsonl").stat().st_size / 2**20, 2),
        "generations a second, second tenth": _speed(table, num_generations, 0.1),
        "generations a second, last tenth": _speed(table, num_generations, 0.9),
        "seconds of drawing": round(_drawing(run), 1),
    }


def _speed(table: list[Row], num_generations: int, begin: float) -> float:
    """Of a tenth of the run."""
    tenth = [r for r in table if begin <= r["generation"] / num_generations <= begin + 0.1]
    seconds = tenth[-1]["seconds"] - tenth[0]["seconds"]
    return round((tenth[-1]["generation"] - tenth[0]["generation"]) / max(seconds, 1e-9), 1)


def _drawing(run: Path) -> float:
    """Seconds from the report to the last picture."""
    last = max(path.stat().st_mtime for path in (run / "figures").iterdir())
    return last - (run / "summary.json").stat().st_mtime


def _is_picture(path: Path) -> bool:
    """Something is drawn, and not all of it is."""
    pixels = matplotlib.image.imread(path)[..., :3]
    white = np.mean(np.all(pixels == 1, axis=-1))
    return bool(0.2 < white < 0.995)


def _measured(options: list[str], run: Path, seen: Path) -> None:
    """The command, in a process in which a thread looks at it from time to time."""
    samples: list[dict[str, Any]] = []
    compiled: list[str] = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda name, *_, **__: compiled.append(name) if name == _COMPILED else None
    )
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            samples.append(
                {
                    "seconds": time.monotonic(),
                    "generation": _generation(run / "metrics.jsonl"),
                    "resident": _resident(),
                    "descriptors": _descriptors(),
                    "programs": len(compiled),
                }
            )

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        commands.program("evolve", options)
    finally:
        done.set()
        thread.join()
        seen.write_text(json.dumps(samples))


def _generation(metrics: Path) -> int:
    """Of the last row."""
    if not metrics.exists():
        return 0
    with metrics.open("rb") as file:
        file.seek(max(0, metrics.stat().st_size - 10_000))
        lines = file.read().split(b"\n")[1:-1]
    return json.loads(lines[-1])["generation"] if lines else 0


def _resident() -> int:
    """Bytes of memory that the process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _descriptors() -> int:
    """How many files are open."""
    return len(os.listdir("/proc/self/fd"))
