"""``experiments.theory`` end to end, shrunk."""

import json

import numpy as np
import pytest

from experiments.theory import PARTS
from tests.experiments.commands import run_command
from tests.experiments.pictures import assert_shows_axes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of all parts."""
    folder = tmp_path_factory.mktemp("theory")
    sizes = "--scale=0.01", "--num_inputs=3", "--genes_per_input=20"
    done = run_command("theory", f"--output_dir={folder}", *sizes)
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(PARTS)
    return folder


def result(folder, part):
    return json.loads((folder / f"theory_{part}.json").read_text())


@pytest.mark.slow
def test_every_part_leaves_a_result_and_a_figure(folder):
    assert len(PARTS) == 10
    names = {f"theory_{part}.{kind}" for part in PARTS for kind in ("json", "png")}
    assert {path.name for path in folder.iterdir()} == names
    for part in PARTS:
        assert_shows_axes(folder / f"theory_{part}.png")


@pytest.mark.slow
def test_lemma_1(folder):
    found = result(folder, "lemma1")
    assert found["largest_error_of_gradient"] < 1e-12
    assert found["slope"] == pytest.approx(-0.5, abs=0.1)
    ratio = np.divide(found["measured_standard_error"], found["predicted_standard_error"])
    assert np.all(np.abs(ratio - 1) < 0.35)


@pytest.mark.slow
def test_theorem_1(folder):
    found = result(folder, "theorem1")
    assert found["smallest_decrease_less_bound"] >= 0
    assert max(row["largest_rise"] for row in found["above"]) == 0
    last = found["above"][-1]  # an ε with which everybody's relative fitness counts as 0
    assert last["epsilon"] > 10 * found["largest_epsilon_of_positive_fitness"]
    assert len(set(last["loss"])) == 1


@pytest.mark.slow
def test_multiplicative_weights(folder):
    found = result(folder, "multiplicative_weights")
    assert max(found["error_of_logit_gain"]) < 1e-12
    assert found["slope_exponential_weights"] > 1.8
    assert found["slope_replicator_equation"] > 0.9


@pytest.mark.slow
def test_drift_and_fixation(folder):
    for row in result(folder, "drift")["rows"]:
        np.testing.assert_allclose(row["measured"], row["expected"], rtol=0.6)
    for row in result(folder, "fixation")["rows"]:
        assert abs(row["measured"] - row["expected"]) < 5 * row["standard_error"] + 0.02


@pytest.mark.slow
def test_provenance_and_that_no_result_is_overwritten(tmp_path):
    arguments = (
        "theory",
        "--part=multiplicative_weights",
        "--scale=0.01",
        f"--output_dir={tmp_path}",
    )
    assert run_command(*arguments).returncode == 0
    found = result(tmp_path, "multiplicative_weights")
    assert {"command", "commit", "device", "jax", "seed"} <= found.keys()
    assert max(found["error_of_logit_gain"]) < 1e-12
    assert_shows_axes(tmp_path / "theory_multiplicative_weights.png")
    done = run_command(*arguments)
    assert done.returncode == 1
    assert "theory_multiplicative_weights.json: exists; add --overwrite" in done.stderr
    assert run_command(*arguments, "--overwrite").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epsilon=0.5"], "epsilon=0.5: Theorem 1 needs"),  # before lemma1 starts
        (["--part=learning", "--genes_per_input=0.5"], "num_inputs=10: W p cannot reach"),
        (
            ["--part=learning", "--genes_per_row=11"],
            "genes_per_row=11: give a whole number from 1 to",
        ),
        (["--part=lemma2"], "--part=lemma2: each must be one of lemma1"),
        (["--part=lemma1,lemma1"], "--part=lemma1,lemma1: give each value once"),
        (["--scale=0"], "--scale=0.0: must be more than 0"),
        (["--num_inputs=ten"], "--num_inputs=ten: give whole numbers"),
        (["--num_inputs="], "--num_inputs=: give at least one value"),
        (["--num_inputs=0"], "--num_inputs=0: each must be at least 1"),
        (["--genes_per_input=nan"], "--genes_per_input=nan: each must be more than 0, and finite"),
        (["--part="], "--part=: give at least one value"),
        (["--part=cosine", "--num_inputs=100000"], "GiB of memory, the machine has"),
        (["--part=cosine", "--num_inputs=1000000000000"], "must be at most 2147483647"),
        (["--part=learning", "--genes_per_input=1e6"], "GiB of memory, the machine has"),
        (["--part=theorem1", "--epsilon=1e-300"], "=1e-300: give a number of a size from 1e-37"),
        (["--seed=4294967296"], "--seed=4294967296: must be between 0 and 4294967295"),
        (["--seed=99999999999999999999"], "must be between 0 and 4294967295"),
        (["--part=drift", "--epsilon=0.01"], "has no effect without --part=theorem1"),
        (["--part=lemma1", "--num_inputs=3,4"], "--num_inputs=3,4: has no effect without"),
        (["lemma1"], "lemma1: is no option"),
        (["--output_dir=/dev/null/x"], "theory_lemma1.json: cannot be written"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing_behind(tmp_path, arguments, message):
    done = run_command("theory", f"--output_dir={tmp_path}", *arguments)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("theory: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
