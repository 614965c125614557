"""A run's state on disk: atomic checkpoints of any pytree, by orbax, the last three kept."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from nne_jax.errors import InputError

KEEP = 3


class Checkpoints:
    """The checkpoints of one run, named by generation, in a folder.

    A checkpoint is whole or absent: it is written under another name and renamed when complete.

    >>> import tempfile, jax.numpy as jnp
    >>> with tempfile.TemporaryDirectory() as folder, Checkpoints(folder) as checkpoints:
    ...     for generation in range(5):
    ...         checkpoints.save(generation, {"p": jnp.full(2, generation)})
    ...     checkpoints.generations(), checkpoints.restore({"p": jnp.zeros(2, int)})
    ([2, 3, 4], {'p': Array([4, 4], dtype=int32)})
    """

    def __init__(self, folder: str | Path):
        options = ocp.CheckpointManagerOptions(max_to_keep=KEEP, enable_async_checkpointing=False)
        self._manager = ocp.CheckpointManager(
            Path(folder).absolute(), options=options, item_handlers=ocp.StandardCheckpointHandler()
        )

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *_: object) -> None:
        self._manager.close()

    def save(self, generation: int, state: Any) -> None:
        """Writes a pytree of arrays; a generation that is already there is left as it is."""
        if generation not in self.generations():
            self._manager.save(generation, args=ocp.args.StandardSave(state))

    def generations(self) -> list[int]:
        """Generations of the checkpoints that are there, ascending."""
        return sorted(self._manager.all_steps())

    def restore(self, like: Any) -> Any:
        """Reads the latest checkpoint.

        Args:
          like: a pytree of arrays with the structure, shapes and dtypes of the saved one.

        Raises:
          InputError: there is no checkpoint, or it is of other arrays.
        """
        if not self.generations():
            raise InputError(f"{self._manager.directory}: there is no checkpoint in this folder.")
        generation = self.generations()[-1]
        abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        stored, wanted = _arrays(self._manager.item_metadata(generation)), _arrays(abstract)
        for name in sorted(stored.keys() | wanted.keys()):
            if (old := stored.get(name, "nothing")) != (new := wanted.get(name, "nothing")):
                raise InputError(
                    f"{self._manager.directory}: {name} of the checkpoint {generation} is {old}, "
                    f"of the state {new}; give another folder, or a state like that one."
                )
        restored = self._manager.restore(generation, args=ocp.args.StandardRestore(abstract))
        return jax.tree.map(_on_no_device_yet, restored)


def _arrays(tree: Any) -> dict[str, str]:
    """By name, the type and shape of each array of a pytree."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): f"{leaf.dtype} {leaf.shape}"
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def _on_no_device_yet(array: jax.Array) -> jax.Array:
    """The array as a new one: not tied to the device that orbax put it on, alone among several."""
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        data = jnp.asarray(np.asarray(jax.random.key_data(array)))
        return jax.random.wrap_key_data(data, impl=jax.random.key_impl(array))
    return jnp.asarray(np.asarray(array))
