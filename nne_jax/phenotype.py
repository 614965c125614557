"""The forward pass of one individual. The ``engines`` map it over a population."""

import jax
import jax.numpy as jnp

from nne_jax._checks import check_array, check_network
from nne_jax.errors import InputError
from nne_jax.network import Layer, Network
from nne_jax.types import Inputs, Logits, Weights


def apply(
    net: Network, weights: Weights, inputs: Inputs, dtype: jax.typing.DTypeLike = jnp.float32
) -> Logits:
    """Logits of one individual's network: h = relu(w₁ y), logits = w₂ h, no biases (A3).

    Written for one individual: ``jax.vmap(apply, (None, 0, None))`` gives (N, B, C). With more
    hidden layers each is a relu of the one below; a network may have another activation, a cap on
    the units that fire, and biases, see ``network.init``. Products are in full float32 on every
    platform.

    Args:
      net: the wiring.
      weights: (m,) float32.
      inputs: (B, D) float32.
      dtype: of the operands of the products, float32 or bfloat16; sums are float32.

    Returns:
      (B, C) float32; the paper's z is their softmax.

    Raises:
      InputError: weights or inputs of another network, a ``dtype`` that is not of floats.

    Source: the paper, section 3.1.

    >>> from nne_jax import network
    >>> net = network.init(jax.random.key(0), (2, 1, 2), (1.0, 1.0))
    >>> apply(net, jnp.array([1.0, -1.0, 2.0, 3.0]), jnp.array([[0.5, 0.0], [0.0, 0.5]]))
    Array([[1. , 1.5],
           [0. , 0. ]], dtype=float32)
    """
    return _matmul(*hidden_and_output(net, weights, inputs, dtype), dtype)


def hidden_and_output(
    net: Network, weights: Weights, inputs: Inputs, dtype: jax.typing.DTypeLike = jnp.float32
) -> tuple[jax.Array, jax.Array]:
    """The two factors of the logits: what the output layer receives, and its weight matrix.

    Returns:
      (B, H) last hidden activations h, and (H, C) output weights; with biases their sender is one
      more of the H, the last.

    Raises:
      InputError: as ``apply``.
    """
    check_network(net)
    check_array("weights", weights, (net.num_links,), "floats")
    check_array("inputs", inputs, ("B", net.layer_sizes[0]), "real numbers")
    if not jnp.issubdtype(dtype, jnp.floating):
        raise InputError(f"dtype={dtype}: give one of floats, jnp.float32 or jnp.bfloat16.")
    *hidden, output = (
        weight_matrix(layer, w) for layer, w in zip(net.layers, net.split(weights), strict=True)
    )
    sent = net.sent(inputs)
    for matrix in hidden:
        sent = net.sent(net.fired(_matmul(sent, matrix.T, dtype)))
    return sent, output.T


def _matmul(left: jax.Array, right: jax.Array, dtype: jax.typing.DTypeLike) -> jax.Array:
    """Product of operands rounded to a type; sums are float32, on every platform."""
    operands = left.astype(dtype), right.astype(dtype)
    return jnp.matmul(*operands, precision="highest", preferred_element_type=jnp.float32)


def weight_matrix(layer: Layer, weights: jax.Array) -> jax.Array:
    """Dense matrix (num_out, num_in) of one layer's weights (links,), 0 where there is no link.

    Raises:
      InputError: another number of weights.
    """
    check_array("weights", weights, (layer.num_links,), "floats")
    shape = layer.num_out, layer.num_in
    if layer.is_full:  # links are ordered by receiver, then sender: already the matrix
        return weights.reshape(shape)
    matrix = jnp.zeros(shape, weights.dtype)
    links = matrix.at[layer.receivers, layer.senders]
    return links.set(weights, indices_are_sorted=True, unique_indices=True)
