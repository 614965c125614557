"""Networks of any depth, activation, cap and biases, genes of any expression: by every engine."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import elementwise, engines, selection
from nne_jax.engines import fused, layered
from nne_jax.engines.choice import find
from nne_jax.errors import InputError
from nne_jax.theory import enumeration
from tests import oracles

CALL = jax.jit(lambda function, *arguments: function(*arguments))
log_likelihood = functools.partial(nne.fitness.log_likelihood, temperature=3.0)
NETWORKS = {
    "tanh": {"activation": "tanh"},
    "gelu of two layers": {"hidden": (12, 8), "activation": "gelu"},
    "cap": {"k_cap": 3},
    "biases": {"biases": True},
    "cap of sigmoid": {"activation": "sigmoid", "k_cap": 4},
    "everything": {"hidden": (12, 8, 6), "activation": "silu", "k_cap": 3, "biases": True},
    "your own activation": {"activation": jnp.square, "biases": True},
}
every_network = pytest.mark.parametrize("name", NETWORKS)
every_expression = pytest.mark.parametrize("expression", [*elementwise.EXPRESSIONS, jnp.cos])


def network(hidden=(24,), **options):
    """20 inputs and 4 outputs, some links missing in all layers."""
    sizes = (20, *hidden, 4)
    return nne.network.init(jax.random.key(3), sizes, (0.3,) * len(hidden) + (0.8,), **options)


def genome(net, expression="linear", **options):
    base = 0.3 * jax.random.normal(jax.random.key(5), (net.num_links,))
    options = {"num_genes": 40, "density": 0.1, "base": base, **options}
    return nne.genome.init(jax.random.key(4), net, expression=expression, **options)


@pytest.fixture(scope="module")
def batch():
    """300 examples, so in two blocks; three inputs are silent."""
    images = jax.random.normal(jax.random.key(1), (300, 20)).at[:, :3].set(0)
    return nne.data.Batch(images, jax.random.randint(jax.random.key(2), (300,), 0, 4))


@pytest.fixture(scope="module")
def genotypes():
    return nne.population.sample(jax.random.key(6), jnp.full(40, 0.5), 10)


def possible(net, gen):
    """The engines that take a network; the fused one is interpreted."""
    every = {name: find(name) for name in engines.ENGINES} | {"fused": fused.INTERPRETED}
    sizes = engines.Sizes.of(net, gen)
    return {name: engine for name, engine in every.items() if not engine.problem(sizes, "cpu")}


@pytest.mark.slow
@every_network
def test_logits_against_loops_over_links(name, batch, rng):
    net = network(**NETWORKS[name])
    weights, images = rng.normal(size=net.num_links), batch.inputs[:7]
    expected = oracles.logits(net, weights, images)
    actual = nne.phenotype.apply(net, jnp.asarray(weights, jnp.float32), images)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@every_network
def test_every_engine_is_the_plain_one(name, batch, genotypes):
    net = network(**NETWORKS[name])
    gen = genome(net, "tanh")
    expected = engines.make(net, gen, log_likelihood, "dense")(genotypes, batch)
    assert np.std(expected) > 0.003
    able = possible(net, gen)
    assert "layered" in able
    for engine in able.values():
        for inputs in (None, batch.inputs):
            fitness = engines.make(net, gen, log_likelihood, engine, inputs=inputs)
            np.testing.assert_allclose(CALL(fitness, genotypes, batch), expected, rtol=3e-5)


@every_network
def test_links_of_biases_are_the_last_into_each_unit(name):
    net = network(**NETWORKS[name])
    plain = network(NETWORKS[name].get("hidden", (24,)))
    assert net.layer_sizes == plain.layer_sizes
    for layer, other, size in zip(net.layers, plain.layers, net.layer_sizes[:-1], strict=True):
        is_bias = np.asarray(layer.senders) == size
        assert is_bias.sum() == net.has_biases * layer.num_out
        np.testing.assert_array_equal(layer.senders[~is_bias], other.senders)
        np.testing.assert_array_equal(layer.receivers[~is_bias], other.receivers)


@pytest.mark.slow
@every_expression
def test_weights_are_the_function_of_the_linear_ones(expression, genotypes):
    net = network()
    gen, linear = genome(net, expression), genome(net)
    by_hand = np.asarray(linear.base) + np.asarray(genotypes, float) @ oracles.dense_matrix(gen).T
    function = elementwise.EXPRESSIONS.get(expression, expression) if isinstance(
        expression, str) else expression  # fmt: skip
    expected = by_hand if function is None else function(jnp.asarray(by_hand, jnp.float32))
    np.testing.assert_allclose(nne.genome.express(gen, genotypes), expected, rtol=1e-5, atol=1e-6)
    weights = nne.genome.parameters(gen, genotypes[0])
    np.testing.assert_allclose(weights, expected[0], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("expression", ["sigmoid", jnp.cos])
def test_every_engine_expresses_alike(expression, batch, genotypes):
    net = network()
    gen = genome(net, expression)
    expected = engines.make(net, gen, log_likelihood, "dense")(genotypes, batch)
    fixed = jnp.where(jnp.arange(40) % 3 == 0, 0.5, (jnp.arange(40) % 2).astype(jnp.float32))
    with_fixed = jnp.where((fixed == 0) | (fixed == 1), fixed == 1, genotypes)
    for engine in possible(net, gen).values():
        fitness = engines.make(net, gen, log_likelihood, engine)
        np.testing.assert_allclose(CALL(fitness, genotypes, batch), expected, rtol=3e-5)
        packed = CALL(fitness.without_fixed(fixed), with_fixed, batch)
        np.testing.assert_allclose(packed, CALL(fitness, with_fixed, batch), rtol=3e-5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["dense", "gathered", "batched"])
def test_chromosomes_share_their_work_with_any_activation_and_expression(engine, batch):
    net = network((24,), activation="tanh")
    gen = genome(net, "sigmoid", num_chromosomes=4)
    fitness = engines.make(net, gen, log_likelihood, engine)
    shared = nne.assortment.assort(jax.random.key(0), jnp.full(40, 0.5), 20, 4, 4)
    np.testing.assert_allclose(
        fitness(shared, batch), fitness(shared.genotypes(), batch), rtol=3e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize("chunk_size", [1, 70, 200])
def test_the_chunk_size_of_layers_changes_no_bit(chunk_size, batch):
    net = network(**NETWORKS["everything"])
    make = functools.partial(engines.make, net, genome(net), log_likelihood, "layered")
    many = nne.population.sample(jax.random.key(6), jnp.full(40, 0.5), 150)
    chunked = CALL(make(chunk_size=chunk_size), many, batch)
    np.testing.assert_array_equal(chunked, CALL(make(), many, batch))


@pytest.mark.slow
@every_expression
def test_lemma_1_holds_of_any_expression(expression, batch):
    """∂F/∂p = f1 - f0, F the mean fitness over all genotypes: of weights that bend with genes."""
    net = nne.network.init(jax.random.key(3), (20, 5, 4), (0.3, 1.0), "tanh", k_cap=2)
    gen = nne.genome.init(jax.random.key(4), net, 6, 0.5, expression=expression, scale=2.0)
    values = engines.make(net, gen, log_likelihood)(enumeration.all_genotypes(6), batch)
    p = jnp.array([0.1, 0.3, 0.5, 0.6, 0.8, 0.95])
    gradient = jax.grad(functools.partial(enumeration.extension, values))(p)
    f1, f0 = enumeration.marginal_fitness(values, p)
    np.testing.assert_allclose(f1 - f0, gradient, rtol=1e-3, atol=1e-5)
    if expression != "linear":  # which is another function of genotypes
        linear = dataclasses.replace(gen, expression=None)
        of_linear = engines.make(net, linear, log_likelihood)(enumeration.all_genotypes(6), batch)
        assert np.max(np.abs(values - of_linear)) > 0.01


@pytest.mark.slow
def test_a_cap_of_all_units_is_none(batch, genotypes):
    net = network()
    capped = dataclasses.replace(net, k_cap=24)
    gen = genome(net)
    for engine in ("dense", "layered"):
        of_all, of_none = (
            engines.make(one, gen, log_likelihood, engine)(genotypes, batch)
            for one in (capped, net)
        )
        np.testing.assert_allclose(of_all, of_none, rtol=1e-5)


def test_a_layered_evaluation_takes_little_memory():
    """What fires is there for a block of examples only."""
    sizes = engines.Sizes((784, 500, 500, 10), (39_200, 25_000, 5_000), 346_000, 8000)
    few, many = (layered.bytes_per_individual(sizes, number) for number in (256, 10_000))
    assert many - few == 4 * 10 * (10_000 - 256)


@pytest.mark.parametrize("learner", ["sgd", "dopamine"])
def test_a_lifetime_trains_the_links_of_biases_too(learner, batch):
    net = network(hidden=(12,), biases=True)
    weights = nne.genome.express(genome(net), jnp.full(40, 0.5))
    learn = nne.lifetime.LIFETIMES[learner](0.5)
    learnt = nne.lifetime.learn_output_layer(
        jax.random.key(0), net, weights, batch, learn, num_iterations=20, batch_size=10
    )
    (below, above), (was_below, was_above) = net.split(learnt), net.split(weights)
    np.testing.assert_array_equal(below, was_below)
    is_bias = np.asarray(net.layers[-1].senders) == 12
    assert is_bias.sum() == 4
    assert np.all(np.asarray(above != was_above)[is_bias])


@pytest.mark.slow
def test_fixation_is_the_rule_itself_where_nothing_is_near_enough(rng):
    rule = selection.intensity(0.5)
    genotypes = jnp.asarray(rng.integers(0, 2, (50, 20)).astype(bool))
    fitness, p = jnp.asarray(rng.normal(size=50), jnp.float32), jnp.linspace(0, 1, 20)
    plain, _ = selection.apply(rule, genotypes, fitness, rule.init(p), p)
    for threshold in (0.0, 0.05, 0.2):
        fixing = selection.with_fixation(rule, threshold)
        after, _ = selection.apply(fixing, genotypes, fitness, fixing.init(p), p)
        near = np.minimum(plain, 1 - plain) <= threshold
        np.testing.assert_array_equal(after, np.where(near, np.round(plain), plain))
    assert fixing.keeps_fixed
    assert not getattr(selection.with_mutation(fixing, 0.01), "keeps_fixed", False)


def test_mutation_opens_fixed_genes_again():
    rule = selection.with_mutation(selection.with_fixation(selection.intensity(0.5), 0.1), 0.02)
    p, equal = jnp.array([0.05, 0.5, 0.97]), jnp.ones(3)
    state = rule.init(p)
    p, state = rule.update(p, equal, equal, state)
    np.testing.assert_allclose(p, [0.02, 0.5, 0.98], atol=1e-6)
    p, _ = rule.update(p, equal, equal, state)  # and close when selection does not help
    np.testing.assert_allclose(p, [0.02, 0.5, 0.98], atol=1e-6)
    p, _ = rule.update(p, 40 * equal, equal, state)
    assert p[0] > 0.3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"activation": "rely"},
            "activation=rely: give one of relu, tanh, sigmoid, gelu, silu",
        ),
        ({"activation": 3}, "activation=3: give one of relu, tanh, sigmoid, gelu, silu, or a func"),
        ({"activation": jax.nn.softmax}, "what softmax makes of a number depends on others; give"),
        ({"activation": jnp.sum}, "activation: sum does not map floats to as many floats; give a"),
        ({"activation": jnp.isnan}, "activation: isnan does not map floats to as many floats"),
        ({"activation": jnp.power}, "activation: power cannot be called with one array; give a"),
        ({"k_cap": 25}, "k_cap=25: of 24 hidden units at least 1 and at most 24 can fire."),
        ({"k_cap": 0}, "k_cap=0: give a whole number, at least 1."),
    ],
)
def test_what_no_unit_can_fire_is_refused(options, words):
    with pytest.raises(InputError, match=words):
        network(**options)


def test_chromosomes_are_of_units_that_fire_by_themselves():
    for options in ({"k_cap": 5}, {"biases": True}):
        net = network(**options)
        with pytest.raises(InputError, match="without biases and k_cap; give 1 for another model"):
            genome(net, num_chromosomes=4)
        plain = genome(network(), num_chromosomes=4)
        capped = dataclasses.replace(network(), k_cap=5)
        with pytest.raises(InputError, match="have not each the genes of as many hidden units"):
            engines.make(capped, plain, log_likelihood)
