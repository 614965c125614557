"""A run's state on disk: atomic checkpoints of any pytree, by orbax, the last three kept."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from nne_jax.types import InputError

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
        self._manager = ocp.CheckpointManager(Path(folder).absolute(), options=options)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *_) -> None:
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
          InputError: there is no checkpoint, or its shapes differ.
        """
        if not self.generations():
            raise InputError(f"{self._manager.directory}: there is no checkpoint in this folder.")
        abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        restored = self._manager.restore(
            self._manager.latest_step(), args=ocp.args.StandardRestore(abstract)
        )
        return jax.tree.map(_on_no_device_yet, restored)


def _on_no_device_yet(array: jax.Array) -> jax.Array:
    """The array as a new one: not tied to the device that orbax put it on, alone among several."""
    if jax.dtypes.issubdtype(array.dtype, jax.dtypes.prng_key):
        data = np.asarray(jax.random.key_data(array))
        return jax.random.wrap_key_data(data, impl=jax.random.key_impl(array))
    return jnp.asarray(np.asarray(array))
