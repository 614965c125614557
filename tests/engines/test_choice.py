"""Which engine: by rule, of one's own, and what one cannot do."""

import jax
import numpy as np
import pytest

from nne_jax import engines
from nne_jax.engines.choice import find
from nne_jax.engines.interface import Sizes
from nne_jax.errors import InputError
from tests.engines.cases import log_likelihood, population_fitness


def test_auto_by_platform_and_network():
    sparse, full = (Sizes((200, 600, 3), (links, 1800), 10, 10) for links in (12_000, 120_000))
    deep = Sizes((200, 600, 20, 3), (12_000, 6000, 60), 10, 10)
    chosen = [engines.choose(sizes, "cpu") for sizes in (sparse, full, deep)]
    assert chosen == ["gathered", "dense", "layered"]
    assert engines.choose(sparse._replace(k_cap=5), "cpu") == "layered"
    assert engines.choose(sparse._replace(has_biases=True), "cpu") == "layered"
    assert [engines.choose(sizes, "gpu") for sizes in (sparse, deep)] == ["dense", "dense"]
    engines.check(sparse, "fused", "bfloat16", "gpu")


def test_an_engine_of_ones_own_is_an_argument(case):
    """Here ``dense`` upside down: it gives minus the fitness."""
    dense = find("dense")

    def fitness(*arguments):
        return -dense.fitness(*arguments)

    net, gen, genotypes, batch = case
    own = engines.make(net, gen, log_likelihood, dense._replace(fitness=fitness))
    np.testing.assert_allclose(own(genotypes, batch), -population_fitness("dense", case), rtol=1e-6)
    refuses = dense._replace(problem=lambda sizes, platform: "it is tired")
    with pytest.raises(InputError, match="engine=your own: it is tired; possible here: dense, gat"):
        engines.make(net, gen, log_likelihood, refuses)


def test_a_deep_network_is_for_the_plain_engine(small):
    message = "engine=gathered: it takes one hidden layer, this network has 2; possible here: dense"
    with pytest.raises(InputError, match=message):
        engines.make(small.net, small.gen, log_likelihood, "gathered")


def test_a_mesh_without_an_axis_for_the_population_is_refused(case):
    with jax.set_mesh(jax.make_mesh((1,), ("rows",), (jax.sharding.AxisType.Auto,))):
        population_fitness("dense", case)  # which is not to be shared
        with pytest.raises(InputError, match="the axes rows; name one 'population', or set none"):
            population_fitness("dense", case, devices=jax.devices())
