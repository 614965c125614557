"""A small network, genome and batch that most tests share."""

import configparser
import os
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest

import nne_jax as nne

# What a reuser may have set: no silent broadcasting of ranks, no silent change of types.
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

ROOT = Path(__file__).parent.parent
SETUP = configparser.ConfigParser()  # the package's metadata
SETUP.read(ROOT / "setup.cfg")

MNIST = pytest.mark.skipif(
    not os.path.isdir(os.path.join(os.environ.get("NNE_JAX_DATA_DIR", ""), "mnist")),
    reason="set NNE_JAX_DATA_DIR to the folder that holds mnist/*.gz",
)


class Small(NamedTuple):
    net: nne.network.Network
    gen: nne.genome.Genome
    batch: nne.data.Batch
    p: jax.Array


@pytest.fixture(scope="session")
def small() -> Small:
    """6-5-4-3 units, 9 genes, 8 examples."""
    key = jax.random.key(7)
    net = nne.network.init(key, (6, 5, 4, 3), (0.6, 0.7, 1.0))
    gen = nne.genome.init(key, net, num_genes=9, density=0.4)
    inputs = jax.random.uniform(key, (8, 6))
    labels = jax.random.randint(key, (8,), 0, 3)
    return Small(net, gen, nne.data.Batch(inputs, labels), jax.random.uniform(key, (9,)))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)
