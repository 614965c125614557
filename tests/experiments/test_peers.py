"""NNE beside evosax's strategies, shrunk and on digits."""

import json
import subprocess
import sys

import jax
import numpy as np
import pytest

import nne_jax as nne
from experiments import strategies
from experiments.assemble import assemble
from experiments.config import Config

TINY = Config(hidden="16", population_size=64, batch_size=50, num_sampled=5)


def peers(tmp_path, *arguments):
    command = [sys.executable, "-m", "experiments.peers", "--dataset=digits", "--preset=digits"]
    files = [f"--output={tmp_path / 'out/peers.json'}", f"--workdir={tmp_path / 'runs'}"]
    return subprocess.run([*command, *files, *arguments], capture_output=True, text=True)


def test_nne_runs_until_it_is_as_accurate_as_asked_for(tmp_path):
    arguments = "--strategies= --seeds=0 --num_generations=60 --eval_every=5 --target=0.3".split()
    done = peers(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out/peers.json").read_text())
    assert {"command", "commit", "device", "jax", "target"} <= result.keys()
    (row,) = result["rows"]
    assert row["reached"]
    assert [accuracy >= 0.3 for _, accuracy, _ in row["curve"]].index(True) == len(row["curve"]) - 1
    assert row["generations"] == 5 * len(row["curve"]) < 60
    assert row["plain_seconds"] > 0


@pytest.mark.parametrize("name", strategies.RATES)
def test_a_strategy_learns(name):
    pytest.importorskip("evosax", reason="the extra bench is not installed")
    run = assemble(TINY)
    search = strategies.strategy(name, strategies.RATES[name][1], run, 1.0)
    state = search.state
    for generation in range(30):
        state = search.generation(state, jax.random.key(generation))
    assert search.accuracy(state) > search.accuracy(search.state) + 0.1


def test_a_strategys_fitness_is_that_of_its_weights():
    """The genome in which every link has its own gene, through the engine that sparse nets get."""
    run = assemble(TINY)
    weights = np.asarray(jax.random.normal(jax.random.key(0), (3, run.net.num_links)))
    batch = run.dataset.validation
    every = strategies.identity(run.net.num_links)
    whole = nne.evaluation.make(run.net, every, engine="gathered")(weights, batch)
    each = [nne.evaluation.accuracy(run.net, own, batch) for own in weights]
    np.testing.assert_allclose(whole, each, atol=1e-6)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--strategies=cma", "--strategies=cma: unknown; the known ones are open_es, pgpe, snes"),
        ("--preset=best", "flag --preset=best: value should be one of <digits|mnist|mnist_fast"),
    ],
)
def test_bad_input(tmp_path, argument, message):
    done = peers(tmp_path, argument)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
