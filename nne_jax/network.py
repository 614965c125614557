"""The wiring: which links exist, and what units fire. Drawn once, the same for every genotype.

Weights are no part of it: they come from the genes (``genome``).
"""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import elementwise
from nne_jax._checks import (
    check_count,
    check_key,
    check_network,
    check_on_host,
    check_scalar,
    check_sequence,
    shape_of,
)
from nne_jax._pytrees import pytree, static
from nne_jax.errors import InputError
from nne_jax.types import Key, Weights


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """The links between two consecutive layers of units, ordered by receiver, then by sender."""

    senders: jax.Array  # (links,) int32: unit of the layer below
    receivers: jax.Array  # (links,) int32, ascending: unit of the layer above
    num_in: int = static()
    num_out: int = static()

    @property
    def num_links(self) -> int:
        """Number of links of this layer."""
        return self.senders.shape[0]

    @property
    def is_full(self) -> bool:
        """Whether every sender is linked to every receiver."""
        return self.num_links == self.num_in * self.num_out


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """Layers of links, input first; link ids run through the layers in that order."""

    layers: tuple[Layer, ...]
    activation: Callable = static(default=elementwise.relu)  # what a hidden unit fires (A3)
    k_cap: int | None = static(default=None)  # the most units of a hidden layer that fire
    has_biases: bool = static(default=False)  # links from one more sender, which always fires 1

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Number of units of each layer, inputs first; without the sender of biases."""
        num_inputs = self.layers[0].num_in - self.has_biases
        return (num_inputs, *(layer.num_out for layer in self.layers))

    def fired(self, received: jax.Array) -> jax.Array:
        """What the units of a hidden layer fire, of what they receive, (..., H) to (..., H)."""
        activations = self.activation(received)  # A3
        return activations if self.k_cap is None else elementwise.k_cap(activations, self.k_cap)

    def sent(self, fired: jax.Array) -> jax.Array:
        """What the units of a layer, (..., units), send to the next: with biases a 1 more."""
        if not self.has_biases:
            return fired
        return jnp.pad(fired, [(0, 0)] * (fired.ndim - 1) + [(0, 1)], constant_values=1)

    @property
    def num_links(self) -> int:
        """Number m of links, and so of weights, all layers together."""
        return sum(layer.num_links for layer in self.layers)

    def split(self, weights: jax.Array) -> list[jax.Array]:
        """Cuts weights (..., m) into one array (..., links) a layer.

        Raises:
          InputError: another number of weights.
        """
        if shape_of(weights)[-1:] != (self.num_links,):
            raise InputError(
                f"weights: their shape is {shape_of(weights)}, and there are {self.num_links} "
                "links; the last axis must be the links."
            )
        ends = np.cumsum([layer.num_links for layer in self.layers])[:-1]
        return jnp.split(weights, ends, axis=-1)


def init(
    key: Key,
    layer_sizes: Sequence[int],
    edge_probs: Sequence[float],
    activation: str | Callable = "relu",
    k_cap: int | None = None,
    biases: bool = False,
) -> Network:
    """Draws a random feed-forward network: each possible link exists with a fixed probability.

    Between layers l and l+1 every pair of units is linked independently with probability
    ``edge_probs[l]`` (A3). Drawn on the host, since the number of links is part of the shapes.

    Args:
      key: typed key.
      layer_sizes: number of units of each layer, inputs first, at least two layers.
      edge_probs: probability of a link, one for each pair of consecutive layers.
      activation: what hidden units fire, of what they receive: one of ``elementwise.ACTIVATIONS``,
        or a function of an array, of each number by itself. The paper's is relu.
      k_cap: so many units of a hidden layer fire, the most active ones; see ``elementwise.k_cap``.
        By default all do, as in the paper.
      biases: whether every unit has one: a link from a sender that always fires 1, whose weight has
        genes as others have. The paper's have none. They are the last links into each unit.

    Returns:
      A ``Network``.

    Raises:
      InputError: a size below 1, a probability outside [0, 1], or a wrong number of them; an
        unknown activation, a cap below 1 or above the number of hidden units.

    Source: "Biologically Plausible Neural Networks via Evolutionary Dynamics and Dopaminergic
    Plasticity", section 3.1.

    >>> net = init(jax.random.key(0), layer_sizes=(784, 1000, 10), edge_probs=(0.1, 1.0))
    >>> net.layer_sizes, net.layers[1].is_full, 0.09 < net.layers[0].num_links / 784_000 < 0.11
    ((784, 1000, 10), True, True)
    >>> net = init(jax.random.key(0), (2, 3, 1), (1.0, 1.0), "tanh", k_cap=2, biases=True)
    >>> net.layer_sizes, [layer.num_links for layer in net.layers]
    ((2, 3, 1), [9, 4])
    """
    check_key("key", key)
    check_on_host("network", key, edge_probs)
    sizes = _checked_sizes(layer_sizes, edge_probs)
    function = elementwise.named("activation", activation, elementwise.ACTIVATIONS)
    assert function is not None  # as an expression may be
    if k_cap is not None:
        elementwise.check_k_cap(k_cap, min(sizes[1:-1], default=0))
    layers = []
    for index, prob in enumerate(edge_probs):
        num_in, num_out = sizes[index], sizes[index + 1]
        links = bernoulli_positions(jax.random.fold_in(key, index), prob, num_in * num_out)
        receivers, senders = np.divmod(links, num_in)
        if biases:
            ends = np.searchsorted(receivers, np.arange(num_out), side="right")
            receivers = np.insert(receivers, ends, np.arange(num_out))
            senders = np.insert(senders, ends, num_in)
        layers.append(Layer(_int32(senders), _int32(receivers), num_in + biases, num_out))
    return Network(tuple(layers), function, k_cap, bool(biases))


def he_uniform(key: Key, net: Network) -> Weights:
    """Weights to start gradients from, w ~ U[-√(6/f), √(6/f)], f the links into the receiver.

    Args:
      key: typed key.
      net: the wiring.

    Returns:
      (m,) float32.

    Raises:
      InputError: what is given is no key, or no network.

    Source: He et al., Delving deep into rectifiers, 2015.

    >>> net = init(jax.random.key(0), (6, 5), (1.0,))
    >>> bool(jnp.all(jnp.abs(he_uniform(jax.random.key(0), net)) <= 1))
    True
    """
    check_key("key", key)
    check_network(net)
    limit = jnp.sqrt(6 / jnp.concatenate([jnp.asarray(fan_in(layer)) for layer in net.layers]))
    return limit * jax.random.uniform(key, limit.shape, jnp.float32, -1, 1)


def fan_in(layer: Layer) -> np.ndarray:
    """Number of links into the receiver of each link of a layer, (links,) float32.

    Raises:
      InputError: what is given is no layer, or traced.

    >>> net = init(jax.random.key(0), (3, 2), (1.0,))
    >>> fan_in(net.layers[0]).tolist()
    [3.0, 3.0, 3.0, 3.0, 3.0, 3.0]
    """
    if not isinstance(layer, Layer):
        raise InputError(f"layer: it is {type(layer).__name__}; give one of net.layers.")
    check_on_host("fan_in", layer)
    receivers = np.asarray(layer.receivers)
    return np.bincount(receivers, minlength=layer.num_out)[receivers].astype(np.float32)


def bernoulli_positions(key: Key, prob: float, size: int) -> np.ndarray:
    """Positions of the ones in ``size`` independent Bernoulli(``prob``) draws, ascending.

    The gaps between successive ones are geometric, P(gap > g) = (1 - prob)^g, so a sparse matrix
    costs time and memory for its non-zero entries alone.

    Returns:
      (ones,) int64.

    Raises:
      InputError: ``prob`` outside [0, 1], a negative size.

    >>> bernoulli_positions(jax.random.key(0), 1.0, 4).tolist()
    [0, 1, 2, 3]
    >>> abs(len(bernoulli_positions(jax.random.key(0), 0.01, 10**6)) - 10_000) < 500
    True
    """
    check_key("key", key)
    check_on_host("positions", key, prob)
    check_scalar("probability", prob, 0, 1)
    size = check_count("size", size, 0, 2**62)
    if prob in (0, 1):
        return np.arange(size if prob == 1 else 0)
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)).tolist())
    batch = int(size * prob + 6 * np.sqrt(size * prob) + 10)  # enough at the first try
    drawn, last = [np.zeros(0, np.int64)], -1
    while last < size:
        gaps = 1 + np.floor(np.log1p(-rng.random(batch)) / np.log1p(-prob))
        drawn.append(last + np.cumsum(np.minimum(gaps, size + 1)).astype(np.int64))
        last = int(drawn[-1][-1])
    positions = np.concatenate(drawn)
    return positions[positions < size]


def _checked_sizes(layer_sizes: Sequence[int], edge_probs: Sequence[float]) -> tuple[int, ...]:
    check_sequence("layer_sizes", layer_sizes, "whole numbers")
    check_sequence("edge_probs", edge_probs, "probabilities")
    if len(layer_sizes) < 2:
        raise InputError(f"layer_sizes={tuple(layer_sizes)}: give two or more sizes of at least 1.")
    sizes = tuple(check_count("layer_sizes", size) for size in layer_sizes)
    if len(edge_probs) != len(layer_sizes) - 1:
        raise InputError(
            f"edge_probs={tuple(edge_probs)}: {len(layer_sizes)} layers have "
            f"{len(layer_sizes) - 1} layers of links; give one probability for each."
        )
    for prob in edge_probs:
        check_scalar("edge_probs", prob, 0, 1)
    return sizes


def _int32(values: np.ndarray) -> jax.Array:
    return jnp.asarray(values, jnp.int32)
