"""Runs whose fixed genes are folded into the weights on the way."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.errors import InputError
from nne_jax.runs import repack
from tests.runs.toys import quiet, same, start, timeless, walk

NUM_GENES = 60


def a_network(rule, population_size=32):
    """A step and a first state; truncation of a small population fixes genes soon."""
    key = jax.random.key(4)
    net = nne.network.init(key, (20, 12, 4), (0.3, 1.0))
    gen = nne.genome.init(key, net, NUM_GENES, density=0.05)
    fitness = nne.engines.make(net, gen, nne.fitness.log_likelihood, "gathered")
    step = nne.evolution.make_generation_step(fitness, rule, population_size)
    state = nne.evolution.init(key, NUM_GENES, rule)
    batch = nne.data.Batch(jax.random.uniform(key, (30, 20)), jnp.arange(30) % 4)
    return step, state, nne.data.Minibatches(batch, 20)


@pytest.fixture
def often(monkeypatch):
    """A look every 2 generations; what was folded in is noted."""
    folded, fold = [], repack.Repacking._fold
    monkeypatch.setattr(repack, "_FEWER", 1.3)
    for module in (repack, nne.runs.loop):
        monkeypatch.setattr(module, "EVERY", 2)

    def noted(self, frequencies, state):
        folded.append((int(state.generation), int(np.sum(np.asarray(frequencies) != 0.5))))
        fold(self, frequencies, state)

    monkeypatch.setattr(repack.Repacking, "_fold", noted)
    return folded


@pytest.mark.slow
def test_it_is_the_same_run_to_rounding_and_goes_on_to_the_bit(tmp_path, often):
    step, state, batches = a_network(nne.selection.truncation(0.4))
    plain, plain_rows = quiet(step, state, batches, 24)
    assert not often
    ended, rows = quiet(step, state, batches, 24, tmp_path / "straight", repack=True, block_size=2)
    straight = list(often)
    assert len(straight) >= 2
    assert all(generation % 2 == 0 for generation, _ in straight)
    assert 0.2 * NUM_GENES < straight[0][1] < straight[1][1]
    for one, other in zip(rows, plain_rows, strict=True):
        assert one["fitness_mean"] == pytest.approx(other["fitness_mean"], rel=1e-4)
    np.testing.assert_allclose(ended.allele_freqs, plain.allele_freqs, rtol=1e-4, atol=1e-6)

    for first_stop in {straight[0][0], straight[0][0] + 1, straight[1][0]}:
        often.clear()
        folder = tmp_path / str(first_stop)
        quiet(step, state, batches, first_stop, folder, repack=True)
        again, again_rows = quiet(step, state, batches, 24, folder, repack=True)
        same(again, ended)
        assert timeless(again_rows) == timeless(rows)
    with pytest.raises(InputError, match="holds a run with another repack"):
        quiet(step, state, batches, 40, tmp_path / "straight")


def test_a_step_whose_lost_alleles_come_back_is_refused():
    truncation = nne.selection.truncation(0.2)
    for rule in (nne.selection.with_mutation(truncation, 0.01), nne.selection.umda(0.5)):
        step, state, batches = a_network(rule)
        with pytest.raises(InputError, match="with this FromFrequencies alleles that are lost may"):
            quiet(step, state, batches, 5, repack=True)
    for rate, comes_back in ((0.01, True), (0.0, False), (jnp.float32(0), False)):
        step = nne.wright_fisher.make_generation_step(step.population_fitness, truncation, rate)
        assert step.keeps_fixed is not comes_back


def test_a_step_that_cannot_fold_genes_in_is_refused():
    with pytest.raises(InputError, match="repack: function has no without_fixed; give a Generat"):
        quiet(walk, start(), None, 5, repack=True)
    step = nne.evolution.make_generation_step(
        functools.partial(np.sum, axis=1), nne.selection.intensity(1.0), 10
    )
    with pytest.raises(InputError, match="population_fitness: Partial has no without_fixed; make"):
        step.without_fixed(jnp.ones(4))


@pytest.mark.slow
def test_a_model_of_ones_own_and_a_living_population():
    """Drift alone fixes every gene of four individuals; the model is a sum of weights."""
    gen = nne.genome.init(jax.random.key(0), {"w": jnp.zeros(5)}, 12, density=0.5)
    fitness = nne.engines.per_individual(lambda params, batch: jnp.sum(params["w"]), gen)
    step = nne.wright_fisher.make_generation_step(fitness, nne.selection.truncation(0.5))
    state = nne.wright_fisher.init(jax.random.key(1), 12, 4)
    plain, rows = quiet(step, state, None, 60)
    found, own = quiet(step, state, None, 60, repack=True)
    assert jnp.all((found.allele_freqs == 0) | (found.allele_freqs == 1))
    np.testing.assert_array_equal(found.genotypes, plain.genotypes)
    assert own[-1]["fitness_mean"] == pytest.approx(rows[-1]["fitness_mean"], rel=1e-5)


@pytest.mark.slow
def test_a_larger_population_later_leaves_out_the_same_genes_and_goes_on_to_the_bit(
    tmp_path, often
):
    rule = nne.selection.truncation(0.4)
    step, state, batches = a_network(rule)
    larger, *_ = a_network(rule, population_size=64)
    options = {"later": [(15, larger, batches)], "repack": True}
    plain, _ = quiet(step, state, batches, 24, later=options["later"])
    ended, rows = quiet(step, state, batches, 24, tmp_path / "straight", **options)
    assert often[0][0] < 15
    np.testing.assert_allclose(ended.allele_freqs, plain.allele_freqs, rtol=1e-4, atol=1e-6)
    for first_stop in (14, 15, 18):
        folder = tmp_path / str(first_stop)
        quiet(step, state, batches, first_stop, folder, **options)
        again, again_rows = quiet(step, state, batches, 24, folder, **options)
        same(again, ended)
        assert timeless(again_rows) == timeless(rows)
