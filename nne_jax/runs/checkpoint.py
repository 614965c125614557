"""A run's state on disk: atomic checkpoints of any pytree, by orbax, with checksums."""

import itertools
import os
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp

from nne_jax.errors import InputError, StorageError
from nne_jax.runs._orbax_errors import quiet, tried
from nne_jax.runs.identity import fingerprint
from nne_jax.runs.plain import as_before, as_plain

KEEP = 3
_DAMAGED = ".damaged"  # ends the name of a checkpoint that was set aside


class Checkpoints:
    """The checkpoints of one run, named by generation, in a folder; the last three are kept.

    A checkpoint is whole or absent: it is written under another name and renamed when complete. It
    holds the SHA-256 of its arrays, since a disk may change a bit and say nothing.

    >>> import tempfile, jax.numpy as jnp
    >>> with tempfile.TemporaryDirectory() as folder, Checkpoints(folder) as checkpoints:
    ...     for generation in range(5):
    ...         checkpoints.save(generation, {"p": jnp.full(2, generation)})
    ...     checkpoints.generations(), checkpoints.restore({"p": jnp.zeros(2, int)})
    ([2, 3, 4], {'p': Array([4, 4], dtype=int32)})
    """

    def __init__(self, folder: str | Path):
        self._folder = Path(folder).absolute()
        self._manager = _manager(self._folder)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *_: object) -> None:
        self._manager.close()

    def save(self, generation: int, state: Any) -> None:
        """Writes a pytree of arrays; a generation that is already there is left as it is.

        Raises:
          StorageError: it cannot be written; earlier checkpoints are as they were.
        """
        if generation in self.generations():
            return
        plain = as_plain(state)
        parts = ocp.args.Composite(
            state=ocp.args.StandardSave(plain), checksum=ocp.args.JsonSave(_checksum(plain))
        )
        save = partial(self._manager.save, generation, args=parts)
        _, problem = tried(save, (OSError, ValueError, RuntimeError))  # tensorstore's are of any
        if problem:
            raise StorageError(
                f"{self._folder}: checkpoint {generation} cannot be written ({problem}); earlier "
                "ones are whole: mend that, and the run goes on from them."
            )

    def generations(self) -> list[int]:
        """Generations of the checkpoints that are there, ascending."""
        return sorted(self._manager.all_steps())

    def restore(self, like: Any) -> Any:
        """Reads the newest sound checkpoint; a warning names those that are damaged.

        Damaged ones are set aside, under a name that ends in ``.damaged``, so that their
        generations can be saved again.

        Args:
          like: a pytree of arrays with the structure, shapes and dtypes of the saved one.

        Raises:
          InputError: there is no checkpoint, none is sound, or they are of other arrays.
        """
        if not (generations := self.generations()):
            raise InputError(f"{self._folder}: there is no checkpoint in this folder.")
        problems: dict[int, str] = {}
        for generation in reversed(generations):
            read = partial(self._read, generation, like)
            state, problem = tried(read, (Exception,))  # orbax, json and protobuf have one each
            if not problem:
                self._set_aside(problems, generation)
                return state
            problems[generation] = problem
        newest = generations[-1]
        words = f"{self._folder}: checkpoint {newest} cannot be used ({problems[newest]})"
        older = ", nor can older ones" * (len(problems) > 1)
        raise InputError(
            f"{words}{older}; restore the folder, or give another one, or a state like that one."
        )

    def _read(self, generation: int, like: Any) -> Any:
        plain = as_plain(like)
        if (metadata := self._manager.item_metadata(generation)["state"]) is None:
            raise ValueError("its metadata cannot be read")
        stored, wanted = _arrays(metadata), _arrays(plain)
        for name in sorted(stored.keys() | wanted.keys()):
            if (old := stored.get(name, "nothing")) != (new := wanted.get(name, "nothing")):
                raise ValueError(f"{name} is {old}, of the state {new}")
        parts = ocp.args.Composite(
            state=ocp.args.StandardRestore(plain), checksum=ocp.args.JsonRestore()
        )
        restored = self._manager.restore(generation, args=parts)
        if restored.checksum != _checksum(restored.state):
            raise ValueError("its arrays are not those that were written")
        return as_before(restored.state, like)

    def _set_aside(self, problems: dict[int, str], sound: int) -> None:
        """Renames damaged checkpoints, out of the way of the manager, which begins anew."""
        for generation, problem in problems.items():
            names = (f"{generation}{'-' * n}{_DAMAGED}" for n in itertools.count())
            aside = next(name for name in names if not (self._folder / name).exists())
            os.rename(self._folder / str(generation), self._folder / aside)
            warnings.warn(
                f"{self._folder}: checkpoint {generation} is damaged ({problem}), set aside as "
                f"{aside}; going on from {sound}.",
                stacklevel=3,
            )
        if problems:
            self._manager.close()
            self._manager = _manager(self._folder)


def _manager(folder: Path) -> ocp.CheckpointManager:
    """Of this process alone, whatever others there are."""
    alone: dict[str, Any] = {}
    alone_and_made: dict[str, Any] = {}
    if jax.process_count() > 1:
        alone["multiprocessing_options"] = ocp.options.MultiprocessingOptions(
            primary_host=jax.process_index(),
            active_processes={jax.process_index()},
            barrier_sync_key_prefix=f"process{jax.process_index()}",
        )
        alone_and_made = {**alone, "create": False}
        folder.mkdir(parents=True, exist_ok=True)
    options = ocp.CheckpointManagerOptions(
        max_to_keep=KEEP, enable_async_checkpointing=False, **alone_and_made
    )
    handlers = {
        "state": ocp.StandardCheckpointHandler(**alone),
        "checksum": ocp.JsonCheckpointHandler(),
    }
    with quiet():
        return ocp.CheckpointManager(folder, options=options, item_handlers=handlers)


def _checksum(state: Any) -> dict[str, str]:
    return {"sha256": fingerprint(state)}


def _arrays(tree: Any) -> dict[str, str]:
    """By name, the type and shape of each array of a pytree."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): f"{leaf.dtype} {leaf.shape}"
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
