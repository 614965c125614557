"""A dense random hidden layer that is drawn once and never learns.

Unit i is drawn with ``fold_in(key, i)``: it is the same unit in a layer of any width and in a block
of any size, so that a layer of a hundred thousand units need never be in memory as a whole.
"""

import jax
import jax.numpy as jnp

from nne_jax._checks import MOST, check_array, check_count, check_key, check_values
from nne_jax.dopamine import _checks
from nne_jax.elementwise import check_k_cap, k_cap
from nne_jax.types import Inputs, Key

__all__ = ["activations", "check_k_cap", "hidden_weights", "k_cap", "output_weights"]


def hidden_weights(key: Key, num_inputs: int, units: jax.Array) -> jax.Array:
    """He (Kaiming) uniform weights of some hidden units, U[-√(6/D), √(6/D)].

    Args:
      key: typed key of the layer.
      num_inputs: D, at least 1.
      units: (b,) int32, which units of the layer.

    Returns:
      (b, D) float32.

    Raises:
      InputError: no inputs, units that are no whole numbers from 0.

    Source: He et al., Delving deep into rectifiers, 2015; the paper, section 3.2.

    >>> key = jax.random.key(0)
    >>> layer = hidden_weights(key, 24, jnp.arange(100))
    >>> bool(jnp.max(jnp.abs(layer)) <= 0.5), layer.shape
    (True, (100, 24))
    >>> bool(jnp.all(layer[7] == hidden_weights(key, 24, jnp.array([7]))[0]))
    True
    """
    check_count("num_inputs", num_inputs)
    return _he_uniform(key, num_inputs, num_inputs, units)


def output_weights(key: Key, num_hidden: int, num_classes: int, units: jax.Array) -> jax.Array:
    """He uniform initial weights from some hidden units to all outputs, U[-√(6/H), √(6/H)].

    Args:
      key: typed key of the output layer.
      num_hidden: H, all units of the layer, at least 1.
      num_classes: C, at least 1.
      units: (b,) int32, which units of the layer.

    Returns:
      (C, b) float32.

    Raises:
      InputError: no hidden units, or no classes; units that are not there.

    >>> output_weights(jax.random.key(0), 600, 10, jnp.arange(5)).shape
    (10, 5)
    """
    check_count("num_hidden", num_hidden)
    check_count("num_classes", num_classes)
    check_array("units", units, ("b",), "whole numbers")
    check_values("units", units, 0, num_hidden - 1, "units")
    return _he_uniform(key, num_hidden, num_classes, units).T


def _he_uniform(key: Key, fan_in: int, size: int, units: jax.Array) -> jax.Array:
    check_key("key", key)
    check_array("units", units, ("b",), "whole numbers")
    check_values("units", units, 0, MOST, "units")

    def unit(index):
        return jax.random.uniform(jax.random.fold_in(key, index), (size,), jnp.float32, minval=-1)

    return (6 / fan_in) ** 0.5 * jax.vmap(unit)(units)


def activations(weights: jax.Array, inputs: Inputs) -> jax.Array:
    """What the hidden units fire, h = relu(W y), no biases.

    Args:
      weights: (b, D).
      inputs: (B, D).

    Returns:
      (B, b) of the weights' dtype.

    Raises:
      InputError: inputs of another length than the weights are for.

    >>> activations(jnp.array([[1.0, -1.0]]), jnp.array([[3.0, 1.0], [1.0, 3.0]])).tolist()
    [[2.0], [0.0]]
    """
    _checks.inputs(weights=weights, inputs=inputs)
    inputs = jnp.asarray(inputs, weights.dtype)
    return jax.nn.relu(jnp.matmul(inputs, weights.T, precision="highest"))
