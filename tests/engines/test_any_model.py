"""``per_individual``: any fitness of one individual, mapped over a population."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne

CALL = jax.jit(lambda function, *arguments: function(*arguments))


def mlp(params, inputs):
    return jnp.tanh(inputs @ params["w1"] + params["b1"][None]) @ params["w2"]


def fitness_fn(params, batch):
    inputs, targets = batch
    return -jnp.mean((mlp(params, inputs)[:, 0] - targets) ** 2)


@pytest.fixture(scope="module")
def case():
    """A regression: 3-7-1, 50 genes, 21 genotypes, 30 examples."""
    model = {"w1": jnp.zeros((3, 7)), "b1": jnp.zeros(7), "w2": jnp.zeros((7, 1))}
    gen = nne.genome.init(jax.random.key(0), model, 50, genes_per_weight=5, scale="fan_in")
    inputs = jax.random.normal(jax.random.key(1), (30, 3))
    genotypes = nne.population.sample(jax.random.key(2), jnp.full(50, 0.5), 21)
    return gen, genotypes, (inputs, inputs[:, 0])


@pytest.mark.slow
def test_every_individual_as_alone(case):
    gen, genotypes, batch = case
    together = CALL(nne.engines.per_individual(fitness_fn, gen), genotypes, batch)
    alone = [fitness_fn(nne.genome.parameters(gen, x), batch) for x in genotypes]
    np.testing.assert_allclose(together, alone, rtol=1e-5)
    assert together.dtype == jnp.float32


@pytest.mark.parametrize("chunk_size", [1, 8, 13, 100])
def test_the_chunk_size_changes_no_bit(case, chunk_size):
    gen, genotypes, batch = case
    whole = CALL(nne.engines.per_individual(fitness_fn, gen), genotypes, batch)
    function = nne.engines.per_individual(fitness_fn, gen, chunk_size=chunk_size)
    np.testing.assert_array_equal(CALL(function, genotypes, batch), whole)


def test_without_a_genome_the_genotype_itself_is_tested(case):
    _, genotypes, _ = case
    function = nne.engines.per_individual(lambda x, batch: jnp.sum(x & batch))
    mask = jnp.arange(50) < 25
    expected = np.sum(np.asarray(genotypes)[:, :25], axis=1)
    np.testing.assert_array_equal(CALL(function, genotypes, mask), expected)


@pytest.mark.slow
def test_it_is_a_population_of_networks_too(small):
    """The paper's network by ``per_individual`` is what ``make`` computes."""

    def network_fitness(weights, batch):
        return nne.fitness.reward(
            nne.phenotype.apply(small.net, weights, batch.inputs), batch.labels
        )

    genotypes = nne.population.sample(jax.random.key(0), small.p, 12)
    np.testing.assert_allclose(
        nne.engines.per_individual(network_fitness, small.gen)(genotypes, small.batch),
        nne.engines.make(small.net, small.gen, nne.fitness.reward)(genotypes, small.batch),
        rtol=1e-5,
    )


@pytest.mark.slow
def test_selection_improves_a_regression(case):
    gen, _, batch = case
    rule = nne.selection.intensity(0.5)
    fitness = nne.engines.per_individual(fitness_fn, gen)
    step = nne.evolution.make_generation_step(fitness, rule, 100)
    state = nne.evolution.init(jax.random.key(3), 50, rule, spread=0.0)
    _, history = nne.evolution.evolve(step, state, batch, 40)
    assert history.fitness_mean[0] < -0.8  # the variance of the target is about 1
    assert history.fitness_mean[-1] > -0.25


def test_arguments_of_a_partial_are_traced(case):
    gen, genotypes, batch = case

    def scaled(scale, params, batch):
        return scale * fitness_fn(params, batch)

    def run(scale):
        function = nne.engines.per_individual(jax.tree_util.Partial(scaled, scale), gen)
        return function(genotypes, batch)

    together = jax.vmap(run)(jnp.array([1.0, 3.0]))
    np.testing.assert_allclose(together[1], 3 * together[0], rtol=1e-5)


def test_it_may_be_pickled(case):
    gen, genotypes, batch = case
    function = nne.engines.per_individual(fitness_fn, gen)
    again = pickle.loads(pickle.dumps(function))
    np.testing.assert_array_equal(again(genotypes, batch), function(genotypes, batch))


def test_devices_may_be_one_or_those_of_a_mesh():
    """A list, one device by itself, and the array that a mesh has."""
    device, genotypes = jax.devices()[0], jnp.eye(3, dtype=bool)
    for devices in ([device], device, np.array([[device]])):
        function = nne.engines.per_individual(lambda x, batch: jnp.sum(x), devices=devices)
        assert function.devices == (device,)
        np.testing.assert_array_equal(function(genotypes, None), 1)
        drawn = nne.population.sample(jax.random.key(0), jnp.ones(2), 3, devices=devices)
        np.testing.assert_array_equal(drawn, 1)
