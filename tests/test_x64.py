"""Where the caller has 64 bits and no silent promotion, what says float32 is float32."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax import selection
from tests.engines.cases import on_cpu

KEY = jax.random.key(0)


@pytest.fixture(autouse=True)
def _wide():
    with jax.enable_x64(True):
        yield


def problem():
    """20-24-4 units, 40 genes on four chromosomes, 30 examples."""
    net = nne.network.init(KEY, (20, 24, 4), (0.3, 1.0))
    gen = nne.genome.init(KEY, net, 40, 0.1, num_chromosomes=4)
    labels = jnp.arange(30, dtype=jnp.int32) % 4
    return net, gen, nne.data.Batch(jax.random.uniform(KEY, (30, 20), jnp.float32), labels)


def kinds(tree) -> set[str]:
    leaves = jax.tree.leaves(tree)
    return {str(x.dtype) for x in leaves if jnp.issubdtype(x.dtype, jnp.floating)}


@pytest.mark.slow
@on_cpu
def test_fitness_of_genotypes_and_of_shared_haplotypes(name):
    net, gen, batch = problem()
    likelihood = functools.partial(nne.fitness.log_likelihood, temperature=3.0)
    function = nne.engines.make(net, gen, likelihood, name)
    shared = nne.assortment.assort(KEY, nne.population.init_allele_freqs(KEY, 40), 70, 4, 4)
    together = function(shared, batch)
    assert together.dtype == function(shared.genotypes(), batch).dtype == jnp.float32
    np.testing.assert_allclose(together, function(shared.genotypes(), batch), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        selection.intensity(0.5),
        selection.replicator(0.1),
        selection.truncation(0.3),
        selection.with_mutation(selection.intensity(0.5), 0.01),
        selection.with_fixation(selection.intensity(0.5), 0.01),
        selection.umda(0.3),
        selection.log_odds_gradient(optax.adam(0.1)),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_generations(rule):
    net, gen, batch = problem()
    function = nne.engines.make(net, gen, nne.fitness.reward, "gathered")
    step = nne.evolution.make_generation_step(function, rule, 18)
    state = nne.evolution.init(KEY, 40, rule, keep_fittest=True)
    assert kinds(nne.evolution.evolve(step, state, nne.data.Minibatches(batch, 2), 2)) == {
        "float32"
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", nne.lifetime.LIFETIMES)
def test_lifetimes(name):
    net, gen, batch = problem()
    p, learner = nne.population.init_allele_freqs(KEY, 40), nne.lifetime.LIFETIMES[name](0.1)
    sizes = {"num_sampled": 1, "num_iterations": 2, "batch_size": 2}
    learnt = nne.lifetime.evaluate(KEY, net, gen, p, batch, batch, learner, **sizes)
    assert learnt.dtype == jnp.float32


def test_what_is_drawn_and_expressed():
    net, gen, _ = problem()
    haplotypes = jnp.array([[0, 1], [1, 1]], bool)
    made = (
        nne.population.init_allele_freqs(KEY, 3),
        gen.effects,
        nne.genome.init(KEY, net, 40, 0.1, scale="fan_in").effects,
        nne.genome.identity(net).effects,
        nne.network.he_uniform(KEY, net),
        nne.ploidy.express(haplotypes),
        nne.ploidy.modal_and_mean(jnp.zeros(2, jnp.float32)),
        nne.dopamine.kernels.blocked(KEY, 4, jnp.ones((2, 3)), jnp.ones((2, 3)), 2, 2),
    )
    assert kinds(made) == {"float32"}


def test_selection_of_float64_has_its_range():
    fitness = jnp.array([1e200, 3e200])
    np.testing.assert_allclose(selection.standardise(fitness), [-1, 1])
    f1, f0 = selection.marginal_fitness(jnp.array([[0], [1]]), fitness)
    np.testing.assert_allclose([f1, f0], [[3e200], [1e200]])
