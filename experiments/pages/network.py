"""The network that a run evolved, made again from its options and its allele frequencies."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from experiments.pages.files import Files
from experiments.pages.frequencies import newest
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.runner import known_by
from nne_jax.errors import InputError
from nne_jax.runs.identity import identity


class Evolved(NamedTuple):
    """The modal genotype of a run, and what its network says of images."""

    parts: Run
    generation: int
    allele_freqs: np.ndarray  # (n,) float32
    genotype: jax.Array  # (n,) the modal one: bool, or what the alleles of a diploid one express
    weights: jax.Array  # (m,) float32, its network's
    split: str  # which images: test or validation
    images: nne.data.Batch
    logits: np.ndarray  # (S, C) float32
    problems: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """Whose network it is, for captions."""
        config = self.parts.config
        first = f" of seed {config.seed}, the first of {config.num_seeds}"
        which = first if config.num_seeds > 1 else ""
        return f"the modal genotype{which} after generation {self.generation:,}"

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
    data_dir = data_dir or files.config.data_dir
    here = dataclasses.replace(files.config, data_dir=data_dir, engine="auto", num_devices=1)
    parts = assemble(here)
    files.folder.refuse_other(identity(known_by(parts)))
    generation, freqs, problems = newest(files, parts)
    first = jnp.asarray(freqs.reshape(-1, freqs.shape[-1])[0])
    split = split_of(files)
    images = getattr(parts.dataset, split)
    genotype, weights, logits = shown(parts, first, images.inputs)
    return Evolved(
        parts, generation, np.asarray(first), genotype, weights, split, images,
        np.asarray(logits), problems,
    )  # fmt: skip


def split_of(files: Files) -> str:
    """Which images a run may be shown: a search, say, must not look at the test images."""
    is_reported = files.is_complete and files.summary.get("test_accuracy") is not None
    return "test" if is_reported else "validation"


def shown(
    parts: Run, allele_freqs: jax.Array, inputs: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The modal genotype of frequencies, its weights, and its logits (S, C) of some inputs."""
    genotype = _modal(parts.config, allele_freqs)
    weights = nne.genome.express(parts.gen, genotype)
    precision = jnp.dtype(parts.config.precision)
    return genotype, weights, nne.phenotype.apply(parts.net, weights, inputs, precision)


def _modal(config: Config, allele_freqs: jax.Array) -> jax.Array:
    """The modal genotype of frequencies; of a diploid one what its alleles express."""
    if config.ploidy == 2:
        return nne.ploidy.modal_and_mean(allele_freqs, config.dominance)[0]
    return nne.evaluation.modal_genotype(allele_freqs)


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
