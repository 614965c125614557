"""Every engine is registered in ``ENGINES`` and gets every property test from there."""

import contextlib
import dataclasses
import functools
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import engines
from nne_jax.engines import ENGINES, blocks, fused, gathered, layout
from nne_jax.engines.choice import find
from nne_jax.engines.interface import Sizes
from nne_jax.engines.silent_inputs import without_silent_inputs
from nne_jax.errors import InputError
from tests import oracles

CALL = jax.jit(lambda function, *arguments: function(*arguments))
log_likelihood = functools.partial(nne.fitness.log_likelihood, temperature=3.0)
every_engine = pytest.mark.parametrize("name", ENGINES)
on_cpu = pytest.mark.parametrize("name", ["dense", "gathered", "batched"])  # not interpreted


@pytest.fixture(scope="module")
def case():
    """20-24-4 units: three groups of two blocks; some output links are missing; 64 genotypes."""
    key = jax.random.key(11)
    net = nne.network.init(key, (20, 24, 4), (0.3, 0.8))
    gen = nne.genome.init(key, net, num_genes=40, density=0.1)
    images = jax.random.uniform(key, (70, 20))
    batch = nne.data.Batch(images, jax.random.randint(key, (70,), 0, 4))
    return net, gen, nne.population.sample(key, jnp.full(40, 0.5), 64), batch


def population_fitness(name, case, genotypes=None, **options):
    """Fitness by an engine; the fused one is interpreted."""
    net, gen, everybody, batch = case
    genotypes = everybody if genotypes is None else genotypes
    engine = fused.INTERPRETED if name == "fused" else name
    function = engines.make(net, gen, log_likelihood, engine, **options)
    return CALL(function, genotypes, batch)


def by_numpy(case, index):
    net, gen, genotypes, batch = case
    weights = oracles.dense_matrix(gen) @ np.asarray(genotypes[index], float)
    logits = oracles.logits(net, weights, batch.inputs)
    return -np.mean(oracles.cross_entropy(logits, batch.labels, 3.0))


@pytest.mark.slow
@every_engine
def test_fitness_against_numpy(name, case):
    fitness = population_fitness(name, case)
    assert fitness.shape == (64,)
    for index in (0, 7, 63):
        np.testing.assert_allclose(fitness[index], by_numpy(case, index), rtol=2e-5)


def test_a_mesh_without_an_axis_for_the_population_is_refused(case):
    with jax.set_mesh(jax.make_mesh((1,), ("rows",), (jax.sharding.AxisType.Auto,))):
        population_fitness("dense", case)  # which is not to be shared
        with pytest.raises(InputError, match="the axes rows; name one 'population', or set none"):
            population_fitness("dense", case, devices=jax.devices())


@every_engine
def test_every_individual_as_by_the_plain_engine(name, case):
    np.testing.assert_allclose(
        population_fitness(name, case), population_fitness("dense", case), rtol=2e-5
    )


@pytest.mark.slow
@every_engine
def test_bfloat16_rounds_operands_to_8_bits(name, case):
    """Each product is off by 2^-8 at most; what is exact in bfloat16 stays exact."""
    rounded = population_fitness(name, case, precision="bfloat16")
    exact = population_fitness(name, case)
    assert 0 < np.max(np.abs(rounded - exact)) < 0.03 * np.std(exact) + 0.01
    net, gen, genotypes, batch = case
    halves = dataclasses.replace(gen, effects=jnp.sign(gen.effects) / 2)
    coarse = net, halves, genotypes, nne.data.Batch(jnp.round(batch.inputs), batch.labels)
    first_layer_exact = population_fitness(name, coarse, precision="bfloat16")
    if name != "dense":  # whose output layer is rounded too
        np.testing.assert_allclose(first_layer_exact, population_fitness(name, coarse), rtol=1e-6)


@pytest.mark.slow
@on_cpu
@pytest.mark.parametrize("chunk_size", [1, 16, 23])
def test_the_chunk_size_changes_no_bit(name, case, chunk_size):
    whole = population_fitness(name, case)
    np.testing.assert_array_equal(population_fitness(name, case, chunk_size=chunk_size), whole)


@on_cpu
def test_permuting_individuals_permutes_their_fitness(name, case):
    order = jax.random.permutation(jax.random.key(0), 64)
    permuted = population_fitness(name, case, case[2][order])
    np.testing.assert_array_equal(permuted, population_fitness(name, case)[order])


@on_cpu
def test_relabelling_the_outputs_of_all_images_changes_nothing(name, case):
    """Swapping two classes everywhere: their output links and the labels."""
    net, gen, genotypes, batch = case
    other = jnp.array([1, 0, 2, 3])
    last = net.layers[1]
    order = np.lexsort((last.senders, other[last.receivers]))
    ids = net.layers[0].num_links + order
    new_id = np.argsort(np.concatenate([np.arange(net.layers[0].num_links), ids]))
    by_link = np.argsort(new_id[gen.rows], kind="stable")
    links = jnp.asarray(new_id[gen.rows][by_link])
    swapped_gen = nne.genome.Genome(
        links, gen.genes[by_link], gen.effects[by_link], None, gen.num_weights, gen.num_genes
    )
    layer = nne.network.Layer(last.senders[order], other[last.receivers][order], 24, 4)
    swapped = nne.network.Network((net.layers[0], layer))
    relabelled = nne.data.Batch(batch.inputs, other[batch.labels])
    np.testing.assert_allclose(
        population_fitness(name, (swapped, swapped_gen, genotypes, relabelled)),
        population_fitness(name, case),
        rtol=1e-5,
    )


@pytest.mark.slow
@on_cpu
def test_allele_frequencies_give_the_mean_genotype(name, case):
    net, gen, _, batch = case
    p = jax.random.uniform(jax.random.key(2), (1, 40))
    weights = oracles.dense_matrix(gen) @ np.asarray(p[0], float)
    logits = oracles.logits(net, weights, batch.inputs)
    expected = -np.mean(oracles.cross_entropy(logits, batch.labels, 3.0))
    np.testing.assert_allclose(population_fitness(name, case, p)[0], expected, rtol=2e-5)


@pytest.mark.slow
@on_cpu
def test_vmap_over_populations(name, case):
    net, gen, genotypes, batch = case
    two = jnp.stack([genotypes[:32], genotypes[32:]])
    function = engines.make(net, gen, log_likelihood, name)
    together = jax.vmap(function, (0, None))(two, batch)
    np.testing.assert_allclose(together.ravel(), population_fitness(name, case), rtol=2e-5)


@pytest.mark.slow
@on_cpu
def test_it_may_be_jitted_itself(name, case):
    net, gen, genotypes, batch = case
    jitted = jax.jit(engines.make(net, gen, log_likelihood, name))
    np.testing.assert_array_equal(jitted(genotypes, batch), population_fitness(name, case))


@pytest.mark.slow
@on_cpu
def test_nothing_is_traced_on_the_second_call(name, case):
    net, gen, genotypes, batch = case
    traces = []

    def counted(logits, labels):
        traces.append(1)
        return nne.fitness.reward(logits, labels)

    CALL(engines.make(net, gen, counted, name), genotypes, batch)
    first = len(traces)
    CALL(engines.make(net, gen, counted, name), ~genotypes, batch)
    assert len(traces) == first > 0


def test_many_blocks_of_images(case, monkeypatch):
    monkeypatch.setattr(gathered, "BLOCK_EXAMPLES", 32)
    np.testing.assert_allclose(
        population_fitness("gathered", case), population_fitness("dense", case), rtol=2e-5
    )


@pytest.mark.slow
def test_the_layout_expresses_the_weights_of_the_genome(case):
    """As a set of rows: the layout is free to order them."""
    net, gen, genotypes, _ = case
    plan = blocks.by_unit(net, gen)
    assert len(plan.groups) == 3
    found = []
    for units, num_rows in zip(plan.groups, plan.num_rows, strict=True):
        express = functools.partial(layout.express, plan, num_rows=num_rows)
        express = jax.jit(jax.vmap(express, (0, None)))
        block = express(units, genotypes[:3].T.astype(jnp.int8))
        assert jnp.all(block[:, -1] == 0)  # the row of absent links
        found.append(np.asarray(block)[:, :-1].reshape(-1, 3))

    def sorted_rows(weights):
        rows = weights[np.any(weights != 0, axis=1)]
        return rows[np.lexsort(rows.round(4).T)]

    expected = np.asarray(nne.genome.express(gen, genotypes[:3])).T
    np.testing.assert_allclose(sorted_rows(np.concatenate(found)), sorted_rows(expected), atol=1e-6)


@contextlib.contextmanager
def an_abstract_gpu():
    """A GPU to lower for where there is none: newer versions of JAX ask what kind of GPU it is."""
    if jax.__version_info__ < (0, 11):
        yield
        return
    gpu = jax.sharding.AbstractDevice("NVIDIA H100 80GB HBM3", None, "cuda")
    mesh = jax.sharding.AbstractMesh((1,), ("x",), abstract_device=gpu)
    with jax.sharding.use_abstract_mesh(mesh):
        yield


def test_the_fused_kernel_lowers_to_triton(case):
    """No GPU is needed to see that the kernel is one that Triton can be given."""
    net, gen, genotypes, batch = case
    function = jax.jit(lambda plan, *arguments: fused.logits(plan, *arguments))
    plan = blocks.by_unit(net, gen)
    with an_abstract_gpu():
        traced = function.trace(plan, genotypes, batch.inputs)
        text = traced.lower(lowering_platforms=("cuda",)).as_text()
    assert "xla.gpu.triton" in text


def test_batched_multiplies_what_links_there_are():
    """By XLA's count: a tenth of the links are a fifth of the work, with what is padded."""
    key = jax.random.key(2)
    net = nne.network.init(key, (400, 50, 4), (0.1, 1.0))
    gen = nne.genome.init(key, net, num_genes=20, density=0.05)
    batch = nne.data.Batch(jnp.ones((64, 400)), jnp.zeros(64, jnp.int32))
    genotypes = jnp.ones((64, 20), bool)

    def operations(name):
        function = engines.make(net, gen, log_likelihood, name)
        return CALL.lower(function, genotypes, batch).compile().cost_analysis()["flops"]

    assert operations("batched") < 0.2 * operations("dense")


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


@pytest.mark.slow
@every_engine
def test_weights_of_no_genes(name, case, rng):
    """``base``: all engines add w0, also where silent inputs are left out."""
    net, gen, genotypes, batch = case
    base = jnp.asarray(rng.normal(size=net.num_links), jnp.float32)
    moved = dataclasses.replace(gen, base=base)
    inputs = batch.inputs.at[:, 3].set(0)
    weights = oracles.dense_matrix(gen) @ np.asarray(genotypes[5], float) + np.asarray(base)
    logits = oracles.logits(net, weights, inputs)
    expected = -np.mean(oracles.cross_entropy(logits, batch.labels, 3.0))
    quiet = net, moved, genotypes, nne.data.Batch(inputs, batch.labels)
    for options in ({}, {"inputs": inputs}):
        actual = population_fitness(name, quiet, **options)[5]
        np.testing.assert_allclose(actual, expected, rtol=2e-5)


@pytest.mark.slow
@on_cpu
def test_equal_shapes_share_one_program(name, case):
    """Another network of equal shapes, another temperature, an equal partial: nothing is traced."""
    net, gen, genotypes, batch = case
    traces = []

    def counted(logits, labels, temperature):
        traces.append(1)
        return nne.fitness.log_likelihood(logits, labels, temperature)

    function = jax.jit(lambda function, *arguments: function(*arguments))
    other = dataclasses.replace(gen, effects=-gen.effects)
    counts = []
    for genome in (gen, other):
        bound = functools.partial(counted, temperature=3.0)
        function(engines.make(net, genome, bound, name), genotypes, batch)
        counts.append(len(traces))
    assert counts[0] == counts[1] > 0
    for temperature in (1.0, 2.0):
        traced = jax.tree_util.Partial(counted, temperature=temperature)
        found = function(engines.make(net, gen, traced, name), genotypes, batch)
        counts.append(len(traces))
    assert counts[2] == counts[3] > counts[1]
    plain = functools.partial(nne.fitness.log_likelihood, temperature=2.0)
    expected = engines.make(net, gen, plain, name)(genotypes, batch)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.slow
@on_cpu
def test_it_may_be_pickled(name, case):
    net, gen, genotypes, batch = case
    function = engines.make(net, gen, log_likelihood, name)
    again = pickle.loads(pickle.dumps(function))
    np.testing.assert_array_equal(again(genotypes, batch), function(genotypes, batch))


def test_under_jit_the_plain_engine_is_built(case):
    net, gen, genotypes, batch = case

    @jax.jit
    def inside(net, gen):
        return engines.make(net, gen, log_likelihood)(genotypes, batch)

    np.testing.assert_allclose(inside(net, gen), population_fitness("dense", case), rtol=1e-6)
    with pytest.raises(InputError, match="engine=gathered: it is laid out on the host"):
        jax.jit(lambda net, gen: engines.make(net, gen, log_likelihood, "gathered"))(net, gen)


def test_a_deep_network_is_for_the_plain_engine(small):
    message = "engine=gathered: it takes one hidden layer, this network has 2; possible here: dense"
    with pytest.raises(InputError, match=message):
        engines.make(small.net, small.gen, log_likelihood, "gathered")


@pytest.mark.slow
def test_silent_inputs_have_no_say(case):
    net, gen, genotypes, batch = case
    images = batch.inputs.at[:, jnp.array([0, 3, 11])].set(0)
    fewer_net, fewer_gen = without_silent_inputs(net, gen, images)
    assert not set(np.asarray(fewer_net.layers[0].senders).tolist()) & {0, 3, 11}
    assert fewer_gen.rows.size < gen.rows.size
    weights = nne.genome.express(gen, genotypes[:3])
    fewer = nne.genome.express(fewer_gen, genotypes[:3])
    for one, other in zip(weights, fewer, strict=True):
        np.testing.assert_allclose(
            nne.phenotype.apply(fewer_net, other, images),
            nne.phenotype.apply(net, one, images),
            rtol=1e-5,
            atol=1e-5,
        )
    quiet = net, gen, genotypes, nne.data.Batch(images, batch.labels)
    np.testing.assert_allclose(
        population_fitness("gathered", quiet, inputs=images),
        population_fitness("gathered", quiet),
        rtol=1e-5,
    )


@on_cpu
@pytest.mark.parametrize(("edge_probs", "density"), [((0.0, 0.0), 1.0), ((0.3, 1.0), 0.0)])
def test_without_links_or_genes_everybody_guesses(name, edge_probs, density):
    key = jax.random.key(0)
    net = nne.network.init(key, (6, 5, 3), edge_probs)
    gen = nne.genome.init(key, net, num_genes=4, density=density)
    batch = nne.data.Batch(jnp.ones((7, 6)), jnp.zeros(7, jnp.int32))
    fitness = population_fitness(name, (net, gen, jnp.ones((2, 4), bool), batch))
    np.testing.assert_allclose(fitness, -np.log(3), rtol=1e-6)


@pytest.mark.parametrize("name", ["dense", "gathered", "layered", "batched", "packed"])
def test_a_network_is_laid_out_without_a_program_for_each_shape(name, caplog):
    key = jax.random.key(5)
    net = nne.network.init(key, (19, 21, 3), (0.4, 1.0))
    gen = nne.genome.init(key, net, num_genes=37, density=0.15)
    inputs = np.ones((5, 19)) * (np.arange(19) > 2)
    with jax.log_compiles():
        made = engines.make(
            net, gen, log_likelihood, "gathered" if name == "packed" else name, inputs=inputs
        )
        if name == "packed":
            made.without_fixed(np.where(np.arange(37) % 3, 0.0, 0.5))
    compiled = [r.getMessage() for r in caplog.records if "XLA compilation" in r.getMessage()]
    assert not compiled
