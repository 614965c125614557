"""evosax both ways: its strategies in ``evolve``, the selection rules in its loops."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax import selection
from nne_jax.adapters import evosax as adapter

KEY = jax.random.key(0)
X = jnp.linspace(-2, 2, 32)[:, None]
CURVE = X, jnp.sin(2 * X)
PARAMS = {
    "hidden": {"kernel": jnp.zeros((1, 8)), "bias": jnp.zeros(8)},
    "output": {"kernel": jnp.zeros((8, 1)), "bias": jnp.zeros(1)},
}


def regression(params, batch):
    """Minus the mean squared error of a tiny network."""
    x, y = batch
    hidden = jnp.tanh(x @ params["hidden"]["kernel"] + params["hidden"]["bias"][None])
    output = hidden @ params["output"]["kernel"] + params["output"]["bias"][None]
    return -jnp.mean((output - y) ** 2)


def near(solution, target):
    return -jnp.mean((solution - target) ** 2)


def made(name, population_size, solution, **options):
    """An evosax algorithm; its own code mixes dtypes, which the tests forbid."""
    algorithms = pytest.importorskip("evosax.algorithms")
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        return getattr(algorithms, name)(population_size, solution, **options)


# evosax's strategies inside evolve


@pytest.mark.slow
def test_open_es_evolves_the_weights_of_a_tiny_network():
    """A worked example: the identity genome makes weights of solutions."""
    gen = nne.genome.identity(PARAMS)
    population_fitness = nne.engines.per_individual(regression, gen)
    schedule = optax.constant_schedule(0.1)
    strategy = made(
        "Open_ES",
        64,
        jnp.zeros(gen.num_genes),
        optimizer=optax.adam(0.05),
        std_schedule=schedule,
    )
    step = adapter.make_generation_step(population_fitness, strategy)
    start = 0.5 * jax.random.normal(KEY, (gen.num_genes,))
    state = adapter.init(KEY, strategy, None, start)
    state, history = nne.evolution.evolve(step, state, CURVE, 300)
    assert history.fitness_mean[0] < -0.4
    found = nne.genome.parameters(gen, state.strategy_state.mean)
    assert regression(found, CURVE) > -0.03  # sin has a mean square of about 1/2
    assert state.generation == 300


@pytest.mark.slow
def test_a_strategy_searches_genotypes_through_the_threshold():
    gen = nne.genome.init(KEY, PARAMS, num_genes=60, genes_per_weight=5, scale=0.5)
    fitness = adapter.through_threshold(nne.engines.per_individual(regression, gen))
    strategy = made("SNES", 50, jnp.zeros(60))
    step = adapter.make_generation_step(fitness, strategy)
    state = adapter.init(KEY, strategy, None, jnp.zeros(60))
    state, history = nne.evolution.evolve(step, state, CURVE, 100)
    assert history.fitness_mean[-1] > history.fitness_mean[0] + 3 * history.fitness_sd[0] / 50**0.5
    genotype = state.strategy_state.best_solution > 0
    best = regression(nne.genome.parameters(gen, genotype), CURVE)
    np.testing.assert_allclose(best, -state.strategy_state.best_fitness, rtol=1e-4)
    np.testing.assert_allclose(best, jnp.max(history.fitness_max), rtol=1e-4)


@pytest.mark.slow
def test_a_generation_is_evosaxs_own_ask_and_tell_of_minus_the_fitness():
    strategy, target = made("SNES", 8, jnp.zeros(5)), jnp.arange(5.0)
    population_fitness = nne.engines.per_individual(near)
    step = adapter.make_generation_step(population_fitness, strategy)
    state = adapter.init(KEY, strategy, None, jnp.ones(5))
    for _ in range(3):
        key_ask, key_tell = jax.random.split(nne.evolution.generation_keys(state)[0])
        with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
            params = strategy.default_params
            solutions, asked = strategy.ask(key_ask, state.strategy_state, params)
            fitness = population_fitness(solutions, target)
            told, _ = strategy.tell(key_tell, solutions, -fitness, asked, params)
        state, metrics = step(state, target)
        chex.assert_trees_all_equal(state.strategy_state, told)
        np.testing.assert_allclose(
            metrics[:3], [np.mean(fitness), np.std(fitness), np.max(fitness)], rtol=1e-5
        )
    assert state.generation == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["CMA_ES", "SimpleGA", "PSO"])
def test_other_strategies_come_nearer_to_the_target(name):
    """The first starts from a mean, the others from a population and its fitness."""
    options = {"std_schedule": optax.constant_schedule(0.1)} if name == "SimpleGA" else {}
    strategy, target = made(name, 32, jnp.zeros(6), **options), jnp.linspace(-1, 1, 6)
    fitness = nne.engines.per_individual(near)
    first = (jnp.ones(6),)
    if hasattr(strategy, "get_population"):
        everyone = jax.random.normal(KEY, (32, 6))
        first = everyone, fitness(everyone, target)
    state = adapter.init(KEY, strategy, None, *first)
    step = adapter.make_generation_step(fitness, strategy)
    state, history = nne.evolution.evolve(step, state, target, 60)
    assert jnp.max(history.fitness_max) > 0.1 * history.fitness_max[0]


@pytest.mark.slow
def test_parameters_are_traced_and_nothing_is_compiled_twice():
    traces = []

    def counted(solutions, target):
        traces.append(target)
        return -jnp.mean((solutions - target[None]) ** 2, axis=1)

    strategy, target = made("PGPE", 8, jnp.zeros(4), optimizer=optax.sgd(0.01)), jnp.ones(4)
    params = strategy.default_params
    state = adapter.init(KEY, strategy, None, jnp.zeros(4))
    ends = []
    for rate in (0.0, 0.1, 0.1):
        step = adapter.make_generation_step(counted, strategy, params.replace(std_lr=rate))
        end, _ = nne.evolution.evolve(step, state, target, 5)
        ends.append(nne.evolution.evolve(step, end, target, 5)[0].strategy_state.std)
    assert len(traces) == 1
    np.testing.assert_array_equal(ends[0], params.std_init)
    assert not np.allclose(ends[0], ends[1])
    np.testing.assert_array_equal(ends[1], ends[2])


@pytest.mark.slow
def test_batches_are_drawn_and_seeds_mapped_as_for_any_step():
    strategy = made("Open_ES", 8, jnp.zeros(4), optimizer=optax.sgd(0.5))
    step = adapter.make_generation_step(nne.engines.per_individual(near), strategy)

    def run(key):
        state = adapter.init(key, strategy, None, jnp.zeros(4))
        draw = lambda key: jax.random.normal(key, (4,))  # noqa: E731
        return nne.evolution.evolve(step, state, draw, 5)[0].strategy_state.mean

    keys = jax.random.split(KEY, 3)
    for row, key in zip(jax.vmap(run)(keys), keys, strict=True):
        np.testing.assert_allclose(row, run(key), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_fitness_that_is_not_finite_is_counted_and_the_worst():
    def broken(solutions, batch):
        return jnp.where(solutions[:, 0] > 0, jnp.nan, solutions[:, 0])

    strategy = made("Open_ES", 16, jnp.zeros(3))
    step = adapter.make_generation_step(broken, strategy)
    state, metrics = step(adapter.init(KEY, strategy, None, jnp.zeros(3)), None)
    assert 0 < metrics.non_finite < 16
    chex.assert_tree_all_finite((state.strategy_state, metrics))


@pytest.mark.slow
def test_solutions_may_be_pytrees():
    solution = {"a": jnp.zeros(2), "b": jnp.zeros((2, 1))}

    def fitness(solutions, batch):
        total = jnp.sum((solutions["a"] - 1) ** 2, axis=1)
        return -total - jnp.sum((solutions["b"] + 1) ** 2, axis=(1, 2))

    strategy = made("SNES", 20, solution)
    step = adapter.make_generation_step(fitness, strategy)
    state = adapter.init(KEY, strategy, None, solution)
    state, _ = nne.evolution.evolve(step, state, None, 60)
    np.testing.assert_allclose(state.strategy_state.mean, [1, 1, -1, -1], atol=0.1)


# NNE's rules inside an evosax loop


def one_max(population):
    return jnp.sum(population, axis=1)


def evosax_loop(algorithm, params, num_genes, num_generations):
    """As evosax's own examples have it: a loss, and keys of the loop's."""

    def generation(state, key):
        key_ask, key_tell = jax.random.split(key)
        population, state = algorithm.ask(key_ask, state, params)
        return algorithm.tell(key_tell, population, -one_max(population), state, params)

    state = algorithm.init(KEY, jnp.full(num_genes, 0.5), params)
    return jax.lax.scan(generation, state, jax.random.split(KEY, num_generations))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "size"),
    [(selection.intensity(1.0), 64), (selection.umda(0.5), 64), (selection.pbil(0.2), 64)],
    ids=["intensity", "umda", "pbil"],
)
def test_a_rule_solves_one_max_in_an_evosax_loop(rule, size):
    pytest.importorskip("evosax")
    algorithm = adapter.make_algorithm(rule, 20, size)
    state, metrics = evosax_loop(algorithm, algorithm.default_params, 20, 80)
    assert state.best_fitness == -20
    np.testing.assert_array_equal(state.best_solution, 1)
    np.testing.assert_array_equal(algorithm.get_mean(state) > 0.5, True)
    assert state.generation_counter == 80
    best = np.minimum.accumulate(metrics["best_fitness_in_generation"])
    np.testing.assert_array_equal(metrics["best_fitness"], best)


@pytest.mark.slow
def test_it_is_an_evosax_algorithm_with_evolves_bits():
    base = pytest.importorskip("evosax.algorithms.distribution_based.base")
    rule = selection.with_mutation(selection.intensity(0.5), 0.01)
    algorithm = adapter.make_algorithm(rule, 30, 17, antithetic=True)
    assert isinstance(algorithm, base.DistributionBasedAlgorithm)
    assert algorithm.default_params == rule

    def fitness(genotypes, batch):
        return jnp.sum(genotypes, axis=1, dtype=jnp.float32)

    step = nne.evolution.make_generation_step(fitness, rule, 17, antithetic=True)
    ours = nne.evolution.init(KEY, 30, rule)
    theirs = algorithm.init(KEY, ours.allele_freqs, rule)
    for _ in range(4):
        key, _ = nne.evolution.generation_keys(ours)
        population, theirs = algorithm.ask(key, theirs, rule)
        assert set(np.unique(population)) == {0, 1}
        theirs, _ = algorithm.tell(key, population, -one_max(population), theirs, rule)
        ours, _ = nne.evolution.evolve(step, ours, None, 1)
        np.testing.assert_array_equal(algorithm.get_mean(theirs), ours.allele_freqs)
        chex.assert_trees_all_equal(theirs.rule_state, ours.rule_state)


@pytest.mark.slow
def test_the_rule_is_the_parameters_of_the_algorithm():
    pytest.importorskip("evosax")
    algorithm = adapter.make_algorithm(selection.intensity(1.0), 20, 30)
    strengths = [0.1, 1.0]

    def end(params):
        return evosax_loop(algorithm, params, 20, 10)[0].mean

    mapped = jax.vmap(end)(jax.vmap(selection.intensity)(jnp.array(strengths)))
    for row, strength in zip(mapped, strengths, strict=True):
        np.testing.assert_allclose(row, end(selection.intensity(strength)), rtol=1e-4)
    assert jnp.mean(mapped[1]) > jnp.mean(mapped[0]) + 0.1


# Bad input


class Strategy(NamedTuple):
    """What has evosax's interface will do."""

    population_size: int
    solution: jax.Array
    default_params: float = 0.0
    num_dims: int = 3

    def init(self, key, mean, params):
        return mean

    def ask(self, key, state, params):
        return jnp.broadcast_to(state[None], (self.population_size, 3)), state

    def tell(self, key, population, fitness, state, params):
        return state, {}


class Population(Strategy):
    def get_population(self, state):
        return state
