"""NNE beside its peers, shrunk and on digits."""

import dataclasses
import importlib.util
import json

import jax
import numpy as np
import pytest

import nne_jax as nne
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.run.presets import PRESETS
from experiments.speed import jobs, settings, strategies, targets
from experiments.speed.jobs import Job
from experiments.speed.search import Search
from experiments.speed.targets import Tried
from tests.experiments.commands import run_command
from tests.experiments.pictures import assert_shows_axes
from tests.experiments.with_evosax import evosax_or_skip

TINY = Config(hidden=(16,), population_size=64, batch_size=50, num_sampled=5, temperature=1.0)
SETTING = {"hidden": [16], "edge_prob": 1.0, "population_size": 64, "batch_size": 50,
           "deviation": 0.05, "rate_decay": 0.01, "rate": 0.03}  # fmt: skip
SIZES = "--seeds=10 --search_seeds=0 --search_seconds=0.2 --seconds=0.4 --targets=0.2,0.995".split()


def peers(tmp_path, *arguments):
    files = f"--output={tmp_path / 'out/peers.json'}", f"--workdir={tmp_path / 'runs'}"
    return run_command("peers", "--dataset=digits", "--per_class=0", *files, *arguments)


@pytest.fixture
def small(monkeypatch):
    """Spaces whose networks and populations take no time."""
    sizes = {"hidden": ([16],), "population_size": (64,), "batch_size": (20, 50)}
    spaces = {name: {**space, **sizes} for name, space in settings.SPACES.items()}
    spaces["nne"] |= {"num_genes": (200, 400), "num_chromosomes": (4, 8)}
    monkeypatch.setattr(settings, "SPACES", spaces)
    monkeypatch.setattr(settings, "KNOWN", {})


@pytest.mark.slow
def test_every_model_is_searched_and_reported_and_what_is_kept_is_found_again(tmp_path, small):
    models = "--models=nne,rank_one", "--search_settings=2"
    done = peers(tmp_path, *models, *SIZES)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out/peers.json").read_text())
    assert {"command", "commit", "device", "jax"} <= result.keys()
    names = ["nne sampled", "nne modal", "nne mean", "rank_one"]
    each = [(name, target) for name in names for target in (0.2, 0.995)]
    assert [(row["model"], row["target"]) for row in result["rows"]] == each
    for row in result["rows"]:
        images = row["setting"]["population_size"] * row["setting"]["batch_size"]
        if row["reached"]:
            assert row["image_evaluations"] == images * row["generations"]
            assert row["best_validation"] >= row["target"]
    assert not any(row["reached"] for row in result["rows"] if row["target"] == 0.995)
    assert {row["best_peer"] for row in result["ratios"]} <= {"rank_one", None}
    assert {row["model"] for row in result["runs"]} == {"nne", "rank_one"}
    assert_shows_axes(tmp_path / "out/peers.png")
    searched = {path.name for path in (tmp_path / "runs").glob("search-*.json")}
    assert len(searched) == 4
    # with --resume nothing is made again, and no run is taken for one of other settings
    again = peers(tmp_path, *models, *SIZES, "--resume", "--overwrite")
    assert json.loads((tmp_path / "out/peers.json").read_text())["rows"] == result["rows"]
    assert again.returncode == 0
    other = peers(tmp_path, *models, *SIZES, "--search_seconds=0.3", "--resume", "--overwrite")
    assert "was made with seconds=0.2, not 0.3; give another folder" in other.stderr


def test_a_stored_run_is_known_by_everything_that_it_depends_on():
    """Every field of its config is among the settings."""
    job = Job("snes", SETTING, TINY, "a1b2", {"mean": 0.9}, 3.0)
    own = {"model": "snes", "data": "a1b2", "setting": SETTING, "goals": {"mean": 0.9}}
    assert job.settings.items() >= own.items()
    elsewhere = {
        "data_dir",
        "workdir",
        "progress",
        "tensorboard",
    }  # where files are, and what is shown
    assert job.settings["base"].keys() == vars(TINY).keys() - elsewhere
    assert job.settings.keys() == {*own, "seconds", "test", "base"}
    assert dataclasses.replace(job, test=True).name != job.name


@pytest.fixture
def clock(monkeypatch):
    """Each generation takes a second, and makes the network more accurate by a tenth."""
    ticks = iter(range(10**6))
    monkeypatch.setattr(jobs.time, "perf_counter", lambda: float(next(ticks)))
    search = Search(0, lambda state, _: state + 1, lambda state, _: {"mean": state / 10})
    monkeypatch.setattr(Job, "search", lambda self: (search, None, None))


@pytest.mark.parametrize(
    ("goal", "seconds", "generations"), [(0.4, 9.0, 4), (0.45, 9.0, 5), (1.0, 3.0, 3), (0.4, 2, 2)]
)
def test_a_run_ends_at_its_goal_or_when_its_time_is_over(clock, goal, seconds, generations):
    made = jobs.evolve(Job("snes", SETTING, TINY, "", {"mean": goal}, seconds, test=True))
    assert made["curve"] == [[g, float(g), g / 10] for g in range(1, generations + 1)]
    assert made["test"] == {"mean": generations / 10}
    assert made["generations"] == made["seconds"] == generations


def test_a_run_that_does_not_rise_any_more_ends(clock, monkeypatch):
    """Its best look is after 4 s; at 12 s it has waited three times as long."""
    search = Search(0, lambda state, _: state + 1, lambda state, _: {"mean": min(state, 4) / 10})
    monkeypatch.setattr(Job, "search", lambda self: (search, None, None))
    made = jobs.evolve(Job("snes", SETTING, TINY, "", {"mean": 0.5}, 100.0))
    assert made["generations"] == 13


def test_weights_that_are_no_numbers_end_a_run(clock, monkeypatch):
    search = Search(0, lambda state, _: state, lambda *_: {"mean": float("nan")})
    monkeypatch.setattr(Job, "search", lambda self: (search, None, None))
    made = jobs.evolve(Job("snes", SETTING, TINY, "", {"mean": 0.5}, 100.0))
    assert made["curve"] == [[1, 1.0, 0.0]]


@pytest.mark.slow
@pytest.mark.parametrize("name", strategies.RATES)
def test_a_strategy_learns(name):
    with evosax_or_skip():
        run = assemble(TINY)
        rate = nne.selection.hyperbolic(strategies.RATES[name], 0.01)
        search = strategies.strategy(name, run, strategies.DEVIATION, rate)
        state = search.state
        for generation in range(30):
            state = search.generation(state, generation)
        before, after = (search.accuracy(s, run.dataset.validation) for s in (search.state, state))
    assert after["mean"] > before["mean"] + 0.1


@pytest.mark.slow
def test_a_strategys_fitness_is_that_of_its_weights():
    """The genome in which every link has its own gene, through the engine that sparse nets get."""
    run = assemble(TINY)
    weights = jax.random.normal(jax.random.key(0), (3, run.net.num_links))
    batch = run.dataset.validation
    every = nne.genome.identity(run.net)
    fraction_correct = nne.fitness.fraction_correct
    whole = nne.engines.make(run.net, every, fraction_correct, "gathered")(weights, batch)
    logits = [nne.phenotype.apply(run.net, w, inputs=batch.inputs) for w in weights]
    each = [fraction_correct(z, batch.labels) for z in logits]
    np.testing.assert_allclose(whole, each, atol=1e-6)


def test_settings_found_by_hand_are_among_those_that_are_tried():
    fast, *_ = settings.settings_of("nne", 4)
    config = settings.config_of(fast, PRESETS["mnist"])
    assert (config.hidden, config.num_genes, config.temperature) == ((1000,), 2000, 30.0)
    assert "selection_intensity" not in fast  # of no effect beside truncation
    for model in settings.SPACES:
        drawn = settings.settings_of(model, 12)
        assert len({settings.name_of(setting) for setting in drawn}) == 12
        assert drawn[:5] == settings.settings_of(model, 5)


def test_a_small_space_has_fewer_settings(small):
    space = settings.SPACES["rank_one"]
    number = int(np.prod([len(values) for values in space.values()]))
    assert len(settings.settings_of("rank_one", 1000)) == number == 2 * 4 * 4 * 4


# generation, seconds, sampled, modal, mean
ONE = [[1, 1.0, 0.3, 0.5, 0.5], [2, 2.0, 0.5, 0.6, 0.65], [4, 4.0, 0.55, 0.75, 0.7]]
OTHER = [[1, 3.0, 0.1, 0.7, 0.2], [2, 6.0, 0.6, 0.7, 0.3]]


def test_each_network_and_target_has_the_setting_that_is_there_soonest():
    searched = {"one": [ONE, ONE], "other": [OTHER, OTHER]}
    goals = targets.goals(searched, "nne", (0.5, 0.6, 0.7, 0.9))
    # modal 0.5 and 0.6 by one after 2 s, 0.7 by the other after 3 s, 0.9 by the more accurate one
    assert goals == {
        "one": {"sampled": 0.5, "modal": 0.9, "mean": 0.9},
        "other": {"sampled": 0.9, "modal": 0.7},
    }
    late = [[1, 3.5, 0.1, 0.2, 0.2]]  # what is not there on every seed comes last
    assert targets.choose({"one": [ONE, late], "other": [OTHER, OTHER]}, 3, 0.5) == "other"


def test_rows_are_of_the_runs_on_the_seeds_that_are_reported():
    setting = {"hidden": [16], "population_size": 10, "batch_size": 5}
    runs = [{"curve": ONE}, {"curve": [[3, 6.0, 0.5, 0.9, 0.4]]}]
    tried = Tried("nne", {"one": setting}, {"one": [ONE]}, {"one": runs})
    sampled, _, modal, _, mean, _ = targets.rows(tried, (0.75, 0.5))
    assert sampled["seconds"] == {"mean": 4.0, "sd": pytest.approx(2.828427)}
    assert (sampled["generations"], sampled["image_evaluations"]) == (2.5, 125)
    assert (modal["target"], modal["seconds"]["mean"]) == (0.5, 3.5)
    assert (mean["model"], mean["reached"], mean["seconds"]["mean"]) == ("nne mean", 1, 1.0)
    rows = targets.rows(tried, (0.6,))
    assert [(row["reached"], row["of"]) for row in rows] == [(0, 2), (2, 2), (1, 2)]
    assert rows[0]["seconds"] is None
    line = dict(targets.frontier(tried)["nne modal"])
    assert line[0.5] == 3.5
    assert max(line) == 0.75
    # where the setting that was soonest in the search has ended, the other ones' line goes on
    later = [{"curve": [[9, 9.0, 0.5, 0.9, 0.9]]}]
    both = {"one": setting, "other": setting}, {"one": [ONE], "other": [OTHER]}
    line = dict(targets.frontier(Tried("nne", *both, {"one": runs, "other": later}))["nne modal"])
    assert (line[0.5], line[0.75], line[0.8], max(line)) == (3.5, 5.0, 9.0, 0.9)
    sooner = [{"curve": [[9, 1.0, 0.5, 0.9, 0.9]]}]  # who is there is at all lower ones too
    line = dict(targets.frontier(Tried("nne", *both, {"one": runs, "other": sooner}))["nne modal"])
    assert set(line.values()) == {1.0}


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--models=cma", "--models=cma: each must be one of nne, open_es, pgpe, snes, rank_one"),
        ("--models=nne,nne", "--models=nne,nne: give each value once"),
        ("--models=nne --seeds=0,1,0", "--seeds=0,1,0: give each value once"),
        ("--models=nne --seeds=1,12", "1 is among --search_seeds, on which settings are chosen"),
        ("--models=nne --precision=float64", "must be one of float32, bfloat16"),
        ("--models=nne --targets=nan", "--targets=nan: each must be "),
        ("--models=nne --targets=0.5,1.01", "at most 1"),
        ("--models=nne --search_settings=0", "--search_settings=0: must be between 1 and 10000"),
        ("--models=nne --search_seconds=0", "--search_seconds=0.0: must be more than 0"),
        ("--models=nne --seconds=inf", "--seconds=inf: must be more than 0, and finite"),
        ("--models=rank_one --per_class=3", "--models=rank_one, hidden 128-128, edge_prob 1.0, N"),
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
        'peers: --models: evosax is missing; pip install "nne_jax[bench]", or '
        "--models=nne,rank_one.\n"
    )
    assert not (tmp_path / "runs").exists()
