"""Networks and genomes of every kind, with their batches: what engines are compared on."""

from typing import NamedTuple

import jax
import numpy as np
from hypothesis import strategies as st

from nne_jax import genome, network
from nne_jax.data import Batch
from tests.properties import strategies


class Problem(NamedTuple):
    net: network.Network
    gen: genome.Genome
    batch: Batch
    genotypes: jax.Array


@st.composite
def problems(draw, layer_sizes=((3, 4, 2), (3, 4, 1), (2, 9, 3))):
    """Densities of 0, 1 and between: units without inputs, genes that are never expressed.

    Inputs may be silent, labels all of one class, an example and an individual alone.
    """
    sizes, seed = draw(st.sampled_from(layer_sizes)), draw(st.integers(0, 3))
    key_net, key_gen, key_inputs = jax.random.split(jax.random.key(seed), 3)
    density = st.sampled_from((0.0, 0.4, 1.0))
    net = network.init(key_net, sizes, [draw(density) for _ in sizes[1:]])
    base = np.linspace(-1, 1, net.num_links) if draw(st.booleans()) else None
    num_genes = draw(st.sampled_from((1, 5)))
    gen = genome.init(key_gen, net, num_genes, draw(density), base=base)
    num_examples = draw(st.sampled_from((1, 4)))
    inputs = jax.random.normal(key_inputs, (num_examples, sizes[0]))
    if draw(st.booleans()):
        inputs = inputs.at[:, 0].set(0)  # a silent input
    labels = draw(strategies.vector(st.integers(0, sizes[-1] - 1), num_examples)).astype(int)
    genotypes = draw(strategies.genotypes(draw(st.sampled_from((1, 3))), num_genes))
    return Problem(net, gen, Batch(inputs, labels), genotypes)
