"""The network that a run evolved, made again from its options and its allele frequencies."""

import dataclasses
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from experiments.pages.files import Files
from experiments.run.assemble import Run, assemble
from experiments.run.runner import known_by
from nne_jax.errors import InputError
from nne_jax.runs.identity import identity


class Evolved(NamedTuple):
    """The modal genotype of a run, and what its network says of images."""

    parts: Run
    generation: int
    allele_freqs: np.ndarray  # (n,) float32
    genotype: jax.Array  # (n,) bool, the modal one
    weights: jax.Array  # (m,) float32, its network's
    split: str  # which images: test or validation
    images: nne.data.Batch
    logits: np.ndarray  # (S, C) float32
    problems: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """Whose network it is, for captions."""
        config = self.parts.config
        first = (
            f" of seed {config.seed}, the first of {config.num_seeds}"
            if config.num_seeds > 1
            else ""
        )
        return f"the modal genotype{first} after generation {self.generation:,}"

    @property
    def on_images(self) -> str:
        """On which images, for captions."""
        return f"{self.images.labels.shape[0]:,} {self.split} images"


def evolved(files: Files, data_dir: str) -> Evolved:
    """Makes the network of a run's modal genotype again, and shows it images.

    They are the test images where the run itself has reported on them, else the validation images:
    a search, say, must not look at the others. Of several seeds it is the first one.

    Args:
      files: of the run.
      data_dir: where data sets are; empty for where the run had them.

    Raises:
      InputError: the options, the data or the frequencies are missing, or are not the run's.
    """
    if files.config is None:
        raise InputError("The network cannot be made again without the run's options.")
    here = {"data_dir": data_dir or files.config.data_dir, "engine": "auto", "num_devices": 1}
    parts = assemble(dataclasses.replace(files.config, **here))
    files.folder.refuse_other(identity(known_by(parts)))
    generation, freqs, problems = _frequencies(files, parts)
    first = jnp.asarray(freqs.reshape(-1, freqs.shape[-1])[0])
    genotype = nne.evaluation.modal_genotype(first)
    weights = nne.genome.express(parts.gen, genotype)
    is_reported = files.is_complete and files.summary.get("test_accuracy") is not None
    split = "test" if is_reported else "validation"
    images = getattr(parts.dataset, split)
    logits = nne.phenotype.apply(
        parts.net, weights, images.inputs, jnp.dtype(files.config.precision)
    )
    return Evolved(
        parts, generation, np.asarray(first), genotype, weights, split, images,
        np.asarray(logits), problems,
    )  # fmt: skip


def _frequencies(files: Files, parts: Run) -> tuple[int, np.ndarray, tuple[str, ...]]:
    """The newest frequencies that are sound, and their generation."""
    folder, ended = files.folder, files.summary.get("generations", -1)
    try:
        written = folder.allele_freqs() if files.summary else None
    except InputError:
        written = None
    if written is not None and ended >= folder.last_checkpoint():
        return ended, written, ()
    if (state := _newest(folder.checkpoints, parts)) is not None:
        missing = files.is_complete and written is None
        said = "allele_freqs.npy is missing or damaged: the network is that of the checkpoint."
        return int(state.generation), np.asarray(state.allele_freqs), (said,) * missing
    if written is not None:
        return ended, written, ()
    raise InputError(
        "Neither allele_freqs.npy nor a checkpoint can be read, so there is no evolved network; go "
        "on with the run, and they are written again."
    )


def _newest(checkpoints: Path, parts: Run) -> Any:
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


def side_of(evolved: Evolved) -> int:
    """Pixels of a side of the images.

    Raises:
      InputError: they are no square images.
    """
    num_inputs = evolved.images.inputs.shape[1]
    side = int(np.sqrt(num_inputs))
    if side**2 != num_inputs:
        raise InputError(
            f"An input has {num_inputs} numbers, which are no square image to be shown."
        )
    return side
