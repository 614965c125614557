"""Kernels of a random hidden layer, K[s,t] = h_s · pre_t: all that the dual form of learning needs.

A layer is never in memory for more than a block of its units, or of the examples.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse

from nne_jax import random_features
from nne_jax.random_features import FIRED_HIDDEN
from nne_jax.types import Images, Key


class Kernels(NamedTuple):
    """What B examples' activations h_s make of S examples' traces, and of the initial weights."""

    graded: jax.Array  # (B, S): h_s · h_t
    binary: jax.Array  # (B, S): h_s · 1[h_t > 0]
    initial: jax.Array | None  # (B, C): logits of He uniform output weights; None in the limit


@partial(jax.jit, static_argnames=("num_hidden", "num_classes", "block_size"))
def blocked(
    key: Key, num_hidden: int, left: Images, right: Images, num_classes: int, block_size: int = 2048
) -> Kernels:
    """Kernels of a layer of H units, a block of units at a time.

    Memory is (B + S) x block for the activations and the result itself.

    Args:
      key: typed key of the network.
      num_hidden: H, at least 1.
      left: (B, D) images s.
      right: (S, D) images t.
      num_classes: C.
      block_size: units in memory at a time; the result depends on it by rounding only.

    Returns:
      ``Kernels``, float32.

    >>> x = jnp.eye(3)
    >>> one, other = (blocked(jax.random.key(0), 10, x, x, 2, size) for size in (3, 10))
    >>> bool(jnp.allclose(one.graded, other.graded)), one.initial.shape
    (True, (3, 2))
    """
    key_hidden, key_output = jax.random.split(key)
    block_size = min(block_size, num_hidden)
    size = right.shape[0]

    def add(total, first):
        units = first + jnp.arange(block_size)
        weights = random_features.hidden_weights(key_hidden, left.shape[1], units)
        weights = jnp.where(units[:, None] < num_hidden, weights, 0)  # the last block may be longer
        traces = random_features.activations(weights, right)
        traces = [fired(traces) for fired in FIRED_HIDDEN.values()]
        initial = random_features.output_weights(key_output, num_hidden, num_classes, units)
        hidden = random_features.activations(weights, left)
        traces = jnp.concatenate([*traces, initial])
        return total + jnp.matmul(hidden, traces.T, precision="highest"), None

    start = jnp.zeros((left.shape[0], 2 * size + num_classes))
    total, _ = jax.lax.scan(add, start, jnp.arange(0, num_hidden, block_size))
    return Kernels(total[:, :size], total[:, size : 2 * size], total[:, 2 * size :])


def capped(
    key: Key, num_hidden: int, images: Images, k: int, block_size: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """The activations and the indices of the k most active units, a block of examples at a time.

    The first j columns are those of a cap of j, by ``random_features.k_cap``'s order of ties.

    Args:
      key: typed key of the network.
      num_hidden: H.
      images: (B, D).
      k: units that may fire, between 1 and H.
      block_size: examples in memory at a time.

    Returns:
      (B, k) float32, descending, and (B, k) int32.

    Raises:
      InputError: k outside [1, H].

    >>> values, units = capped(jax.random.key(0), 9, jnp.ones((2, 3)), k=4)
    >>> values.shape, bool(np.all(np.diff(values) <= 0))
    ((2, 4), True)
    """
    random_features.check_k_cap(k, num_hidden)
    key_hidden, _ = jax.random.split(key)
    weights = random_features.hidden_weights(key_hidden, images.shape[1], jnp.arange(num_hidden))
    top = jax.jit(lambda block: jax.lax.top_k(random_features.activations(weights, block), k))
    blocks = [top(images[i : i + block_size]) for i in range(0, len(images), block_size)]
    return tuple(np.concatenate(part) for part in zip(*blocks, strict=True))


def of_capped(
    key: Key,
    num_hidden: int,
    left: tuple[np.ndarray, np.ndarray],
    right: tuple[np.ndarray, np.ndarray],
    num_classes: int,
) -> Kernels:
    """Kernels of a layer of which only the k most active units fire, from ``capped``'s results.

    Args:
      key: typed key of the network.
      num_hidden: H.
      left: (B, k) activations and units of the examples s.
      right: (S, k) activations and units of the examples t.
      num_classes: C.

    Returns:
      ``Kernels``, float32.
    """
    _, key_output = jax.random.split(key)
    units = jnp.arange(num_hidden)
    initial = random_features.output_weights(key_output, num_hidden, num_classes, units)
    hidden = _sparse(*left, num_hidden)
    traces = (_sparse(fired(right[0]), right[1], num_hidden) for fired in FIRED_HIDDEN.values())
    products = [(hidden @ trace.T).toarray() for trace in traces]
    return Kernels(*map(jnp.asarray, [*products, hidden @ np.asarray(initial).T]))


def _sparse(values: np.ndarray, units: np.ndarray, num_hidden: int) -> scipy.sparse.csr_array:
    """(B, H) matrix of the activations of (B, k) units; those of 0 are stored too."""
    ends = np.arange(0, values.size + 1, values.shape[1])
    shape = len(values), num_hidden
    return scipy.sparse.csr_array((values.ravel(), units.ravel(), ends), shape=shape)


def arc_cosine(left: Images, right: Images) -> Kernels:
    """K[s,t] / H of an infinitely wide layer, in closed form.

    With u, v jointly normal, of variances σ² = 2|y|²/D (He) and correlation ρ = cos θ:

      graded  E[relu(u) relu(v)] = σ_u σ_v (sin θ + (π - θ) cos θ) / 2π,
      binary  E[relu(u) 1[v > 0]] = σ_u (1 + ρ) / (2 √(2π)).

    Args:
      left: (B, D) images s.
      right: (S, D) images t.

    Returns:
      ``Kernels`` of the images' dtype; the limit starts from output weights of zero.

    Source: Cho and Saul, Kernel methods for deep learning, 2009 (graded: n = 1).

    >>> one = jnp.array([[1.0, 0.0]])
    >>> arc_cosine(one, one).graded.item()  # E[relu(u)²] = σ²/2, and σ² = 2 |y|² / D = 1
    0.5
    """
    num_inputs = left.shape[-1]
    sigma, tau = (jnp.linalg.norm(y, axis=-1) * (2 / num_inputs) ** 0.5 for y in (left, right))
    scale = sigma[:, None] * tau
    inner = jnp.matmul(left, right.T, precision="highest") * (2 / num_inputs)
    cosine = jnp.clip(inner / jnp.where(scale > 0, scale, 1), -1, 1)
    angle = jnp.arccos(cosine)
    graded = scale * (jnp.sin(angle) + (jnp.pi - angle) * cosine) / (2 * jnp.pi)
    return Kernels(graded, sigma[:, None] * (1 + cosine) / (2 * (2 * jnp.pi) ** 0.5), None)
