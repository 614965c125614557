"""A recorded run is the run, and its tree sequence says what happened in it."""

import json
import re
from pathlib import Path

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tskit

import nne_jax as nne
from nne_jax import evolution, selection, wright_fisher
from nne_jax.adapters.tskit import record
from nne_jax.theory import genetics

GUIDE = Path(__file__).parents[2] / "docs" / "genealogy.md"
SIZE, GENES, GENERATIONS = 20, 12, 60
START = wright_fisher.init(jax.random.key(1), GENES, SIZE)


def ones(genotypes, batch):
    return jnp.sum(genotypes, axis=1)


def neutral(genotypes, batch):
    return jnp.ones(genotypes.shape[0])


def make(mutation_rate=0.02, recombination_rate=0.1, fitness=ones):
    rule = selection.intensity(0.2)
    return wright_fisher.make_generation_step(fitness, rule, mutation_rate, recombination_rate)


@pytest.fixture(scope="module")
def recorded():
    """The last state and its tree sequence."""
    state, _, ts = record(make(), START, None, GENERATIONS, simplify_every=25)
    p = np.asarray(state.allele_freqs)
    assert 2 < np.sum((p > 0) & (p < 1)) < GENES  # some genes vary, some are fixed
    return state, ts


def drawn(step, state, num_generations):
    """By generation: the inheritance that a step draws, asked for beside it."""
    for _ in range(num_generations):
        key, _ = evolution.generation_keys(state)
        fitness = step.population_fitness(state.genotypes, None)
        inheritance = jax.tree.map(np.asarray, step.reproduction.inheritance(key, state, fitness))
        children = inheritance.children(np.asarray(state.genotypes))
        state, _ = evolution.evolve(step, state, None, 1)
        np.testing.assert_array_equal(children, state.genotypes)
        yield inheritance


@pytest.mark.slow
def test_states_and_metrics_are_those_of_evolve_to_the_bit():
    step = make()
    start = START._replace(fittest=nne.generation.no_fittest(GENES))
    state, history, _ = record(step, start, None, 7, simplify_every=3)
    chex.assert_trees_all_equal((state, history), evolution.evolve(step, start, None, 7))
    later, more, _ = record(step, state, None, 4)
    chex.assert_trees_all_equal((later, more), evolution.evolve(step, state, None, 4))


@pytest.mark.slow
def test_a_network_on_minibatches_too(small):
    rule = selection.intensity(0.5)
    fitness = nne.engines.make(small.net, small.gen, nne.fitness.reward)
    step = wright_fisher.make_generation_step(fitness, rule, 0.05, 0.2)
    start = wright_fisher.init(jax.random.key(5), small.gen.num_genes, 12)
    batches = nne.data.Minibatches(small.batch, 4)
    state, history, ts = record(step, start, batches, 5)
    chex.assert_trees_all_equal((state, history), evolution.evolve(step, start, batches, 5))
    np.testing.assert_array_equal(ts.genotype_matrix().T, state.genotypes)


def test_samples_are_the_living_in_their_order(recorded):
    state, ts = recorded
    np.testing.assert_array_equal(ts.samples(), np.arange(SIZE))
    np.testing.assert_array_equal(ts.genotype_matrix().T, state.genotypes)
    np.testing.assert_array_equal(ts.sites_position, np.arange(GENES))
    for row in (0, SIZE - 1):
        assert ts.individual(ts.node(row).individual).metadata == {
            "generation": GENERATIONS,
            "row": row,
        }


def test_diversity_and_spectrum_are_those_of_the_frequencies(recorded):
    state, ts = recorded
    counts = np.sum(np.asarray(state.genotypes), axis=0)
    p = counts / SIZE
    expected = np.sum(2 * p * (1 - p)) * SIZE / (SIZE - 1)
    assert ts.diversity(span_normalise=False) == pytest.approx(expected, rel=1e-12)
    spectrum = ts.allele_frequency_spectrum(polarised=True, span_normalise=False)
    np.testing.assert_array_equal(spectrum[1:SIZE], np.bincount(counts, minlength=SIZE + 1)[1:SIZE])


def test_linkage_disequilibrium_is_this_package_s(recorded):
    state, ts = recorded
    x = np.asarray(state.genotypes, float)
    varies = np.flatnonzero(x.std(axis=0) > 0).astype(np.int32)
    r2 = ts.ld_matrix(sites=[varies])
    np.testing.assert_allclose(r2, np.corrcoef(x[:, varies].T) ** 2, atol=1e-12)
    mean = r2[np.triu_indices(len(varies), 1)].mean()
    assert mean == pytest.approx(float(genetics.linkage_disequilibrium(state.genotypes)), rel=1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_every_gene_comes_from_the_parent_that_was_drawn(rate):
    """Nobody forgotten: a generation's nodes are in a row, as are its mutations' individuals."""
    step, number = make(0.05, rate), 6
    _, _, ts = record(step, START, None, number, simplify_every=None)
    nodes = np.arange((number + 1) * SIZE).reshape(number + 1, SIZE)
    np.testing.assert_array_equal(
        ts.nodes_time[nodes], np.arange(number, -1, -1)[:, None] + 0 * nodes
    )
    parent_of = np.full((ts.num_nodes, GENES), tskit.NULL)
    for edge in ts.edges():
        parent_of[edge.child, int(edge.left) : int(edge.right)] = edge.parent
    mutated = np.zeros((ts.num_nodes, GENES), bool)
    mutated[ts.mutations_node, ts.mutations_site] = True
    np.testing.assert_array_equal(parent_of[nodes[0]], tskit.NULL)
    np.testing.assert_array_equal(mutated[nodes[0]], START.genotypes)
    for born, inheritance in enumerate(drawn(step, START, number), start=1):
        first, second = nodes[born - 1][inheritance.parents][:, :, None]
        expected = np.where(inheritance.from_second, second, first)
        np.testing.assert_array_equal(parent_of[nodes[born]], expected)
        np.testing.assert_array_equal(mutated[nodes[born]], inheritance.mutated)
    np.testing.assert_array_equal(ts.mutations_time, ts.nodes_time[ts.mutations_node])


def test_without_recombination_there_is_one_tree():
    _, _, ts = record(make(recombination_rate=0.0), START, None, GENERATIONS)
    assert ts.num_trees == 1
    assert len(ts.first().roots) == 1  # 20 lines, 60 generations


def content(ts):
    """Edges and mutations in no order, of individuals by generation and row."""
    born = [ts.individual(node.individual).metadata for node in ts.nodes()]
    name = [(metadata["generation"], metadata["row"]) for metadata in born]
    edges = {(edge.left, edge.right, name[edge.parent], name[edge.child]) for edge in ts.edges()}
    mutations = {(m.site, name[m.node], m.time, m.derived_state) for m in ts.mutations()}
    assert (len(edges), len(mutations)) == (ts.num_edges, ts.num_mutations)
    return edges, mutations


@pytest.mark.parametrize("every", [1, 7, None])
def test_who_is_forgotten_meanwhile_does_not_matter(recorded, every):
    _, expected = recorded
    _, _, ts = record(make(), START, None, GENERATIONS, simplify_every=every)
    if every is None:
        assert ts.num_individuals == (GENERATIONS + 1) * SIZE
        ts = ts.simplify(filter_sites=False, keep_input_roots=True)
    assert content(ts) == content(expected)


def test_founders_are_of_any_generation():
    step = make()
    middle, _ = evolution.evolve(step, START, None, 30)
    state, _, ts = record(step, middle, None, 9)
    np.testing.assert_array_equal(ts.genotype_matrix().T, state.genotypes)
    roots = {root for tree in ts.trees() for root in tree.roots}
    assert {ts.nodes_time[root] for root in roots} == {9}
    for root in roots:  # its alleles are those of its row then
        born = ts.individual(ts.node(root).individual).metadata
        assert born["generation"] == 30
        carried = [m.site for m in ts.mutations() if m.node == root and m.time == 9]
        assert middle.genotypes[born["row"], jnp.array(carried, int)].all()


@pytest.mark.slow
def test_two_lines_meet_after_n_generations_without_selection():
    """A pair meets in a generation with probability 1/N; the genes of a run share its parents."""
    step, ages = make(0.0, 0.5, neutral), []
    for seed in range(8):
        start = wright_fisher.init(jax.random.key(seed), 40, 10)
        _, _, ts = record(step, start, None, 100, simplify_every=20)
        ages.append(ts.diversity(mode="branch") / 2)  # mean over pairs and genes
    error = np.std(ages, ddof=1) / np.sqrt(len(ages))
    assert error < 0.6
    assert np.mean(ages) == pytest.approx(10, abs=3 * error)


def test_provenance_names_the_run(recorded):
    _, ts = recorded
    told = json.loads(ts.provenance(ts.num_provenances - 1).record)
    tskit.validate_provenance(told)
    assert told["software"] == {"name": "nne_jax", "version": nne.__version__}
    parameters = told["parameters"]
    assert parameters["num_generations"] == GENERATIONS
    assert parameters["mutation_rate"] == 0.02
    assert parameters["key"] == np.asarray(jax.random.key_data(START.key)).tolist()


@pytest.mark.slow
def test_the_guide_prints_what_it_says(capsys):
    program, printed = re.findall(r"```\w+\n(.*?)```", GUIDE.read_text(), re.S)
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        exec(compile(program, GUIDE.name, "exec"), {"__name__": "guide"})
    assert capsys.readouterr().out == printed
