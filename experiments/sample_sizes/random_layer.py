"""A wide random layer that never changes, and what it fires.

Its units see how an image differs from the mean of the training images. Their activations of all
training images are made a block of images at a time, S x H numbers in all.
"""

import dataclasses
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from experiments.run.plan import Plan
from nne_jax.data import Batch
from nne_jax.dopamine import features
from nne_jax.engines import memory
from nne_jax.errors import InputError
from nne_jax.types import Inputs

_IMAGES = 2000  # whose activations are made at a time


@dataclasses.dataclass(frozen=True, eq=False)
class RandomLayer:
    """The layer, what it fires for the training images, and where learning starts."""

    weights: jax.Array  # (H, D)
    mean_image: jax.Array  # (D,)
    hidden: jax.Array  # (S, H)
    labels: jax.Array  # (S,)
    start: jax.Array  # (C, H): He uniform output weights

    @classmethod
    def draw(cls, planned: Plan, num_units: int) -> "RandomLayer":
        """The layer of a plan's seed on its training images.

        Raises:
          InputError: their activations do not fit into the machine's memory.
        """
        (inputs, labels), num_classes = planned.dataset.train, len(planned.dataset.classes)
        check_memory(len(labels), num_units)
        key_hidden, key_output = jax.random.split(jax.random.fold_in(planned.keys.lifetime, 0))
        units = jnp.arange(num_units)
        weights = features.hidden_weights(key_hidden, inputs.shape[1], units)
        start = features.output_weights(key_output, num_units, num_classes, units)
        mean_image = jnp.mean(inputs, axis=0)
        return cls(weights, mean_image, fire(weights, mean_image, inputs), labels, start)

    @property
    def activity(self) -> float:
        """Mean |h|² of the training images."""
        return float(jnp.vdot(self.hidden, self.hidden)) / len(self.labels)

    @cached_property
    def gram(self) -> np.ndarray:
        """The upper half of H Hᵀ or Hᵀ H, whichever is smaller; of its products half are made."""
        hidden = np.asarray(self.hidden)
        is_wide = len(hidden) <= hidden.shape[1]
        return scipy.linalg.blas.ssyrk(1.0, hidden.T, trans=is_wide)

    def accuracy(self, output: jax.Array, split: Batch) -> float:
        """Fraction of a split that output weights (C, H) classify correctly."""
        logits = fire(self.weights, self.mean_image, split.inputs, output)
        return float(jnp.mean(jnp.argmax(logits, axis=1) == split.labels))


def check_memory(num_images: int, num_units: int) -> None:
    """Refuses activations, and products of them, that do not fit."""
    smaller = min(num_images, num_units)
    needed = 4 * (num_images + num_units) * num_units + 8 * smaller * smaller
    if needed > (available := memory.machine_bytes()):
        raise InputError(
            f"--per_class: {num_units} units' activations of {num_images} images need about "
            f"{needed / 2**30:.1f} GiB of memory, the machine has {available / 2**30:.1f}; give "
            "fewer images, a smaller --scale, or --methods without c2_minus_above, agrel and ridge."
        )


def fire(
    weights: jax.Array, mean_image: jax.Array, inputs: Inputs, output: jax.Array | None = None
) -> jax.Array:
    """(B, H) activations, or (B, C) logits of an output layer: a block of images at a time."""
    blocks = np.split(inputs, range(_IMAGES, len(inputs), _IMAGES))
    size = len(weights) if output is None else len(output)
    whole = np.empty((len(inputs), size), np.float32)  # filled in place: there is room for one
    for number, block in enumerate(blocks):
        whole[number * _IMAGES :][: len(block)] = _fire(weights, mean_image, block, output)
    return jnp.asarray(whole)


@jax.jit
def _fire(weights, mean_image, inputs, output) -> jax.Array:
    hidden = features.activations(weights, inputs - mean_image[None])
    return hidden if output is None else jnp.matmul(hidden, output.T, precision="highest")
