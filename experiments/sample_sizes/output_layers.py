"""Output layers that learn above a random layer: an image at a time by dopamine, or by ridge."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from experiments.sample_sizes.random_layer import RandomLayer
from nne_jax import dopamine
from nne_jax.dopamine import Dual, Rule
from nne_jax.types import Key

_EXAMPLES = 64  # that are seen by one product


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
