"""The folder of a run as the loop has it: held by one process, with its checkpoints."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from nne_jax.errors import InputError
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.identity import Identity
from nne_jax.runs.stop import Stop


class Disk:
    """The folder of a run with its checkpoints; orbax is imported only now.

    A second signal waits for it: orbax is not made to be interrupted.
    """

    def __init__(self, folder: RunFolder, stop: Stop):
        try:
            from nne_jax.runs.checkpoint import Checkpoints
        except ModuleNotFoundError as error:
            raise InputError(
                f"{folder.given}: checkpoints need orbax-checkpoint; pip install "
                '"nne_jax[runs]", or give workdir=None.'
            ) from error
        self.folder, self._stop = folder, stop
        with folder.writing():
            self.checkpoints = Checkpoints(folder.checkpoints)

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, *_: object) -> None:
        self.checkpoints.__exit__()

    def restore(self, state: Any) -> Any:
        """The newest checkpoint that is sound, in the form of a state."""
        with self._stop.held():
            return self.checkpoints.restore(state)

    def save(self, generation: int, state: Any) -> None:
        """Writes a checkpoint of a generation."""
        with self._stop.held(), self.folder.writing():
            self.checkpoints.save(generation, state)


@contextlib.contextmanager
def opened(
    folder: RunFolder,
    resume: bool,
    num_generations: int,
    known_by: Identity,
    config: Mapping[str, Any] | None,
) -> Iterator[None]:
    """Holds the folder, in which the run is begun or is there already."""
    folder.refuse_if_taken(resume)
    with folder.held():
        folder.refuse_if_taken(resume)  # again: it may have been begun meanwhile
        folder.refuse_fewer(num_generations)
        folder.begin(known_by, config)
        yield
