"""Table 2 end to end, shrunk and on digits."""

import json

import numpy as np
import pytest

from experiments import table2
from experiments.dopamine import controls, report
from experiments.dopamine.layers import Layer, width
from experiments.dopamine.variants import DELTA_RULE, Variant, variants
from nne_jax.dopamine.rules import RULES
from nne_jax.engines import memory
from nne_jax.errors import InputError
from nne_jax.runs import lock
from tests.experiments.commands import run_command
from tests.experiments.pictures import assert_shows_axes

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
    files = [f"--output={tmp_path / 'out/table2.json'}", f"--workdir={tmp_path / 'runs'}"]
    return run_command("table2", *TINY, *files, *arguments)


def rows(tmp_path):
    assert_shows_axes(tmp_path / "out/table2.png")
    result = json.loads((tmp_path / "out/table2.json").read_text())
    assert {"command", "commit", "device", "jax"} <= result.keys()
    assert result["command"].startswith("python -m experiments.table2 --dataset=digits")
    return result["rows"]


@pytest.mark.slow
def test_table2(tmp_path):
    arguments = (
        "--rules=c1 --fired_output=winner --fired_hidden=graded --controls=ridge,adam".split()
    )
    done = launch(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    made = rows(tmp_path)
    assert [row["model"] for row in made] == ["ridge", "adam", "dnn:c1"]
    assert all(row["hidden"] == 40 and row["seeds"] == [0, 1] for row in made)
    assert not any("test" in row for row in made)  # each seed's are in the work folder
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
    (tmp_path / "out/table2.json").unlink()
    kept = launch(tmp_path, *arguments, "--resume").stderr
    assert "its picture" in kept
    assert "exists; add --overwrite" in kept


@pytest.mark.slow
def test_caps(tmp_path):
    arguments = "--rules=agrel --uncertainty=0.1 --k_cap=0,5 --controls=ridge".split()
    assert launch(tmp_path, *arguments).returncode == 0
    assert [(row["model"], row["k_cap"]) for row in rows(tmp_path)] == [
        (model, k) for k in (0, 5) for model in ("ridge", "dnn:agrel")
    ]


@pytest.mark.slow
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
        (["--rules=hebb"], "--rules=hebb: each must be one of c1, c1_baseline, c2_plus_below"),
        (["--steps=1,0"], "--steps=1.0,0.0: each must be more than 0, and finite"),
        (["--epsilon1=nan"], "--epsilon1=nan: must be more than 0, and finite"),
        (["--decay=-1"], "--decay=-1.0: must be at least 0"),
        (["--decay=1e30"], "--decay=1e+30: give a number of a size from 1e-06 to 1e+06"),
        (["--steps=1,1.0"], "--steps=1.0,1.0: give each value once"),
        (["--steps=1e7"], "--steps=10000000.0: give a number of a size from 1e-06 to 1e+06"),
        (["--hidden=40,040"], "--hidden=40,40: give each value once"),
        (["--hidden=10000001"], "--hidden=10000001: give at most 10000000 units, or inf for"),
        (["--rules=c1", "--uncertainty=0.1"], "--uncertainty=0.1: has no effect without a rule"),
        (["--rules=agrel", "--epsilon1=2"], "--epsilon1=2.0: has no effect without a reading of"),
        (["--wide_gradient_epochs=3"], "=3: has no effect without adam or signsgd on more than 10"),
        (["--epochs=2147483647"], "--epochs=2147483647: must be between 1 and 1000000"),
        (["--dataset=digit"], "digit"),
        (["--per_class=400"], "class 0 of digits has 133"),
        (["--epochs=0"], "--epochs=0: must be between 1 and 1000000"),
        (["--hidden=wide"], "--hidden=wide: give whole numbers, or inf"),
        (["--hidden=0"], "--hidden=0: a layer needs at least 1 unit"),
        (["--hidden=inf", "--controls=adam"], "--hidden=inf, --k_cap=0: adam has no dual form"),
        (["--controls=sgd"], "--controls=sgd: each must be one of ridge, adam, signsgd"),
        (["--fired_output=loser"], "--fired_output=loser: each must be one of winner, threshold"),
        (["--fired_hidden=most"], "--fired_hidden=most: each must be one of graded, binary"),
        (["--uncertainty=1"], "--uncertainty=1.0: each must be"),
        (["--per_class=500"], "per_class=500, validation_per_class=10: class 0 of digits has"),
        (["--seeds=0,0"], "--seeds=0,0: give each value once"),
        (["--output=res.png"], "--output=res.png: give a file that ends in .json"),
        *(
            ([f"--{name}="], "give at least one value")
            for name in ("seeds", "hidden", "k_cap", "rules", "steps", "controls", "fired_output")
        ),
    ],
)
def test_bad_input(arguments, message, tmp_path):
    done = launch(tmp_path, *arguments)
    assert message in done.stderr
    assert done.returncode == 1
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: Layer(40, -1), "k_cap=-1: give a whole number, at least 1"),
        (lambda: Layer(0), "--hidden=0: a layer needs at least 1 unit"),
        (
            lambda: Layer(float("inf"), 4),
            "--k_cap=4: the kernel of --hidden=inf is known in closed",
        ),
        (lambda: width("wide"), "--hidden=wide: give whole numbers"),
        (
            lambda: variants(["c1"], fired_output=["loser"]),
            "fired_output=loser: unknown; the known",
        ),
        (
            lambda: variants(["c1"], fired_hidden=["most"]),
            "fired_hidden=most: unknown; the known",
        ),
        (lambda: variants(["hebb"]), "rule=hebb: unknown; the known ones are c1, c1_baseline"),
        (
            lambda: variants(["agrel"], uncertainty=[1.0]),
            "uncertainty=1.0: give a number less than 1",
        ),
        (lambda: controls.check("lasso", Layer(40)), "--controls=lasso: unknown; the known ones"),
        (lambda: controls.check("adam", Layer(40, 4)), "give --k_cap=0 or drop it"),
    ],
)
def test_bad_options(bad, message):
    with pytest.raises(InputError, match=message):
        bad()


AGREL = "--rules=agrel --fired_output=sampled --uncertainty=0.1 --controls=ridge".split()


@pytest.mark.slow
def test_a_row_of_other_settings_is_refused_before_anything_is_made(tmp_path):
    """The layer's kernels and the row before it are gone, and are not made."""
    assert launch(tmp_path, *AGREL).returncode == 0
    runs = tmp_path / "runs"
    for path in [*runs.glob("*.npz"), runs / "h40-ridge.json"]:
        path.unlink()
    before = sorted(path.name for path in runs.iterdir())
    done = launch(tmp_path, *AGREL, "--resume", "--overwrite", "--search_epochs=1")
    assert "graded-u0.1 was made with search_epochs=2, not 1; give another folder" in done.stderr
    assert sorted(path.name for path in runs.iterdir()) == before


@pytest.mark.slow
def test_a_damaged_layer_is_made_again_and_the_same(tmp_path):
    assert launch(tmp_path, *AGREL).returncode == 0
    made, path = rows(tmp_path), tmp_path / "runs" / "h40-seed1.npz"
    sound = path.read_bytes()
    path.write_bytes(sound[:5000] + bytes([sound[5000] ^ 4]) + sound[5001:])
    with pytest.warns(UserWarning, match=r"h40-seed1\.npz: its content is not what was written"):
        done = launch(tmp_path, *AGREL, "--resume", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == sound
    assert rows(tmp_path) == made


@pytest.mark.slow
def test_other_data_under_the_same_name_are_refused(tmp_path):
    def own(seed):
        inputs = np.random.default_rng(seed).random((80, 9))
        labels = np.arange(80) % 2
        np.savez(tmp_path / "own.npz", x_train=inputs, y_train=labels, x_test=inputs, y_test=labels)
        sizes = "--per_class=20", "--validation_per_class=10"
        arguments = [*AGREL, f"--dataset={tmp_path / 'own.npz'}", *sizes, "--resume", "--overwrite"]
        return launch(tmp_path, *arguments)

    assert own(0).returncode == 0
    assert "data was made with data=" in own(1).stderr
    assert own(0).returncode == 0


@pytest.mark.parametrize(
    ("megabytes", "message"),
    [
        (1, "kernels of 200 training images with 750 images need about 0.0 GiB of memory"),
        (100, "--controls=adam, --hidden=100000: activations of 200 images need about 0.3 GiB"),
    ],
)
def test_a_memory_that_is_too_small_is_said_at_once(tmp_path, monkeypatch, megabytes, message):
    monkeypatch.setattr(memory, "machine_bytes", lambda: megabytes * 2**20)
    done = launch(tmp_path, "--hidden=100000", "--controls=adam")
    assert message in done.stderr
    assert not (tmp_path / "runs").exists()


def test_two_commands_at_once(tmp_path):
    (tmp_path / "runs").mkdir()
    with lock.locked(tmp_path / "runs", ""):
        done = launch(tmp_path)
    assert done.returncode == 75
    assert "another process is at this run (process " in done.stderr


def test_uncertainties_that_differ_have_files_that_do():
    """Beyond the digits that a table shows."""
    names = [Variant("agrel", "sampled", uncertainty=u).name for u in (0.1, 0.1000001)]
    assert names == ["agrel-sampled-graded-u0.1", "agrel-sampled-graded-u0.1000001"]


@pytest.mark.slow
def test_caps_can_be_compared_without_a_look_at_the_test_set(tmp_path):
    arguments = "--rules=agrel --uncertainty=0.1 --k_cap=5 --controls=ridge --notest".split()
    done = launch(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert all(row["test_accuracy"] is None for row in rows(tmp_path))


def test_the_defaults_are_the_papers_problem():
    options = table2.Options()
    assert (options.dataset, options.per_class, options.hidden) == (
        "mnist",
        200,
        ("1000", "100000"),
    )
    assert options.rules == tuple(RULES)
    assert options.epsilon1 == 1.0


def test_sgd_is_plain_gradient_descent_and_nothing_else():
    """The delta rule of every output; with a binary trace it follows no gradient."""
    assert (
        DELTA_RULE.model == Variant("prediction_error", "every", "graded", 0.1).model == "sgd:unit"
    )
    assert Variant("prediction_error", "every", "binary").model == "dnn:prediction_error"
    assert Variant("prediction_error", "winner").model == "dnn:prediction_error"
    assert not any(name.startswith("sgd") for name in controls.CONTROLS)


@pytest.mark.parametrize(
    ("model", "hidden", "accuracy"),
    [
        ("adam", 1000, 0.9034),  # what the paper's table 2 calls SGD
        ("sgd:unit", 100_000, 0.9256),
        ("signsgd", 1000, 0.8684),
        ("dnn:agrel", 100_000, 0.9076),
        ("ridge", 1000, None),
        ("adam", 500, None),
    ],
)
def test_the_papers_numbers_beside_ours(model, hidden, accuracy):
    row = {"model": model, "hidden": hidden, "k_cap": 0}
    assert report.published(row) == accuracy
    assert report.published(row | {"k_cap": 16}) is None
