"""The open questions, shrunk and on digits, and the measures that they are answered by."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from experiments import open_questions
from experiments.questions import architecture, arms, changing, compared, convolution, plots
from experiments.questions.asked import SHARED, ask
from experiments.questions.trajectories import evolve
from experiments.run.assemble import assemble
from nne_jax.data import Batch
from tests.experiments.commands import run_command
from tests.experiments.pictures import assert_shows_axes

DIGITS = {"dataset": "digits", "data_dir": "", "per_class": 40, "validation_per_class": 20}
TINY = "--dataset=digits --per_class=40 --seeds=10 --scale=0.01".split()


def asked(folder, seeds=(10, 11)):
    return ask(seeds, 0.02, folder, **DIGITS)


@pytest.fixture(scope="module")
def run():
    return assemble(asked(None).config(seed=10))


@pytest.mark.slow
def test_arms_choose_on_one_seed_and_report_on_others(tmp_path):
    weak, strong = {"selection_intensity": 1e-4}, {"selection_intensity": 3.0}
    both = [
        compared.Arm("a choice", {"num_genes": 4000}, (weak, strong)),
        compared.Arm("none", {"num_genes": 2000}, (weak,)),
    ]
    question = asked(tmp_path)
    rows = compared.compare(question, both, more=lambda run, state: {"seed": run.config.seed})
    choice, none = rows
    best = max(one["validation"] for one in choice["tried"])
    assert {"setting": choice["setting"], "validation": best} in choice["tried"]
    assert none["setting"] == weak
    assert not none["tried"]
    assert [one["seed"] for one in choice["each"]] == [10, 11]
    mean = np.mean([one["test"]["modal"] for one in choice["each"]])
    assert choice["test_accuracy"]["modal"]["mean"] == pytest.approx(mean, abs=1e-6)
    looks = none["each"][0]["looks"]
    assert [look["generation"] for look in looks] == list(range(1, 13))
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(kept) == 2 + 2 + 2
    again = compared.compare(question, both, more=lambda run, state: {"seed": run.config.seed})
    assert again == rows
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept
    for figure in (plots.bars_and_curves, plots.fixation):
        assert figure(rows).axes[0].get_xlabel().startswith("test accuracy")


@pytest.mark.slow
def test_a_run_with_looks_is_the_run(run):
    state, _ = nne.evolution.evolve(run.step, run.state, run.batches, run.config.num_generations)
    np.testing.assert_array_equal(evolve(run).state.allele_freqs, state.allele_freqs)


@pytest.mark.slow
def test_fixed_genes_leave_the_work_and_nothing_else_changes():
    config = asked(None).config(fixation_threshold=0.2, selection_intensity=3.0, seed=10)
    packed = assemble(dataclasses.replace(config, repack=True))
    plain, fixed = evolve(assemble(config)), evolve(packed)
    assert plain.looks[-1]["fixed"] > 0.2
    np.testing.assert_allclose(fixed.state.allele_freqs, plain.state.allele_freqs, atol=1e-3)


@pytest.mark.slow
def test_a_command_asks_one_question(tmp_path):
    places = f"--workdir={tmp_path / 'runs'}", f"--output_dir={tmp_path / 'out'}"
    done = run_command("open_questions", *TINY, "--question=architecture", *places)
    assert done.returncode == 0, done.stderr
    assert_shows_axes(tmp_path / "out/question_architecture.png")
    rows = json.loads((tmp_path / "out/question_architecture.json").read_text())["rows"]
    evolved, random, adam, dopamine, before = rows
    assert random["test_accuracy"]["modal"]["mean"] > 0.5
    assert adam["measured"]["kept_by_size"]["mean"] <= 1
    assert dopamine["test_accuracy"]["modal"]["mean"] > before["test_accuracy"]["modal"]["mean"]
    image = evolved["each"][0]["images"][0]
    assert len(image) == 64
    assert sum(image) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--question=all"], "--question=all: each must be one of expression, fixation, depth, ar"),
        (["--seeds=0,1"], "--seeds=0,1: settings are chosen on seed 0, which so cannot report"),
        (["--per_class=1"], "--per_class=1: must be at least 2"),
        (["--scale=0"], "--scale=0.0: must be more than 0"),
    ],
)
def test_what_is_asked_wrongly(options, words, tmp_path):
    done = run_command("open_questions", *TINY, *options, f"--workdir={tmp_path / 'runs'}")
    assert done.returncode == 1
    assert words in done.stderr


def test_every_question_but_the_genealogy_is_there():
    assert list(open_questions.QUESTIONS) == [
        "expression", "fixation", "depth", "architecture", "cap", "ploidy", "linkage",
        "changing_task",
    ]  # fmt: skip


def test_pruning_leaves_the_largest_of_each_layer():
    net = nne.network.init(jax.random.key(0), (4, 3, 2), (1.0, 1.0))
    weights = jnp.arange(1.0, 19.0) * jnp.where(jnp.arange(18) % 2, 1, -1)
    pruned = architecture._pruned(net, weights, np.abs(weights), 0.5, None)
    is_left = np.repeat([False, True, False, True], [6, 6, 3, 3])
    expected = np.where(is_left, weights, 0)
    np.testing.assert_array_equal(pruned, expected)
    one_layer = architecture._pruned(net, weights, np.abs(weights), 0.5, 1)
    np.testing.assert_array_equal(one_layer[:12], weights[:12])


def test_effective_fan_in_counts_links_of_equal_size():
    net = nne.network.init(jax.random.key(0), (4, 2), (1.0,))
    equal = np.array([1.0, 1, 1, 1, 2, 2, 0, 0])  # four links, then two
    assert architecture._effective_fan_in(net.layers[0], equal) == 3.0


def test_tasks_change_the_labels_or_the_digits(run):
    first, second = changing._tasks(run, "labels permuted")
    labels = np.asarray(run.dataset.train.labels)
    np.testing.assert_array_equal(first["train"].labels, labels)
    other = np.asarray(second["train"].labels)
    assert np.all(other != labels)
    assert all(len(set(other[labels == c])) == 1 for c in range(10))
    assert sorted(set(other)) == list(range(10))
    early, late = changing._tasks(run, "digits 0-4, then 5-9")
    for split in ("train", "validation", "test"):
        assert set(np.asarray(early[split].labels)) == set(range(5))
        assert set(np.asarray(late[split].labels)) == set(range(5, 10))


def test_a_convolution_against_loops(rng):
    images = rng.random((3, 36)).astype(np.float32)
    patches = convolution._patches(Batch(jnp.asarray(images), jnp.zeros(3, int)))
    params = {
        name: rng.normal(size=leaf.shape).astype(np.float32)
        for name, leaf in convolution._params(patches.inputs.shape, 4).items()
    }
    padded = np.pad(images.reshape(3, 6, 6), ((0, 0), (1, 2), (1, 2)))  # SAME, of stride 2
    places = np.zeros((3, 3, 3, 8))
    for i in range(3):
        for j in range(3):
            patch = padded[:, 2 * i : 2 * i + 5, 2 * j : 2 * j + 5].reshape(3, 25)
            places[:, i, j] = np.maximum(patch @ params["filters"] + params["bias"], 0)
    pooled = np.stack([[places[:, a : a + 2, b : b + 2].max((1, 2)) for b in (0, 2)]
                       for a in (0, 2)])  # fmt: skip
    logits = np.moveaxis(pooled, 2, 0).reshape(3, -1) @ params["output"]
    as_arrays = jax.tree.map(jnp.asarray, params)
    found = convolution._score(lambda logits, labels: logits, as_arrays, patches)
    np.testing.assert_allclose(found, logits, rtol=1e-4, atol=1e-4)


def test_expected_links_are_those_of_a_network():
    net = nne.network.init(jax.random.key(0), (784, 200, 100, 10), (0.1, 0.1, 1.0))
    assert arms._expected_links(784, (200, 100)) == pytest.approx(net.num_links, rel=0.03)


def test_shrunk_questions_are_of_runs_that_can_be(tmp_path):
    for scale in (0.003, 0.03, 1.0):
        question = ask((10,), scale, tmp_path, **DIGITS)
        for changes in ({}, SHARED, {"ploidy": 2}, {"num_genes": 20_000}):
            question.config(**changes)
