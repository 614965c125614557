"""NNE beside evosax's strategies, shrunk and on digits."""

import importlib.util
import json
from functools import partial

import jax
import numpy as np
import pytest

import nne_jax as nne
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.speed import strategies
from experiments.speed.jobs import Job
from tests.experiments.commands import run_command
from tests.experiments.with_evosax import evosax_or_skip

TINY = Config(hidden=(16,), population_size=64, batch_size=50, num_sampled=5, temperature=1.0)


def peers(tmp_path, *arguments):
    files = f"--output={tmp_path / 'out/peers.json'}", f"--workdir={tmp_path / 'runs'}"
    return run_command("peers", "--dataset=digits", "--preset=digits", *files, *arguments)


@pytest.mark.slow
def test_nne_runs_until_it_is_as_accurate_as_asked_for(tmp_path):
    sizes = "--seeds=0 --num_generations=60 --eval_every=5 --target=0.3".split()
    done = peers(tmp_path, "--strategies=none", *sizes)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out/peers.json").read_text())
    assert {"command", "commit", "device", "jax", "target"} <= result.keys()
    (row,) = result["rows"]
    assert row["reached"]
    assert [accuracy >= 0.3 for _, accuracy, _ in row["curve"]].index(True) == len(row["curve"]) - 1
    assert row["generations"] == 5 * len(row["curve"]) < 60
    assert row["plain_seconds"] > 0
    # what is stored is found again, and not taken for a run of other settings
    again = peers(tmp_path, "--strategies=none", *sizes, "--resume", "--overwrite")
    assert json.loads((tmp_path / "out/peers.json").read_text())["rows"] == [row], again.stderr
    other = peers(tmp_path, "--strategies=none", *sizes, "--resume", "--overwrite", "--target=0.2")
    assert "nne-seed0-60 was made with target=0.3, not 0.2; give another folder" in other.stderr


def test_a_stored_run_is_known_by_everything_that_it_depends_on():
    """Every field of its config is among the settings."""
    settings = Job("snes", TINY, "a1b2", rate=1.0).settings
    own = {"model": "snes", "data": "a1b2", "rate": 1.0, "target": 1.0}
    assert settings.items() >= own.items()
    assert settings.items() >= {"engine": "auto", "chunk_size": 0, "temperature": 1.0}.items()
    elsewhere = {"data_dir", "workdir", "progress"}  # where files are, and what is shown
    assert settings.keys() == vars(TINY).keys() - elsewhere | own.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", strategies.RATES)
def test_a_strategy_learns(name):
    with evosax_or_skip():
        search = strategies.strategy(name, strategies.RATES[name][1], assemble(TINY))
        state = search.state
        for generation in range(30):
            state = search.generation(state, generation)
    assert search.accuracy(state) > search.accuracy(search.state) + 0.1


@pytest.mark.slow
def test_a_strategys_fitness_is_that_of_its_weights():
    """The genome in which every link has its own gene, through the engine that sparse nets get."""
    run = assemble(TINY)
    weights = jax.random.normal(jax.random.key(0), (3, run.net.num_links))
    batch = run.dataset.validation
    every = nne.genome.identity(run.net)
    fraction_correct = nne.fitness.fraction_correct
    whole = nne.engines.make(run.net, every, fraction_correct, "gathered")(weights, batch)
    logits = map(partial(nne.phenotype.apply, run.net, inputs=batch.inputs), weights)
    each = [fraction_correct(z, batch.labels) for z in logits]
    np.testing.assert_allclose(whole, each, atol=1e-6)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--strategies=cma", "--strategies=cma: each must be one of open_es, pgpe, snes, none"),
        ("--strategies=none,snes", "--strategies=none,snes: give none alone, or leave it out"),
        ("--strategies=none --population_size=3", "--population_size=3: has no effect without"),
        ("--strategies=none --temperature=3", "--temperature=3.0: has no effect without a strat"),
        ("--strategies=none --seeds=0,1,0", "--seeds=0,1,0: give each value once"),
        ("--strategies=none --precision=float64", "must be one of float32, bfloat16"),
        ("--strategies=none --target=nan", "--target=nan: must be between 0 and 1"),
        ("--preset=best", "--preset=best: must be one of digits, mnist, mnist_fast"),
    ],
)
def test_bad_input(tmp_path, argument, message):
    done = peers(tmp_path, *argument.split())
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_without_evosax_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = peers(tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        'peers: --strategies: evosax is missing; pip install "nne_jax[bench]", or '
        "--strategies=none for NNE alone.\n"
    )
    assert not (tmp_path / "runs").exists()
