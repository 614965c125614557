"""The newest allele frequencies of a run that are sound: those it ended with, or a checkpoint's."""

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from experiments.pages.files import Files
from experiments.run.assemble import Run
from nne_jax.errors import InputError


def newest(files: Files, parts: Run) -> tuple[int, np.ndarray, tuple[str, ...]]:
    """Their generation, the frequencies (n,) or (R, n), and what is missing.

    Args:
      files: of the run.
      parts: what it is made of.

    Raises:
      InputError: there are none.
    """
    folder, ended = files.folder, files.summary.get("generations", -1)
    try:
        written = folder.allele_freqs() if files.summary else None
    except InputError:
        written = None
    if written is not None and ended >= folder.last_checkpoint():
        return ended, written, ()
    if (state := _state(folder.checkpoints, parts)) is not None:
        missing = files.is_complete and written is None
        said = "allele_freqs.npy is missing or damaged: the network is that of the checkpoint."
        return int(state.generation), np.asarray(state.allele_freqs), (said,) * missing
    if written is not None:
        return ended, written, ()
    raise InputError(
        "Neither allele_freqs.npy nor a checkpoint can be read, so there is no evolved network; go "
        "on with the run, and they are written again."
    )


def _state(checkpoints: Path, parts: Run) -> Any:
    """The state of the newest sound checkpoint, or None.

    It is read of a copy: what reads checkpoints sets damaged ones aside.
    """
    from nne_jax.runs.checkpoint import Checkpoints  # slow to import, and seldom needed

    state = parts.state
    like = {"state": state, "folded": state.allele_freqs} if parts.config.repack else state
    whole = [path for path in checkpoints.glob("*") if path.name.isdecimal() and path.is_dir()]
    with tempfile.TemporaryDirectory() as copy, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in whole:
            try:
                shutil.copytree(path, Path(copy, path.name))
            except OSError:  # the run has just removed it
                shutil.rmtree(Path(copy, path.name), ignore_errors=True)
        try:
            with Checkpoints(copy) as copied:
                restored = copied.restore(like)
        except InputError:
            return None
    return restored["state"] if parts.config.repack else restored
