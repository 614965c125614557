"""What is timed is what it is said to be; how long it takes is no matter of a test."""

import importlib.util
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from experiments import benchmark
from experiments.speed import cases, fixed, genes, haplotypes, timing
from experiments.speed.cases import Case, Scale
from tests.experiments.commands import run_command
from tests.experiments.pictures import assert_shows_axes
from tests.experiments.with_evosax import evosax_or_skip

TINY = Scale((20, 12, 4), 0.3, 40, 0.1, 16, 30)


@pytest.mark.slow
def test_the_textbook_generation_is_the_same_function():
    """Fixed alleles stay; from p = 1/2 it moves as the package's own functions say."""
    function, (net, dense, key, p, batch) = cases.textbook(TINY)
    np.testing.assert_array_equal(function(net, dense, key, np.round(p), batch), np.round(p))
    after = function(net, dense, key, p, batch)
    genotypes = jax.random.bernoulli(key, jnp.broadcast_to(p, (16, 40)))
    _, gen = cases.draw(TINY)
    fitness = nne.engines.make(net, gen, nne.fitness.reward, "dense")(genotypes, batch)
    expected = nne.selection.weak_selection(
        p, *nne.selection.marginal_fitness(genotypes, fitness), 1.0
    )
    np.testing.assert_allclose(after, expected, rtol=1e-5)


@pytest.mark.slow
def test_every_engine_times_the_same_generation():
    one, other = (cases.by_engine(TINY, name, "float32", None) for name in ("dense", "gathered"))
    (after, _), (again, _) = (
        function(*own) for function, own in (one.generation, other.generation)
    )
    np.testing.assert_allclose(after.allele_freqs, again.allele_freqs, rtol=1e-4)
    fitness, again = (function(*own) for function, own in (one.forward, other.forward))
    np.testing.assert_allclose(fitness, again, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["open_es", "snes"])
def test_evosax_moves_its_mean(name):
    with evosax_or_skip():
        function, arguments = cases.evosax(TINY, name)
        state = function(*arguments)
    assert np.all(np.isfinite(state.mean))
    assert np.any(state.mean != arguments[2].mean)


def test_useful_flops_are_those_of_links_that_exist():
    assert TINY.useful_flops == pytest.approx(2 * (20 * 12 * 0.3 + 12 * 4) * 16 * 30)


@pytest.fixture
def quick_rounds(monkeypatch):
    """A round ends after a call, instead of after a second."""
    monkeypatch.setattr(timing, "_LEAST", 0.0)


def test_every_case_is_timed_once_a_round(quick_rounds):
    own = {"sum": Case(lambda x: x + 1, (1.0,)), "product": Case(lambda x: 2 * x, (3.0,))}
    rows, results = timing.in_turn(own, rounds=4)
    assert {case: float(value) for case, value in results.items()} == {"sum": 2, "product": 6}
    for case, row in rows.items():
        assert row["case"] == case
        assert len(row["seconds"]) == 4
        assert 0 < min(row["seconds"]) <= timing.median(row) < row["compile_seconds"]


def test_memory_is_that_of_the_arrays(quick_rounds):
    numbers = jnp.ones(1000)
    rows, _ = timing.in_turn({"sum": Case(lambda x: x + 1, (numbers,))}, rounds=1)
    assert rows["sum"]["array_bytes"] == 2 * numbers.nbytes  # the argument and the result


@pytest.fixture
def tiny(quick_rounds, monkeypatch):
    """All that the command times, in sizes that take no time."""
    monkeypatch.setattr(timing, "_PEAK_SIZES", {"cpu": 32})
    monkeypatch.setattr(benchmark, "_SIZES", {"population_size": (8, 16), "num_images": (30,)})
    for name in ("digits", "s200"):
        monkeypatch.setitem(cases.SCALES, name, TINY)


@pytest.mark.slow
def test_the_command_times_engines_and_peers_in_turn(tiny, tmp_path):
    output = tmp_path / "out/benchmark.json"
    only = "--rounds=2", "--engines=dense,gathered", "--precisions=float32", "--peers=textbook"
    done = run_command("benchmark", f"--output={output}", *only)
    assert done.returncode == 0, done.stderr
    result = json.loads(output.read_text())
    ours = [
        f"{engine}, float32{part}" for engine in ("dense", "gathered") for part in ("", ", forward")
    ]
    assert [row["case"] for row in result["rows"]] == [*ours, "textbook"]
    assert all(len(row["seconds"]) == 2 for row in result["rows"])
    errors = [row["fitness_error_over_sd"] for row in result["rows"] if "forward" in row["case"]]
    assert errors[0] == 0
    assert errors[1] < 1e-3
    assert result["ratios"]["digits"].keys() == {"textbook", "forward_fraction"}
    assert not output.with_suffix(".png").exists()


@pytest.mark.slow
def test_the_command_draws_the_cost(tiny, tmp_path):
    output = tmp_path / "out/benchmark.json"
    done = run_command("benchmark", "--scale=cost", "--rounds=1", f"--output={output}")
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["cost"]
    sizes = [("population_size", 8), ("population_size", 16), ("num_images", 30)]
    assert [(row["varied"], row["size"]) for row in rows] == sizes
    assert_shows_axes(output.with_suffix(".png"))


@pytest.mark.slow
def test_the_command_times_generations_with_fixed_genes(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(fixed, "NETWORKS", {"tiny": TINY})
    monkeypatch.setattr(fixed, "FRACTIONS", (0.0, 0.75))
    output = tmp_path / "out/benchmark.json"
    done = run_command("benchmark", "--scale=fixed", "--rounds=2", f"--output={output}")
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["fixed"]
    assert [(row["network"], row["fixed"]) for row in rows] == [("tiny", 0.0), ("tiny", 0.75)]
    assert all(len(row[name]) == 2 for row in rows for name in ("plain", "packed"))
    assert all(row["fitness_error_over_sd"] < 1e-3 for row in rows)
    assert "75% fixed" in done.stdout
    assert_shows_axes(output.with_suffix(".png"))


@pytest.mark.slow
def test_the_command_times_generations_that_share_haplotypes(tmp_path, monkeypatch):
    shape = haplotypes.Shape(8, 0.1, 40, 20, num_chromosomes=4, num_haplotypes=4)
    monkeypatch.setattr(haplotypes, "NETWORKS", {"tiny": shape})
    monkeypatch.setattr(haplotypes, "POPULATIONS", (16, 32))
    monkeypatch.setattr(timing, "_LEAST", 0.01)
    output = tmp_path / "out/benchmark.json"
    done = run_command("benchmark", "--scale=haplotypes", "--rounds=2", f"--output={output}")
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["haplotypes"]
    assert [(row["network"], row["population_size"]) for row in rows] == [
        ("tiny", 16),
        ("tiny", 32),
    ]
    kinds = {"own", "shared", *(["shared_by_all"] if jax.device_count() > 1 else [])}
    for row in rows:
        assert {name for name in row if name.startswith(("own", "shared"))} == kinds
        assert all(len(row[kind]) == 2 for kind in kinds)
    assert ("ms on all devices" in done.stdout) == (len(kinds) > 2)
    assert "times as fast" in done.stdout
    assert_shows_axes(output.with_suffix(".png"))


def test_haplotypes_are_shared_on_one_device_and_on_all_of_several():
    shape = haplotypes.Shape(8, 0.1, 40, 20, num_chromosomes=4, num_haplotypes=4)
    assert list(haplotypes._cases(shape, 16, None)) == ["own", "shared"]
    twice = [jax.devices()[0]] * 2
    made = haplotypes._cases(shape, 16, twice)
    numbers = [len(case.arguments[0].devices) for case in made.values()]
    assert dict(zip(made, numbers, strict=True)) == {"own": 2, "shared": 1, "shared_by_all": 2}


@pytest.mark.slow
def test_the_command_times_generations_by_the_number_of_genes(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(genes, "_HIDDEN", (8,))
    monkeypatch.setattr(genes, "NUMBERS", (20, 40))
    output = tmp_path / "out/benchmark.json"
    done = run_command("benchmark", "--scale=genes", "--rounds=2", f"--output={output}")
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["genes"]
    assert [(row["network"], row["num_genes"]) for row in rows] == [
        ("784-8-10", 20),
        ("784-8-10", 40),
    ]
    for row in rows:
        assert len(row["generation"]) == len(row["sampling and selection"]) == 2
        assert row["share"] > 0
    assert_shows_axes(output.with_suffix(".png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engines=fused"], "engine=fused: it needs a GPU, this is a cpu; possible here: dense"),
        (
            ["--engines=fast"],
            "--engines=fast: each must be one of dense, gathered, layered, batched, fused",
        ),
        (["--precisions=float8"], "--precisions=float8: each must be one of float32, bfloat16"),
        (["--peers=cma"], "--peers=cma: each must be one of textbook, open_es, snes, none"),
        (["--engines="], "--engines=: give at least one value"),
        (["--engines=dense,dense"], "--engines=dense,dense: give each value once"),
        (["--peers=none,textbook"], "--peers=none,textbook: give none alone"),
        (["--scale=cost", "--engines=dense"], "has no effect without another --scale than cost"),
        (["--scale=fixed", "--peers=none"], "has no effect without another --scale than fixed"),
        (["--rounds=1e9"], "--rounds=1e9: give a whole number"),
        (["--rounds=10000000000"], "--rounds=10000000000: must be at most 2147483647"),
    ],
)
def test_bad_input(arguments, message, tmp_path):
    output = tmp_path / "out/benchmark.json"
    done = run_command("benchmark", f"--output={output}", *arguments)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "GFLOP" not in done.stdout  # before anything is measured
    assert not output.parent.exists()


def test_without_evosax_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = run_command("benchmark", f"--output={tmp_path / 'benchmark.json'}")
    assert done.stderr == (
        'benchmark: --peers: evosax is missing; pip install "nne_jax[bench]", or '
        "--peers=textbook.\n"
    )
    assert not list(tmp_path.iterdir())
