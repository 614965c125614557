"""The sample-size frontier, shrunk and on digits, and the equations of what it is made of."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from experiments.sample_sizes import feedback_alignment, output_layers, random_layer, samples
from experiments.sample_sizes.methods import METHODS
from nne_jax.data import Batch
from nne_jax.dopamine import Primal, rules
from nne_jax.engines import memory
from nne_jax.errors import InputError
from tests.experiments.commands import run_command
from tests.experiments.pictures import assert_shows_axes

TINY = "--dataset=digits --per_class=8 --seeds=10,11 --scale=0.01".split()


def frontier(tmp_path, *arguments):
    files = f"--output={tmp_path / 'out/frontier.json'}", f"--workdir={tmp_path / 'runs'}"
    return run_command("frontier", *TINY, *files, *arguments)


def rows(tmp_path):
    return json.loads((tmp_path / "out/frontier.json").read_text())["rows"]


@pytest.mark.slow
def test_controls_and_dopamine_by_size(tmp_path):
    """What is kept is used again, by the rest of a command that was stopped too."""
    arguments = "--methods=agrel,ridge,feedback_alignment", "--per_class=8,20"
    done = frontier(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert_shows_axes(tmp_path / "out/frontier.png")
    made = rows(tmp_path)
    names = ["agrel", "ridge", "feedback_alignment"]
    assert [(row["per_class"], row["method"]) for row in made] == [
        (per_class, name) for per_class in (8, 20) for name in names
    ]
    ridge = made[4]
    assert ridge["num_images"] == 200
    assert ridge["validation"] == 20
    assert ridge["test_accuracy"]["accuracy"]["mean"] > 0.8
    tried = {one["setting"]["penalty"]: one["validation_accuracy"] for one in ridge["tried"]}
    assert tried[ridge["setting"]["penalty"]] == max(tried.values())
    parts = [json.loads((tmp_path / f"runs/digits-20-seed{seed}-ridge.json").read_text())
             for seed in (10, 11)]  # fmt: skip
    accuracies = [part["result"]["test"]["accuracy"] for part in parts]
    assert ridge["test_accuracy"]["accuracy"]["mean"] == pytest.approx(
        np.mean(accuracies), abs=1e-6
    )

    (tmp_path / "runs/digits-20-seed11-ridge.json").unlink()
    again = frontier(tmp_path, *arguments, "--resume", "--overwrite")
    assert again.returncode == 0, again.stderr
    for old, new in zip(made, rows(tmp_path), strict=True):
        assert {**new, "seconds": old["seconds"]} == old
    other = frontier(tmp_path, *arguments, "--resume", "--overwrite", "--scale=0.02")
    assert "frontier was made with" in other.stderr
    assert "give another folder" in other.stderr


@pytest.mark.slow
def test_evolution_and_lifetimes(tmp_path):
    done = frontier(tmp_path, "--methods=nne_signsgd,pbil", "--seeds=10")
    assert done.returncode == 0, done.stderr
    lifetime, pbil = rows(tmp_path)
    assert lifetime["test_accuracy"].keys() == {"sampled"}
    assert pbil["test_accuracy"].keys() == {"modal", "sampled", "mean"}
    assert len(pbil["tried"]) == 9  # three settings, stopped at three generations
    assert lifetime["test_accuracy"]["sampled"]["sd"] is None
    # the lifetime is of the frequencies that NNE's chosen setting evolved on the same sample
    assert len(list((tmp_path / "runs").glob("digits-8-seed10-intensity-*.npz"))) == 1


def toy_problem(num_images=150, num_units=12, num_classes=4):
    keys = jax.random.split(jax.random.key(3), 3)
    hidden = jax.nn.relu(jax.random.normal(keys[0], (num_images, num_units)))
    labels = jax.random.randint(keys[1], (num_images,), 0, num_classes)
    return hidden, labels, jax.random.normal(keys[2], (num_classes, num_units))


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "fired"), [("c2_minus_above", "winner"), ("agrel", "every")])
def test_images_seen_in_blocks_are_seen_one_at_a_time(rule, fired):
    """150 images are two whole blocks and a part of one."""
    hidden, labels, start = toy_problem()
    made, key, rate = rules.make(rule), jax.random.key(0), 0.02
    fast = output_layers.epoch(key, start, hidden, labels, made, fired, rate)
    order = jax.random.permutation(jax.random.split(key)[0], len(labels))
    synapses = Primal(hidden, hidden)
    state = nne.dopamine.init(synapses, made, 4, start)
    slow = nne.dopamine.scan_examples(key, state, synapses, labels, order, made, fired, rate)
    assert float(jnp.max(jnp.abs(slow.params - start))) > 0.05
    np.testing.assert_allclose(fast, slow.params, atol=2e-5)


def test_exploration_in_blocks_is_that_of_each_block():
    """Agrel, an image at a time in numpy, with the same noise."""
    hidden, labels, start = toy_problem(num_images=20)
    key, rate = jax.random.key(5), 0.1
    fast = output_layers.see_block(key, start, hidden, labels, rules.make("agrel"), "sampled", rate)
    noise = np.asarray(jax.random.gumbel(key, (20, 4)))
    weights = np.array(start, np.float64)
    for h, label, gumbel in zip(np.asarray(hidden), np.asarray(labels), noise, strict=True):
        logits = weights @ h
        z = np.exp(logits - logits.max())
        z /= z.sum()
        chosen = np.argmax(logits + gumbel)
        error = ((chosen == label) - z[chosen]) * min(1 / z[chosen], 10)
        weights[chosen] += rate * error * h
    np.testing.assert_allclose(fast, weights, atol=1e-4)


def layer_of(hidden, labels, num_classes=4):
    start = jnp.zeros((num_classes, hidden.shape[1]))
    return random_layer.RandomLayer(start, start, hidden, labels, start)


@pytest.mark.parametrize("num_images", [8, 150])
def test_ridge_in_both_forms(num_images):
    hidden, labels, _ = toy_problem(num_images)
    found = output_layers.ridge(layer_of(hidden, labels), 0.1)
    h, y = np.asarray(hidden, np.float64), np.eye(4)[np.asarray(labels)]
    gram = h.T @ h
    penalty = 0.1 * np.trace(gram) / num_images * np.eye(12)
    np.testing.assert_allclose(found, np.linalg.solve(gram + penalty, h.T @ y).T, atol=1e-5)


def test_activations_in_blocks_are_the_whole_layers(monkeypatch):
    monkeypatch.setattr(random_layer, "_IMAGES", 7)
    inputs = np.random.default_rng(0).random((20, 5), np.float32)
    weights, mean = jax.random.normal(jax.random.key(0), (9, 5)), jnp.asarray(inputs.mean(0))
    whole = np.maximum((inputs - inputs.mean(0)) @ np.asarray(weights).T, 0)
    np.testing.assert_allclose(random_layer.fire(weights, mean, inputs), whole, atol=1e-5)
    output = jax.random.normal(jax.random.key(1), (3, 9))
    logits = random_layer.fire(weights, mean, inputs, output)
    np.testing.assert_allclose(logits, whole @ np.asarray(output).T, atol=1e-4)


def toy_network():
    keys = jax.random.split(jax.random.key(1), 5)
    shapes = {"hidden": (6, 5), "output": (5, 3)}
    params = {n: jax.random.normal(k, s) for k, (n, s) in zip(keys, shapes.items(), strict=False)}
    batch = Batch(jax.random.normal(keys[2], (8, 6)), jax.random.randint(keys[3], (8,), 0, 3))
    return params, batch, jax.random.normal(keys[4], (3, 5))


def test_the_equations_of_direct_feedback_alignment():
    params, batch, feedback = toy_network()
    found = jax.grad(feedback_alignment.loss, argnums=1)(feedback, params, batch)
    x, v, w = (
        np.asarray(a, np.float64) for a in (batch.inputs, params["hidden"], params["output"])
    )
    h = np.maximum(x @ v, 0)
    z = np.exp(h @ w)
    error = (z / z.sum(1, keepdims=True) - np.eye(3)[np.asarray(batch.labels)]) / 8
    np.testing.assert_allclose(found["output"], h.T @ error, atol=1e-5)
    hidden_error = (error @ np.asarray(feedback)) * (h > 0)
    np.testing.assert_allclose(found["hidden"], x.T @ hidden_error, atol=1e-5)


def test_feedback_by_the_weights_themselves_is_back_propagation():
    params, batch, _ = toy_network()

    def loss(params):
        logits = jax.nn.relu(batch.inputs @ params["hidden"]) @ params["output"]
        return jnp.mean(nne.fitness.cross_entropy(logits, batch.labels))

    for feedback in (None, params["output"].T):
        found = jax.grad(feedback_alignment.loss, argnums=1)(feedback, params, batch)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), found,
                     jax.grad(loss)(params))  # fmt: skip


def test_sizes_of_a_data_set_with_unequal_classes():
    labels = [0] * 30 + [1] * 50
    whole = nne.data.from_arrays(np.eye(80), labels, test=(np.eye(80)[:1], [0]), name="toy")
    assert samples.size(whole, 10) == (10, 10, 10, 20)
    assert samples.size(whole, 15) == (15, 15, 15, 30)
    assert samples.size(whole, 40) == (40, 0, 15, 50)  # 30 + 50, less 15 a class
    with pytest.raises(InputError, match="class 0 of toy has 30 training images, of which 15 are"):
        samples.size(whole, 41)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--per_class=500", "--per_class=500: class 8 of digits has 131 training images"),
        ("--per_class=100", "give at most 65, or 135, the mean number, for all that are there"),
        ("--per_class=0", "--per_class=0: each must be at least 1"),
        ("--methods=sgd", "--methods=sgd: each must be one of nne, nne_signsgd"),
        ("--seeds=10,0", "--seeds=10,0: settings are chosen on seed 0, which so cannot report"),
        ("--scale=0", "--scale=0.0: must be more than 0"),
        ("--dataset=digit", "dataset=digit: unknown; give FILE.npz or one of digits, mnist"),
        ("--dataset=digits,digits", "--dataset=digits,digits: give each value once"),
    ],
)
def test_bad_input(tmp_path, argument, message):
    done = frontier(tmp_path, argument)
    assert message in done.stderr
    assert done.returncode == 1
    assert not (tmp_path / "runs").exists()


def test_without_memory_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "machine_bytes", lambda: 1000)
    assert "the machine has 0.0; give fewer images" in frontier(tmp_path, "--methods=ridge").stderr
    assert not (tmp_path / "runs").exists()


def test_every_method_tries_as_many_settings():
    assert {len(method.settings) for method in METHODS.values()} == {3}
