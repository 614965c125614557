"""Inputs that are 0 in all examples: their links can be left out, and nothing else changes."""

import dataclasses

import jax
import numpy as np

from nne_jax.engines.blocks import to_jax
from nne_jax.genome import Genome
from nne_jax.network import Network


def without_silent_inputs(net: Network, gen: Genome, inputs: jax.Array) -> tuple[Network, Genome]:
    """Drops the links from inputs that are 0 in all of some examples.

    A fifth of MNIST's pixels are 0 in all of 2000 training images. On other images, of the test set
    say, such a link has its say: evaluate with the whole network.

    Args:
      net: the wiring.
      gen: its genome.
      inputs: (B, D).

    Returns:
      A network with the same units and a genome with the same genes.

    >>> from nne_jax import genome, network
    >>> net = network.init(jax.random.key(0), (2, 3), (1.0,))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=4, density=1.0)
    >>> net, gen = without_silent_inputs(net, gen, np.array([[0.0, 1.0]]))
    >>> net.layers[0].senders.tolist(), gen.num_weights, gen.rows.size
    ([1, 1, 1], 3, 12)
    """
    first = net.layers[0]
    lit = np.any(np.asarray(inputs) != 0, axis=0)
    kept = np.append(lit, net.has_biases)[np.asarray(first.senders)]
    num_first = first.num_links
    kept = np.append(kept, np.ones(net.num_links - num_first, bool))
    rows = np.asarray(gen.rows)
    entries, new_ids = kept[rows], np.cumsum(kept) - 1
    first = dataclasses.replace(
        first,
        senders=_some(first.senders, kept[:num_first]),
        receivers=_some(first.receivers, kept[:num_first]),
    )
    gen = dataclasses.replace(
        gen,
        rows=to_jax(new_ids[rows[entries]], np.int32),
        genes=_some(gen.genes, entries),
        effects=_some(gen.effects, entries),
        base=None if gen.base is None else _some(gen.base, kept),
        num_weights=int(kept.sum()),
    )
    return dataclasses.replace(net, layers=(first, *net.layers[1:])), gen


def _some(values: jax.Array, kept: np.ndarray) -> jax.Array:
    """On the host: JAX would compile a program for their number."""
    return jax.device_put(np.asarray(values)[kept])
