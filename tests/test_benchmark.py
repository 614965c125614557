"""What is timed is what it is said to be; how long it takes is no matter of a test."""

import jax
import numpy as np
import pytest

import nne_jax as nne
from experiments import benchmark_cases
from experiments.benchmark_cases import Scale

TINY = Scale((20, 12, 4), 0.3, 40, 0.1, 16, 30)


def test_the_textbook_generation_is_the_same_function():
    """Fixed alleles stay; from p = 1/2 it moves as the package's own functions say."""
    function, (net, dense, key, p, batch) = benchmark_cases.textbook(TINY)
    np.testing.assert_array_equal(function(net, dense, key, np.round(p), batch), np.round(p))
    after = function(net, dense, key, p, batch)
    genotypes = jax.random.bernoulli(key, p, (16, 40))
    _, gen = benchmark_cases.draw(TINY)
    fitness = nne.engines.population_fitness(net, gen, genotypes, batch, nne.fitness.reward)
    expected = nne.selection.weak_selection(
        p, *nne.selection.marginal_fitness(genotypes, fitness), 1.0
    )
    np.testing.assert_allclose(after, expected, rtol=1e-5)


def test_every_engine_times_the_same_generation():
    generations, forwards = zip(
        *(benchmark_cases.by_engine(TINY, name, "float32", None) for name in ("dense", "gathered")),
        strict=True,
    )
    (one, _), (other, _) = (step(*arguments) for step, arguments in generations)
    np.testing.assert_allclose(one.allele_freqs, other.allele_freqs, rtol=1e-4)
    fitness, again = (forward(*arguments) for forward, arguments in forwards)
    np.testing.assert_allclose(fitness, again, rtol=1e-4)


@pytest.mark.parametrize("name", ["open_es", "snes"])
def test_evosax_moves_its_mean(name):
    pytest.importorskip("evosax", reason="the extra bench is not installed")
    function, arguments = benchmark_cases.evosax(TINY, name)
    state = function(*arguments)
    assert np.all(np.isfinite(state.mean))
    assert np.any(state.mean != arguments[2].mean)


def test_useful_flops_are_those_of_links_that_exist():
    assert TINY.useful_flops == pytest.approx(2 * (20 * 12 * 0.3 + 12 * 4) * 16 * 30)
