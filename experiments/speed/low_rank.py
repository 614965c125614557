"""Networks that differ by one outer product a layer: their fitness, and the way up.

Individual k has the weights W + σ b_k a_kᵀ in each layer, with b (in,) and a (out,). Nobody's
matrix is ever made: with x what the layer receives, x (W + σ b aᵀ) = x W + σ (x b) aᵀ.

Source: Sarkar et al., Evolution Strategies at the Hyperscale, 2025, arXiv 2511.16652.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding

import nne_jax as nne
from nne_jax._shares import WHOLE, shares
from nne_jax.data import Batch
from nne_jax.engines import sharing
from nne_jax.network import Network
from nne_jax.types import Fitness, Inputs, Logits

_CHUNK = 16  # individuals whose activations are in the cache together

Matrices = tuple[jax.Array, ...]  # (in, out) a layer


class Factors(NamedTuple):
    """Of the population's outer products, the same layers as the weights."""

    senders: Matrices  # b, (N, in) a layer
    receivers: Matrices  # a, (N, out)


def num_factors(layer_sizes: Sequence[int]) -> int:
    """Random numbers of an individual: those of b and a of each layer, in one row."""
    return sum(layer_sizes[:-1]) + sum(layer_sizes[1:])


def factors(rows: jax.Array, layer_sizes: Sequence[int]) -> Factors:
    """Cuts rows (N, numbers) into every layer's b, then every layer's a."""
    ends = np.cumsum([*layer_sizes[:-1], *layer_sizes[1:]])[:-1]
    parts = jnp.split(rows, ends, axis=-1)
    half = len(layer_sizes) - 1
    return Factors(tuple(parts[:half]), tuple(parts[half:]))


def mirrored(rows: jax.Array, layer_sizes: Sequence[int]) -> jax.Array:
    """The rows of W - σ b aᵀ: the signs of all b are changed."""
    num_senders = sum(layer_sizes[:-1])
    return rows.at[:, :num_senders].multiply(-1)


def population_fitness(
    weights: Matrices,
    rows: jax.Array,
    batch: Batch,
    deviation: float,
    temperature: float,
    devices: Sequence[jax.Device] | None,
) -> Fitness:
    """Mean log likelihood of every individual, (N, numbers) rows to (N,), shared by the devices.

    The rows are whole on each of them. Left to XLA their halves, pairs and mirror images, would be
    sent to and fro, and devices of a CPU that wait for each other in many places may never meet.
    """
    sizes = (weights[0].shape[0], *(matrix.shape[1] for matrix in weights))

    def of_chunk(model, rows, batch):
        weights, shared = model
        logits = forward(weights, shared, factors(rows, sizes), batch.inputs, deviation)
        likelihood = partial(nne.fitness.log_likelihood, temperature=temperature)
        return jax.vmap(likelihood, (0, None))(logits, batch.labels)

    def in_chunks(model, rows, batch):
        return sharing.in_chunks(lambda own: of_chunk(model, own, batch), rows, _CHUNK, 1)

    model = weights, product(batch.inputs, weights[0])
    if (among := shares(devices or ())) and not among.is_callers:
        rows = jax.lax.with_sharding_constraint(rows, NamedSharding(among.mesh, WHOLE))
    return sharing.over_devices(in_chunks, model, rows, batch, devices or ())


def forward(
    weights: Matrices, shared: jax.Array, own: Factors, inputs: Inputs, deviation: float
) -> Logits:
    """Logits (N, B, C) of the individuals, x W + σ (x b) aᵀ in each layer.

    Args:
      weights: W of each layer.
      shared: (B, out) the first layer's x W, which is everybody's.
      own: the factors.
      inputs: (B, D).
      deviation: σ.
    """
    activity = jnp.broadcast_to(shared, (own.senders[0].shape[0], *shared.shape))
    along = product(own.senders[0], inputs.T)  # x b, (N, B)
    for layer, (b, a) in enumerate(zip(*own, strict=True)):
        if layer:
            below = jax.nn.relu(activity)
            activity = product(below, weights[layer])
            along = jnp.sum(below * b[:, None], axis=-1)
        activity = activity + deviation * along[..., None] * a[:, None]
    return activity


def gradient(pairs: Factors, fitness: Fitness, of_mirrored: Fitness) -> list[jax.Array]:
    """The direction of ascent, (1/N) Σ_k f_k b_k a_kᵀ with f standardised, as one product a layer.

    Args:
      pairs: the factors of the N/2 that are not mirrored.
      fitness: theirs.
      of_mirrored: of their mirror images.
    """
    both = jnp.concatenate([fitness, of_mirrored])
    weight = (fitness - of_mirrored) / (jnp.std(both) + 1e-8) / both.size
    return [product(b.T, weight[:, None] * a) for b, a in zip(*pairs, strict=True)]


def matrices(net: Network, weights: jax.Array) -> Matrices:
    """Weights (m,) of a network with all links as a matrix (in, out) a layer."""
    parts = zip(net.layers, net.split(weights), strict=True)
    return tuple(w.reshape(layer.num_out, layer.num_in).T for layer, w in parts)


def product(left: jax.Array, right: jax.Array) -> jax.Array:
    """A matrix product in full float32."""
    return jnp.matmul(left, right, precision="highest")
