"""A wide random layer that never changes, and output layers that learn above it.

Its units see how an image differs from the mean of the training images. Their activations of all
training images are made a block of images at a time, S x H numbers in all.
"""

import dataclasses
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from experiments.run.assemble import Run
from nne_jax import dopamine
from nne_jax.data import Batch
from nne_jax.dopamine import Dual, Rule, features
from nne_jax.engines import memory
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key

_IMAGES = 2000  # whose activations are made at a time
_EXAMPLES = 64  # that are seen by one product: the cheapest number on CPUs


@dataclasses.dataclass(frozen=True, eq=False)
class RandomLayer:
    """The layer, what it fires for the training images, and where learning starts."""

    weights: jax.Array  # (H, D)
    mean_image: jax.Array  # (D,)
    hidden: jax.Array  # (S, H)
    labels: jax.Array  # (S,)
    start: jax.Array  # (C, H): He uniform output weights

    @classmethod
    def draw(cls, run: Run, num_units: int) -> "RandomLayer":
        """The layer of a run's seed on its training images.

        Raises:
          InputError: their activations do not fit into the machine's memory.
        """
        (inputs, labels), num_classes = run.dataset.train, len(run.dataset.classes)
        check_memory(len(labels), num_units)
        key_hidden, key_output = jax.random.split(jax.random.fold_in(run.key_lifetime, 0))
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


@partial(jax.jit, static_argnames="fired_output")
def epoch(
    key: Key,
    output: jax.Array,
    hidden: jax.Array,
    labels: jax.Array,
    rule: Rule,
    fired_output: str,
    rate: jax.Array,
) -> jax.Array:
    """Output weights (C, H) after every image was seen once, in a random order, one at a time.

    Args:
      key: typed key of the order, and of exploration.
      output: (C, H) weights before.
      hidden: (S, H) activations.
      labels: (S,).
      rule: of dopamine, one that remembers nothing from image to image.
      fired_output: which outputs fire, one of ``dopamine.FIRED_OUTPUT``.
      rate: ε₁.
    """
    key_order, key_noise = jax.random.split(key)
    order = jax.random.permutation(key_order, len(labels))
    whole = len(order) // _EXAMPLES

    def see(output, block):
        number, examples = block
        key = jax.random.fold_in(key_noise, number)
        seen = hidden[examples], labels[examples]
        return see_block(key, output, *seen, rule, fired_output, rate), None

    blocks = order[: whole * _EXAMPLES].reshape(whole, _EXAMPLES)
    output, _ = jax.lax.scan(see, output, (jnp.arange(whole), blocks))
    rest = order[whole * _EXAMPLES :]
    return see(output, (whole, rest))[0] if rest.size else output


def see_block(key, output, hidden, labels, rule, fired_output, rate) -> jax.Array:
    """The same for some images in their order: the primal form, by way of the dual.

    Within a block the weights are w + Σ_t a_t h_t over its images so far, so that a step needs only
    the images' products with each other and with w: exactly the same learning, by a few large
    products in place of many steps over all the weights.
    """
    size, num_classes = len(labels), len(output)
    product = partial(jnp.matmul, hidden, precision="highest")
    synapses = Dual(jnp.hstack([product(hidden.T), product(output.T)]))
    start = jnp.hstack([jnp.zeros((num_classes, size)), jnp.eye(num_classes)])
    state = dopamine.init(synapses, rule, num_classes, start)
    order = jnp.arange(size)
    state = dopamine.scan_examples(key, state, synapses, labels, order, rule, fired_output, rate)
    return output + jnp.matmul(state.params[:, :size], hidden, precision="highest")


def ridge(layer: RandomLayer, penalty: float) -> jax.Array:
    """Output weights (C, H) of ridge regression on one-hot labels, penalty λ tr(Hᵀ H)/S.

    By the normal equations (Hᵀ H + λ tr/S) Wᵀ = Hᵀ Y or, of fewer images than units, their dual
    form W = Aᵀ H, (H Hᵀ + λ tr/S) A = Y; see ``dopamine.ridge``.
    """
    hidden, num_classes = np.asarray(layer.hidden), len(layer.start)
    targets = np.eye(num_classes, dtype=np.float32)[np.asarray(layer.labels)]
    system, size = layer.gram.copy(), len(hidden)
    system[np.diag_indices_from(system)] += penalty * np.trace(system) / size
    is_dual = len(system) == size
    right = targets if is_dual else hidden.T @ targets
    factor = scipy.linalg.cho_factor(system, overwrite_a=True, check_finite=False)
    solved = scipy.linalg.cho_solve(factor, right, check_finite=False).T
    return jnp.asarray(solved @ hidden if is_dual else solved)
