"""Every engine is registered in ``ENGINES`` and gets every property test from there."""

import functools
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import engines, fused, gathered, layout
from nne_jax.engines import ENGINES
from nne_jax.types import InputError
from tests import oracles

CALL = jax.jit(lambda function, *arguments: function(*arguments))
log_likelihood = functools.partial(nne.fitness.log_likelihood, temperature=3.0)
every_engine = pytest.mark.parametrize("name", ENGINES)
on_cpu = pytest.mark.parametrize("name", ["dense", "gathered"])  # not interpreted: fast enough


@pytest.fixture(scope="module")
def case():
    """20-24-4 units: three groups of two blocks; some output links are missing; 64 genotypes."""
    key = jax.random.key(11)
    net = nne.network.init(key, (20, 24, 4), (0.3, 0.8))
    gen = nne.genome.init(key, net, num_genes=40, density=0.1)
    images = jax.random.uniform(key, (70, 20))
    batch = nne.data.Batch(images, jax.random.randint(key, (70,), 0, 4))
    return net, gen, nne.population.sample(key, jnp.full(40, 0.5), 64), batch


def of_population(name, case, genotypes=None, **how):
    """Fitness by an engine; the fused one is interpreted, where there is no GPU."""
    net, gen, everybody, batch = case
    genotypes = everybody if genotypes is None else genotypes
    with mock.patch.object(fused, "problem", gathered.problem):
        return CALL(engines.make(net, gen, log_likelihood, name, **how), genotypes, batch)


def by_numpy(case, index):
    net, gen, genotypes, batch = case
    weights = oracles.dense_matrix(gen) @ np.asarray(genotypes[index], float)
    logits = oracles.logits(net, weights, batch.images)
    return -np.mean(oracles.cross_entropy(logits, batch.labels, 3.0))


@every_engine
def test_fitness_against_numpy(name, case):
    fitness = of_population(name, case)
    assert fitness.shape == (64,)
    for index in (0, 7, 63):
        np.testing.assert_allclose(fitness[index], by_numpy(case, index), rtol=2e-5)


@every_engine
def test_every_individual_as_by_the_plain_engine(name, case):
    np.testing.assert_allclose(of_population(name, case), of_population("dense", case), rtol=2e-5)


@every_engine
def test_bfloat16_rounds_operands_to_8_bits(name, case):
    """Each product is off by 2^-8 at most; what is exact in bfloat16 stays exact."""
    rounded = of_population(name, case, precision="bfloat16")
    exact = of_population(name, case)
    assert 0 < np.max(np.abs(rounded - exact)) < 0.03 * np.std(exact) + 0.01
    net, gen, genotypes, batch = case
    halves = jax.tree.map(lambda x: x, gen)
    object.__setattr__(halves, "effects", jnp.sign(gen.effects) / 2)
    coarse = net, halves, genotypes, nne.data.Batch(jnp.round(batch.images), batch.labels)
    first_layer_exact = of_population(name, coarse, precision="bfloat16")
    if name != "dense":  # whose output layer is rounded too
        np.testing.assert_allclose(first_layer_exact, of_population(name, coarse), rtol=1e-6)


@on_cpu
@pytest.mark.parametrize("chunk_size", [1, 16, 23])
def test_the_chunk_size_changes_no_bit(name, case, chunk_size):
    whole = of_population(name, case)
    np.testing.assert_array_equal(of_population(name, case, chunk_size=chunk_size), whole)


@on_cpu
def test_permuting_individuals_permutes_their_fitness(name, case):
    order = jax.random.permutation(jax.random.key(0), 64)
    permuted = of_population(name, case, case[2][order])
    np.testing.assert_array_equal(permuted, of_population(name, case)[order])


@on_cpu
def test_relabelling_the_outputs_of_all_images_changes_nothing(name, case):
    """Swapping two classes everywhere: their output links and the labels."""
    net, gen, genotypes, batch = case
    other = jnp.array([1, 0, 2, 3])
    last = net.layers[1]
    order = np.lexsort((last.senders, other[last.receivers]))
    ids = net.layers[0].num_links + order
    new_id = np.argsort(np.concatenate([np.arange(net.layers[0].num_links), ids]))
    by_link = np.argsort(new_id[gen.links], kind="stable")
    links = jnp.asarray(new_id[gen.links][by_link])
    swapped_gen = nne.genome.Genome(
        links, gen.genes[by_link], gen.effects[by_link], gen.num_links, gen.num_genes
    )
    layer = nne.network.Layer(last.senders[order], other[last.receivers][order], 24, 4)
    swapped = nne.network.Network((net.layers[0], layer))
    relabelled = nne.data.Batch(batch.images, other[batch.labels])
    np.testing.assert_allclose(
        of_population(name, (swapped, swapped_gen, genotypes, relabelled)),
        of_population(name, case),
        rtol=1e-5,
    )


@on_cpu
def test_allele_frequencies_give_the_mean_genotype(name, case):
    net, gen, _, batch = case
    p = jax.random.uniform(jax.random.key(2), (1, 40))
    weights = oracles.dense_matrix(gen) @ np.asarray(p[0], float)
    logits = oracles.logits(net, weights, batch.images)
    expected = -np.mean(oracles.cross_entropy(logits, batch.labels, 3.0))
    np.testing.assert_allclose(of_population(name, case, p)[0], expected, rtol=2e-5)


@on_cpu
def test_vmap_over_populations(name, case):
    net, gen, genotypes, batch = case
    two = jnp.stack([genotypes[:32], genotypes[32:]])
    function = engines.make(net, gen, log_likelihood, name)
    together = jax.vmap(function, (0, None))(two, batch)
    np.testing.assert_allclose(together.ravel(), of_population(name, case), rtol=2e-5)


@on_cpu
def test_it_may_be_jitted_itself(name, case):
    net, gen, genotypes, batch = case
    jitted = jax.jit(engines.make(net, gen, log_likelihood, name))
    np.testing.assert_array_equal(jitted(genotypes, batch), of_population(name, case))


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
    monkeypatch.setattr(gathered, "_BLOCK_IMAGES", 32)
    np.testing.assert_allclose(
        of_population("gathered", case), of_population("dense", case), rtol=2e-5
    )


def test_the_layout_expresses_the_weights_of_the_genome(case):
    """As a set of rows: the layout is free to order them."""
    net, gen, genotypes, _ = case
    plan = layout.by_unit(net, gen)
    assert len(plan.groups) == 3
    found = []
    for units, num_rows in zip(plan.groups, plan.num_rows, strict=True):
        express = functools.partial(gathered.express, num_rows=num_rows)
        express = jax.jit(jax.vmap(express, (0, None)))
        block = express(units, genotypes[:3].T.astype(jnp.int8))
        assert jnp.all(block[:, -1] == 0)  # the row of absent links
        found.append(np.asarray(block)[:, :-1].reshape(-1, 3))

    def sorted_rows(weights):
        rows = weights[np.any(weights != 0, axis=1)]
        return rows[np.lexsort(rows.round(4).T)]

    expected = np.asarray(nne.genome.express(gen, genotypes[:3])).T
    np.testing.assert_allclose(sorted_rows(np.concatenate(found)), sorted_rows(expected), atol=1e-6)


def test_the_fused_kernel_lowers_to_triton(case):
    """No GPU is needed to see that the kernel is one that Triton can be given."""
    net, gen, genotypes, batch = case
    function = jax.jit(lambda plan, *arguments: fused.logits(plan, *arguments))
    with mock.patch.object(jax, "default_backend", return_value="gpu"):
        traced = function.trace(fused.prepare(net, gen), genotypes, batch.images)
        text = traced.lower(lowering_platforms=("cuda",)).as_text()
    assert "xla.gpu.triton" in text


def test_auto_by_platform_and_network():
    key = jax.random.key(0)
    sparse = nne.network.init(key, (200, 600, 3), (0.1, 1.0))
    full = nne.network.init(key, (200, 600, 3), (1.0, 1.0))
    deep = nne.network.init(key, (200, 600, 20, 3), (0.1, 0.5, 1.0))
    assert [engines.choose(net) for net in (sparse, full, deep)] == ["gathered", "dense", "dense"]
    with mock.patch.object(jax, "default_backend", return_value="gpu"):
        assert [engines.choose(net) for net in (sparse, deep)] == ["dense", "dense"]
        engines.check(sparse, "fused", "bfloat16")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"engine": "fast"}, "engine=fast: unknown; the known ones are auto, dense, gathered"),
        ({"engine": "fused"}, "engine=fused: it needs a GPU, this is a cpu; possible here: dense"),
        ({"precision": "float8"}, "precision=float8: unknown; the known ones are float32, bfl"),
        ({"chunk_size": 0}, "chunk_size=0: evaluate at least 1"),
    ],
)
def test_bad_input(case, how, message):
    net, gen, *_ = case
    with pytest.raises(InputError, match=message):
        engines.make(net, gen, log_likelihood, **how)


def test_a_deep_network_is_for_the_plain_engine(small):
    message = "engine=gathered: it takes one hidden layer, this network has 2; possible here: dense"
    with pytest.raises(InputError, match=message):
        engines.make(small.net, small.gen, log_likelihood, "gathered")


def test_silent_inputs_have_no_say(case):
    net, gen, genotypes, batch = case
    images = batch.images.at[:, jnp.array([0, 3, 11])].set(0)
    fewer_net, fewer_gen = nne.genome.without_silent_inputs(net, gen, images)
    assert not set(np.asarray(fewer_net.layers[0].senders).tolist()) & {0, 3, 11}
    assert fewer_gen.links.size < gen.links.size
    weights = nne.genome.express(gen, genotypes[:3])
    fewer = nne.genome.express(fewer_gen, genotypes[:3])
    for one, other in zip(weights, fewer, strict=True):
        np.testing.assert_allclose(
            nne.phenotype.apply(fewer_net, other, images),
            nne.phenotype.apply(net, one, images),
            rtol=1e-5,
            atol=1e-5,
        )


@on_cpu
@pytest.mark.parametrize(("edge_probs", "density"), [((0.0, 0.0), 1.0), ((0.3, 1.0), 0.0)])
def test_without_links_or_genes_everybody_guesses(name, edge_probs, density):
    key = jax.random.key(0)
    net = nne.network.init(key, (6, 5, 3), edge_probs)
    gen = nne.genome.init(key, net, num_genes=4, density=density)
    batch = nne.data.Batch(jnp.ones((7, 6)), jnp.zeros(7, int))
    fitness = of_population(name, (net, gen, jnp.ones((2, 4), bool), batch))
    np.testing.assert_allclose(fitness, -np.log(3), rtol=1e-6)
