"""The runs that trials kill, damage and starve, and how one differs from an undisturbed one.

``Evolve`` is ``experiments.evolve`` with a small network. ``Toy`` is ``runs.run`` with a step that
costs nothing.
"""

import functools
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from experiments.trials import commands
from experiments.trials.children import Child
from experiments.trials.commands import Done
from nne_jax import runs
from nne_jax.runs.identity import fingerprint
from nne_jax.runs.rows import RowsFile

_NETWORK = "--hidden=16 --num_genes=2000 --genes_per_link=5 --population_size=20 --batch_size=50"
_MEASURES = "--num_sampled=5 --eval_every=6 --log_every=1 --noprogress"


class Evolve:
    """``python -m experiments.evolve`` with a small network of the default 2000 genes."""

    name = "evolve"
    half = 12  # a generation with an evaluation and a checkpoint

    def __init__(self, num_generations: int = 24, checkpoint_every: int = 3):
        self._generations = num_generations
        self._fixed = [*_NETWORK.split(), *_MEASURES.split()]
        self._fixed.append(f"--checkpoint_every={checkpoint_every}")

    def arguments(self, folder: Path | None, resume: bool, generations: int = 0) -> list[str]:
        """Of the command; to end at another generation where one is given."""
        return [
            *self._fixed,
            f"--num_generations={generations or self._generations}",
            *([f"--workdir={folder}"] if folder else []),
            *(["--resume"] if resume else []),
        ]

    def call(self, folder: Path, resume: bool = True, generations: int = 0) -> Done:
        """Runs it in this process."""
        return commands.call(self.name, *self.arguments(folder, resume, generations))

    def child(
        self,
        log: Path,
        folder: Path | None,
        resume: bool = False,
        together: Any = None,
        working_folder: Path | None = None,
    ) -> Child:
        """Runs it in another; without a folder in one that it chooses in a working folder."""
        given = self.name, self.arguments(folder, resume), working_folder
        return Child(log, commands.program, *given, together=together)


class Walk(NamedTuple):
    """State of the toy."""

    key: jax.Array
    generation: jax.Array
    position: jax.Array  # (500,)


class Toy:
    """``runs.run`` with a random walk, as a program."""

    name = "toy"
    half = 10

    def __init__(self, num_generations: int = 30, checkpoint_every: int = 5):
        self._generations, self._checkpoint_every = num_generations, checkpoint_every

    def call(self, folder: Path, resume: bool = True, generations: int = 0) -> Done:
        """Runs it in this process."""
        given = folder, resume, generations or self._generations, self._checkpoint_every
        return commands.done(self.name, functools.partial(walk, *given))

    def child(self, log: Path, folder: Path, resume: bool = False, together: Any = None) -> Child:
        """Runs it in another."""
        given = folder, resume, self._generations, self._checkpoint_every
        return Child(log, walk_program, *given, together=together)


def walk(folder: Path, resume: bool, num_generations: int, checkpoint_every: int) -> None:
    """The toy's run."""
    runs.run(
        _step,
        Walk(jax.random.key(0), jnp.int32(0), jnp.zeros(500)),
        None,
        num_generations,
        folder,
        evaluate=lambda state: {"position": fingerprint(state.position)},
        eval_every=10,
        checkpoint_every=checkpoint_every,
        resume=resume,
        progress=False,
    )


def walk_program(*arguments: Any) -> None:
    """The same as a program."""
    status, stderr = commands.done("toy", functools.partial(walk, *arguments))
    print(stderr, end="", file=sys.stderr)
    sys.exit(status)


def _step(state: Walk, batch: None) -> tuple[Walk, dict[str, jax.Array]]:
    key = jax.random.fold_in(state.key, state.generation)
    position = state.position + 0.1 * jax.random.normal(key, state.position.shape)
    after = state._replace(generation=state.generation + 1, position=position)
    return after, {"mean": jnp.mean(position)}


def rows(folder: Path) -> list[dict[str, Any]]:
    """Sound rows without the clock."""
    found = RowsFile(folder / "metrics.jsonl").read().rows
    return [{k: v for k, v in row.items() if k != "seconds"} for row in found]


def differences(folder: Path, reference: Path, some_rows: bool = False) -> list[str]:
    """How a complete run differs from the undisturbed one, in words.

    Args:
      folder: of the run.
      reference: of the other.
      some_rows: whether rows may be missing.
    """
    found = []
    mine, theirs = rows(folder), rows(reference)
    if some_rows:
        theirs = [row for row in theirs if row["generation"] in {r["generation"] for r in mine}]
    if mine != theirs:
        found.append(f"rows: {len(mine)} of {len(theirs)}, first other {_first(mine, theirs)}")
    twice = [g for g, number in generations(folder).items() if number > 1]
    found += [f"rows of {twice} twice"] if twice else []
    for name in ("allele_freqs.npy",):
        if (reference / name).exists() and _bytes(folder / name) != _bytes(reference / name):
            found.append(f"{name} is another")
    if (reference / "summary.json").exists() and _report(folder) != _report(reference):
        found.append(f"summary.json: {_report(folder)}, not {_report(reference)}")
    return found


def generations(folder: Path) -> Counter[int]:
    """How often metrics.jsonl has a sound line of each generation."""
    content = _bytes(folder / "metrics.jsonl")
    sound = filter(None, map(runs.rows.unsealed, content.split(b"\n")))
    return Counter(row["generation"] for row in sound)


def _report(folder: Path) -> dict[str, Any]:
    summary = json.loads(_bytes(folder / "summary.json") or b"{}")
    names = ("complete", "generations", "test_accuracy", "validation_accuracy", "lifetime")
    return {name: summary.get(name) for name in names}


def _first(mine: list, theirs: list) -> str:
    pairs = zip(mine, theirs, strict=False)
    return next((str(one) for one, other in pairs if one != other), "none")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
