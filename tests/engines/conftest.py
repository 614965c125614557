"""The network and the population that the tests of engines share."""

import jax
import jax.numpy as jnp
import pytest

import nne_jax as nne


@pytest.fixture(scope="package")
def case():
    """20-24-4 units: three groups of two blocks; some output links are missing; 64 genotypes."""
    key = jax.random.key(11)
    net = nne.network.init(key, (20, 24, 4), (0.3, 0.8))
    gen = nne.genome.init(key, net, num_genes=40, density=0.1)
    images = jax.random.uniform(key, (70, 20))
    batch = nne.data.Batch(images, jax.random.randint(key, (70,), 0, 4))
    return net, gen, nne.population.sample(key, jnp.full(40, 0.5), 64), batch
