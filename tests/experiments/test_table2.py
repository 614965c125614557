"""Table 2 end to end, shrunk and on digits."""

import json
import subprocess
import sys

import jax
import numpy as np
import pytest

import nne_jax as nne
from experiments import control_rows, dopamine_rows, layers, paper_flags
from experiments.dopamine_rows import Schedule
from experiments.dopamine_variants import Variant, variants
from experiments.layers import Layer
from nne_jax import plasticity, random_features
from nne_jax.types import InputError

TINY = [
    "--dataset=digits",
    "--per_class=20",
    "--validation_per_class=10",
    "--hidden=40",
    "--seeds=0,1",
    "--epochs=6",
    "--search_epochs=2",
    "--steps=1,10",
]


def launch(tmp_path, *arguments):
    command = [sys.executable, "-m", "experiments.table2", *TINY]
    files = [f"--output={tmp_path / 'out/table2.json'}", f"--workdir={tmp_path / 'runs'}"]
    return subprocess.run([*command, *files, *arguments], capture_output=True, text=True)


def rows(tmp_path):
    assert (tmp_path / "out/table2.png").stat().st_size > 5000
    result = json.loads((tmp_path / "out/table2.json").read_text())
    assert {"command", "commit", "device", "jax"} <= result.keys()
    return result["rows"]


def test_table2(tmp_path):
    arguments = (
        "--rules=c1 --fired_output=winner --fired_hidden=graded --controls=ridge,sgd".split()
    )
    done = launch(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    made = rows(tmp_path)
    assert [row["model"] for row in made] == ["ridge", "sgd", "dnn:c1"]
    assert all(row["hidden"] == 40 and row["seeds"] == [0, 1] for row in made)
    own = json.loads((tmp_path / "runs/h40-c1-winner-graded.json").read_text())["result"]
    assert made[2]["test_accuracy"] == pytest.approx(np.mean(own["test"]), abs=1e-6)
    assert made[2]["sd"] == pytest.approx(np.std(own["test"], ddof=1), abs=1e-6)
    at_the_papers = np.mean(own["at_the_papers"]["test"])
    assert made[2]["at_the_papers"]["test_accuracy"] == pytest.approx(at_the_papers, abs=1e-6)
    assert made[0]["test_accuracy"] > 0.6
    assert "hidden  k_cap  model" in done.stdout

    assert "exists; add --overwrite" in launch(tmp_path).stderr
    again = launch(tmp_path, *arguments, "--overwrite", "--resume")
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path) == made
    other = launch(tmp_path, *arguments, "--overwrite", "--resume", "--epochs=7")
    assert "was made with epochs=6, not 7; give another folder" in other.stderr


def test_caps(tmp_path):
    arguments = "--rules=agrel --uncertainty=0.1 --k_cap=0,5 --controls=ridge".split()
    assert launch(tmp_path, *arguments).returncode == 0
    assert [(row["model"], row["k_cap"]) for row in rows(tmp_path)] == [
        (model, k) for k in (0, 5) for model in ("ridge", "dnn:agrel")
    ]


def test_the_limit_and_no_look_at_the_test_set(tmp_path):
    arguments = "--hidden=inf --rules=prediction_error --fired_output=winner --notest".split()
    done = launch(tmp_path, *arguments, "--uncertainty=0")
    assert done.returncode == 0, done.stderr
    made = rows(tmp_path)
    assert [(row["model"], row["hidden"]) for row in made] == [
        ("ridge", "inf"),
        ("dnn:prediction_error", "inf"),
    ]
    assert all(row["test_accuracy"] is None for row in made)
    assert min(row["validation_accuracy"] for row in made) > 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k_cap=50"], "k_cap=50: of 40 hidden units at least 1 and at most 40 can fire"),
        (["--rules=hebb"], "rule=hebb: unknown; the known ones are c1, c1_baseline, c2_plus_below"),
        (["--steps=1,0"], "--steps=0.0: a step must be positive, and finite"),
        (["--hidden=inf", "--controls=sgd"], "--hidden=inf, --k_cap=0: sgd has no dual form"),
        (["--per_class=500"], "per_class=500, validation_per_class=10: class 0 of digits has"),
    ],
)
def test_bad_input(arguments, message, tmp_path):
    done = launch(tmp_path, *arguments)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: Layer(40, -1), "k_cap=-1: of 40 hidden units at least 1"),
        (lambda: Layer(0), "--hidden=0: a layer needs at least 1 unit"),
        (
            lambda: Layer(float("inf"), 4),
            "--k_cap=4: the kernel of --hidden=inf is known in closed",
        ),
        (lambda: paper_flags.number("hidden", "wide", int), "--hidden=wide: give whole numbers"),
        (
            lambda: variants(["c1"], fired_output=["loser"]),
            "fired_output=loser: unknown; the known",
        ),
        (
            lambda: variants(["c1"], fired_hidden=["most"]),
            "--fired_hidden=most: unknown; the known",
        ),
        (
            lambda: variants(["agrel"], uncertainty=[1.0]),
            "uncertainty=1.0 of the reward is outside",
        ),
        (
            lambda: control_rows.check("lasso", Layer(40)),
            "--controls=lasso: unknown; the known ones",
        ),
        (lambda: control_rows.check("sgd", Layer(40, 4)), "give --k_cap=0 or drop it"),
    ],
)
def test_bad_options(bad, message):
    with pytest.raises(InputError, match=message):
        bad()


@pytest.fixture(scope="module")
def dataset():
    sizes = {"per_class": 10, "validation_per_class": 5}
    return nne.data.select(nne.data.load("digits"), layers.keys(0).data, **sizes)


@pytest.mark.parametrize("layer", [Layer(30), Layer(30, 7)])
def test_a_row_is_what_the_primal_form_learns(dataset, layer, tmp_path):
    """The launcher's dual learning of several steps at once, against one with weights."""
    layers.prepare([layer], {0: dataset}, tmp_path)
    problem = layers.load(layer, dataset, 0, tmp_path)
    variant = Variant("agrel", "sampled", "graded", 0.1)
    params, average, last, _ = dopamine_rows.learn(variant, {0: problem}, [0.05, 0.1], 4, 0.5)

    key_hidden, key_output = jax.random.split(layers.keys(0).layer)
    units = jax.numpy.arange(30)
    weights = random_features.hidden_weights(key_hidden, 64, units)
    start = random_features.output_weights(key_output, 30, 10, units)

    def fired(images):
        hidden = random_features.activations(weights, images)
        return random_features.k_cap(hidden, layer.k_cap) if layer.k_cap else hidden

    hidden = fired(dataset.train.images)
    synapses, rule = plasticity.Primal(hidden, hidden), variant.make()
    state = plasticity.init(synapses, rule, 10, start)
    labels, schedule = dataset.train.labels, (4, 0.1, 0.5, 2)
    key = layers.keys(0).learning
    state = plasticity.learn(key, state, synapses, labels, rule, "sampled", *schedule)
    kernel = problem.kernels["graded"]["test"]
    for contributions, learnt in ((params, state.params), (average, state.average)):
        logits = fired(dataset.test.images) @ learnt.T
        np.testing.assert_allclose(kernel @ contributions[0, 1].T, logits, rtol=1e-3, atol=1e-3)
    assert last.shape == (1, 2, 4)


def test_the_delta_rule_is_gradient_descent_on_one_image_at_a_time(dataset, tmp_path):
    """So that the row of the control is the plain SGD that it is said to be."""
    layers.prepare([Layer(30)], {0: dataset}, tmp_path)
    problem = layers.load(Layer(30), dataset, 0, tmp_path)
    kernel = jax.numpy.asarray(problem.kernels["graded"]["train"])
    rule, labels = nne.plasticity_rules.make("prediction_error"), dataset.train.labels
    state = plasticity.init(plasticity.Dual(kernel), rule, 10, problem.initial)
    order = jax.numpy.array([3])
    key = jax.random.key(0)
    arguments = plasticity.Dual(kernel), labels, order, rule, "every", 1.0
    params, _ = plasticity.see(key, state, *arguments)

    def loss(logits):
        return nne.fitness.cross_entropy(logits[None], labels[3:4])[0]

    gradient = jax.grad(loss)(problem.initial @ kernel[3])
    np.testing.assert_allclose(params[:, 3], -gradient, atol=1e-6)


def test_gradients_learn_and_the_rate_is_chosen_by_validation(dataset):
    schedule = Schedule([1.0], 20, 5, 0.0, 1.0, test=True)
    row = control_rows.gradient_row("sgd", Layer(60), {0: dataset}, schedule)
    assert row["tried_rates"][f"{row['learning_rate']:g}"] == max(row["tried_rates"].values())
    assert row["test"][0] > 0.7
