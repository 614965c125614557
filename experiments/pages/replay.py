"""The generations of a run, made again from its options: what it looked like on the way."""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import numpy as np

import nne_jax as nne
from experiments.pages.confusion import confused
from experiments.pages.files import Files
from experiments.pages.network import shown, split_of
from experiments.run.assemble import Run, assemble
from experiments.run.runner import known_by
from nne_jax import runs
from nne_jax.errors import InputError
from nne_jax.runs.identity import identity
from nne_jax.runs.stop import Stop


class Frame(NamedTuple):
    """A generation."""

    generation: int
    allele_freqs: np.ndarray  # (n,) ascending
    confused: np.ndarray  # (C, C) images of a class, a row, that are taken for a class, a column

    @property
    def accuracy(self) -> float:
        """The fraction of the images that is classified rightly."""
        return np.trace(self.confused) / self.confused.sum()


class Replayed(NamedTuple):
    """Generations of a run, evenly spread."""

    frames: list[Frame]
    classes: list[str]
    images: str  # which ones were shown to the modal genotype


def replay(files: Files, data_dir: str, number: int) -> Replayed:
    """Makes a run again, as far as it has come; of several seeds the first one.

    Args:
      files: of the run.
      data_dir: where data sets are; empty for where the run had them.
      number: of generations to look at, beside the first state.

    Raises:
      InputError: the options or the data are missing, or are not the run's; it has no generation.
    """
    if files.config is None:
        raise InputError(f"{files.folder.given}: its options are not known; {files.problems[0]}")
    if not files.generation:
        raise InputError(f"{files.folder.given}: the run has made no generation yet.")
    config = dataclasses.replace(files.config, data_dir=data_dir or files.config.data_dir)
    parts = assemble(dataclasses.replace(config, num_seeds=1, num_devices=config.num_devices or 1))
    if config.num_seeds == 1:
        files.folder.refuse_other(identity(known_by(parts)))
    split = split_of(files)
    frames = _frames(parts, getattr(parts.dataset, split), files.generation, number)
    names = [str(label) for label in parts.dataset.classes]
    return Replayed(frames, names, f"{split} images")


def _frames(parts: Run, images: nne.data.Batch, num_generations: int, number: int) -> list[Frame]:
    frames: list[Frame] = []

    @jax.jit
    def logits_of(allele_freqs: jax.Array) -> jax.Array:
        return shown(parts, allele_freqs, images.inputs)[-1]

    def look(state: Any) -> dict[str, Any]:
        counts = confused(images.labels, logits_of(state.allele_freqs))
        frame = Frame(int(state.generation), np.sort(state.allele_freqs), counts)
        frames.append(frame)
        return {"accuracy": frame.accuracy}

    with Stop() as stop:
        runs.run(
            parts.step,
            parts.state,
            parts.batches,
            num_generations,
            later=[phase for phase in parts.phases[1:] if phase.start < num_generations],
            evaluate=look,
            eval_every=max(1, -(-num_generations // number)),
            log_every=num_generations,
            repack=parts.config.repack,
            stop=stop,
        )
    if frames[-1].generation < num_generations:
        sys.exit(128 + (stop.signal or 0))
    return frames
