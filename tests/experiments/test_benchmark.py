"""What is timed is what it is said to be; how long it takes is no matter of a test."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from experiments import benchmark_cases, benchmark_timing
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


def test_every_case_is_timed_once_a_round():
    cases = {"sum": (lambda x: x + 1, (1.0,)), "product": (lambda x: 2 * x, (3.0,))}
    rows, results = benchmark_timing.in_turn(cases, rounds=4)
    assert {case: float(value) for case, value in results.items()} == {"sum": 2, "product": 6}
    for case, row in rows.items():
        assert row["case"] == case
        assert len(row["seconds"]) == 4
        assert 0 < min(row["seconds"]) <= benchmark_timing.median(row) < row["compile_seconds"]


def test_memory_is_that_of_the_arrays():
    numbers = jnp.ones(1000)
    rows, _ = benchmark_timing.in_turn({"sum": (lambda x: x + 1, (numbers,))}, rounds=1)
    assert rows["sum"]["array_bytes"] == 2 * numbers.nbytes  # the argument and the result


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engines=fused"], "engine=fused: it needs a GPU, this is a cpu; possible here: dense"),
        (["--engines=fast"], "engine=fast: unknown; the known ones are auto, dense, gathered"),
        (["--precisions=float8"], "precision=float8: unknown; the known ones are float32, bfl"),
        (["--peers=cma"], "--peers=cma: known are textbook, open_es, snes"),
    ],
)
def test_bad_input(arguments, message, tmp_path):
    output = tmp_path / "out/benchmark.json"
    command = [sys.executable, "-m", "experiments.benchmark", f"--output={output}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "GFLOP" not in done.stdout  # before anything is measured
    assert not output.parent.exists()
