"""Kernels of a random hidden layer, K[s,t] = h_s · pre_t: all that the dual form of learning needs.

A layer is never in memory for more than a block of its units, or of the examples.
"""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import (
    as_floats,
    check_array,
    check_count,
    check_key,
    check_on_host,
    check_values,
)
from nne_jax.dopamine import _checks, features
from nne_jax.dopamine.firing import FIRED_HIDDEN
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key

if TYPE_CHECKING:
    import scipy.sparse


class Kernels(NamedTuple):
    """What B examples' activations h_s make of S examples' traces, and of the initial weights."""

    by_trace: dict[str, jax.Array]  # [fired_hidden]: (B, S), h_s · h_t or h_s · 1[h_t > 0]
    initial: jax.Array | None  # (B, C): logits of He uniform output weights; None in the limit


class MostActive(NamedTuple):
    """The units of a layer that fire most for each of B examples."""

    values: np.ndarray  # (B, k) float32 activations, descending
    units: np.ndarray  # (B, k) int32: which units they are of


def blocked(
    key: Key,
    num_hidden: int,
    left: Inputs,
    right: Inputs,
    num_classes: int,
    block_size: int = 2048,
) -> Kernels:
    """Kernels of a layer of H units, a block of units at a time.

    Memory is (B + S) x block for the activations and the result itself.

    Args:
      key: typed key of the network.
      num_hidden: H, at least 1.
      left: (B, D) examples s.
      right: (S, D) examples t.
      num_classes: C.
      block_size: units in memory at a time; the result depends on it by rounding only.

    Returns:
      ``Kernels``, float32.

    Raises:
      InputError: sizes that do not fit, or are none.

    >>> x = jnp.eye(3)
    >>> one, other = (blocked(jax.random.key(0), 10, x, x, 2, size) for size in (3, 10))
    >>> bool(jnp.allclose(one.by_trace["graded"], other.by_trace["graded"])), one.initial.shape
    (True, (3, 2))
    """
    check_key("key", key)
    _checks.inputs(left=left, right=right)
    num_hidden = check_count("num_hidden", num_hidden)
    num_classes = check_count("num_classes", num_classes)
    block_size = check_count("block_size", block_size)
    return _blocked(key, num_hidden, left, right, num_classes, min(block_size, num_hidden))


@partial(jax.jit, static_argnames=("num_hidden", "num_classes", "block_size"))
def _blocked(key, num_hidden, left, right, num_classes, block_size) -> Kernels:
    key_hidden, key_output = jax.random.split(key)

    def add(total, first):
        units = first + jnp.arange(block_size)
        weights = features.hidden_weights(key_hidden, left.shape[1], units)
        weights = jnp.where(units[:, None] < num_hidden, weights, 0)  # the last block may be longer
        hidden, traces = (features.activations(weights, inputs) for inputs in (left, right))
        initial = features.output_weights(key_output, num_hidden, num_classes, units).T
        right_factors = Kernels({k: fired(traces).T for k, fired in FIRED_HIDDEN.items()}, initial)
        product = partial(jnp.matmul, hidden, precision="highest")
        return jax.tree.map(lambda old, factor: old + product(factor), total, right_factors), None

    num_examples = left.shape[0]
    zeros = partial(jnp.zeros, dtype=jnp.float32)
    by_trace = {name: zeros((num_examples, right.shape[0])) for name in FIRED_HIDDEN}
    start = Kernels(by_trace, zeros((num_examples, num_classes)))
    return jax.lax.scan(add, start, jnp.arange(0, num_hidden, block_size))[0]


def most_active(
    key: Key, num_hidden: int, inputs: Inputs, k: int, block_size: int = 100
) -> MostActive:
    """The k most active units of each example, a block of examples at a time.

    The first j columns are those of a cap of j, by ``features.k_cap``'s order of ties.

    Args:
      key: typed key of the network.
      num_hidden: H.
      inputs: (B, D).
      k: units that may fire, between 1 and H.
      block_size: examples in memory at a time.

    Raises:
      InputError: k outside [1, H], or sizes that are none.

    >>> values, units = most_active(jax.random.key(0), 9, jnp.ones((2, 3)), k=4)
    >>> values.shape, bool(np.all(np.diff(values) <= 0))
    ((2, 4), True)
    """
    check_key("key", key)
    check_on_host("most_active", key, inputs)
    _checks.inputs(inputs=inputs)
    check_count("num_hidden", num_hidden)
    check_count("block_size", block_size)
    features.check_k_cap(k, num_hidden)
    key_hidden, _ = jax.random.split(key)
    weights = features.hidden_weights(key_hidden, inputs.shape[1], jnp.arange(num_hidden))
    top = jax.jit(lambda block: jax.lax.top_k(features.activations(weights, block), k))
    blocks = [top(inputs[i : i + block_size]) for i in range(0, len(inputs), block_size)]
    return MostActive(*(np.concatenate(part) for part in zip(*blocks, strict=True)))


def capped(
    key: Key, num_hidden: int, left: MostActive, right: MostActive, num_classes: int
) -> Kernels:
    """Kernels of a layer of which only the k most active units fire.

    Args:
      key: typed key of the network.
      num_hidden: H.
      left: of the B examples s.
      right: of the S examples t.
      num_classes: C.

    Returns:
      ``Kernels``, float32.

    Raises:
      InputError: units that the layer has not, or sizes that are none.
    """
    check_key("key", key)
    check_count("num_hidden", num_hidden)
    check_count("num_classes", num_classes)
    _check_active("left", left, num_hidden)
    _check_active("right", right, num_hidden)
    _, key_output = jax.random.split(key)
    initial = features.output_weights(key_output, num_hidden, num_classes, jnp.arange(num_hidden))
    hidden = _sparse(left, num_hidden)

    def kernel(fired):
        trace = right._replace(values=np.asarray(fired(right.values)))
        return jnp.asarray((hidden @ _sparse(trace, num_hidden).T).toarray())

    by_trace = {name: kernel(fired) for name, fired in FIRED_HIDDEN.items()}
    return Kernels(by_trace, jnp.asarray(hidden @ np.asarray(initial).T))


def _check_active(name: str, active: MostActive, num_hidden: int) -> None:
    if not isinstance(active, MostActive):
        raise InputError(f"{name}: it is {type(active).__name__}; give what most_active returns.")
    check_on_host("capped", active)
    check_array(f"{name}.values", active.values, ("B", "k"), "floats")
    check_array(f"{name}.units", active.units, active.values.shape, "whole numbers")
    check_values(f"{name}.units", active.units, 0, num_hidden - 1, "units")


def _sparse(active: MostActive, num_hidden: int) -> "scipy.sparse.csr_array":
    """(B, H) matrix of the activations; those of 0 are stored too."""
    import scipy.sparse  # here, because it is slow to import and few need it

    size, k = active.values.shape
    ends = np.arange(0, size * k + 1, k)
    indices = active.values.ravel(), active.units.ravel(), ends
    return scipy.sparse.csr_array(indices, shape=(size, num_hidden))


def arc_cosine(left: Inputs, right: Inputs) -> Kernels:
    """K[s,t] / H of an infinitely wide layer, in closed form.

    With u, v jointly normal, of variances σ² = 2|y|²/D (He) and correlation ρ = cos θ:

      graded  E[relu(u) relu(v)] = σ_u σ_v (sin θ + (π - θ) cos θ) / 2π,
      binary  E[relu(u) 1[v > 0]] = σ_u (1 + ρ) / (2 √(2π)).

    Args:
      left: (B, D) examples s.
      right: (S, D) examples t.

    Returns:
      ``Kernels`` of the inputs' dtype, float32 of whole numbers; the limit starts from output
      weights of zero.

    Raises:
      InputError: sizes that do not fit, or are none.

    Source: Cho and Saul, Kernel methods for deep learning, 2009 (graded: n = 1).

    >>> one = jnp.array([[1.0, 0.0]])
    >>> arc_cosine(one, one).by_trace["graded"].item()  # E[relu(u)²] = σ²/2, σ² = 2 |y|² / D = 1
    0.5
    """
    _checks.inputs(left=left, right=right)
    left, right = (as_floats(jnp.asarray(inputs)) for inputs in (left, right))
    num_inputs = left.shape[-1]
    sigma, tau = (jnp.linalg.norm(y, axis=-1) * (2 / num_inputs) ** 0.5 for y in (left, right))
    scale = jnp.outer(sigma, tau)
    inner = jnp.matmul(left, right.T, precision="highest") * (2 / num_inputs)
    cosine = jnp.clip(inner / jnp.where(scale > 0, scale, 1), -1, 1)
    angle = jnp.arccos(cosine)
    graded = scale * (jnp.sin(angle) + (jnp.pi - angle) * cosine) / (2 * jnp.pi)
    binary = sigma[:, None] * (1 + cosine) / (2 * (2 * jnp.pi) ** 0.5)
    return Kernels({"graded": graded, "binary": binary}, None)
