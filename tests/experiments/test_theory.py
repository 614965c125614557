"""``python -m experiments.theory`` end to end, shrunk."""

import json
import subprocess
import sys

import numpy as np
import pytest

PARTS = (
    "lemma1 theorem1 multiplicative_weights reachability cosine learning trajectories drift "
    "fixation linkage"
).split()


def theory(folder, *arguments):
    command = [sys.executable, "-m", "experiments.theory", f"--output_dir={folder}", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of all parts."""
    folder = tmp_path_factory.mktemp("theory")
    done = theory(folder, "--scale=0.01", "--num_inputs=3", "--genes_per_input=20")
    assert done.returncode == 0, done.stderr
    for part in PARTS:
        assert (folder / f"theory_{part}.png").stat().st_size > 5000
    return {
        part: json.loads((folder / f"theory_{part}.json").read_text()) for part in PARTS
    }, folder


def test_the_statements(results):
    result, _ = results
    assert result["lemma1"]["largest_error_of_gradient"] < 1e-12
    assert result["lemma1"]["slope"] == pytest.approx(-0.5, abs=0.1)
    ratio = np.divide(
        result["lemma1"]["measured_standard_error"], result["lemma1"]["predicted_standard_error"]
    )
    assert np.all(np.abs(ratio - 1) < 0.35)
    assert result["theorem1"]["smallest_decrease_less_bound"] >= 0
    assert result["theorem1"]["above"][-1]["largest_rise"] > 0
    assert max(result["multiplicative_weights"]["error_of_logit_gain"]) < 1e-12
    assert result["multiplicative_weights"]["slope_exponential_weights"] > 1.8
    assert result["multiplicative_weights"]["slope_replicator_equation"] > 0.9
    for row in result["drift"]["rows"]:
        np.testing.assert_allclose(row["measured"], row["expected"], rtol=0.6)
    for row in result["fixation"]["rows"]:
        assert abs(row["measured"] - row["expected"]) < 5 * row["standard_error"] + 0.02


def test_provenance_and_that_no_result_is_overwritten(results):
    result, folder = results
    assert {"command", "commit", "device", "jax", "seed"} <= result["lemma1"].keys()
    done = theory(folder, "--part=drift")
    assert done.returncode == 1
    assert "theory_drift.json: exists; add --overwrite" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epsilon=0.5"], "epsilon=0.5: Theorem 1 needs"),  # before lemma1 starts
        (["--part=learning", "--genes_per_input=0.5"], "num_inputs=10: W p cannot reach"),
        (["--part=learning", "--genes_per_row=11"], "genes_per_row=11: d/m is a probability"),
        (["--part=lemma2"], "--part=lemma2: must be one of lemma1"),
        (["--scale=0"], "--scale=0.0: give more than 0"),
        (["--num_inputs=ten"], "--num_inputs=ten: give positive numbers"),
        (["--num_inputs="], "--num_inputs=: give positive numbers"),
        (["--genes_per_input=nan"], "--genes_per_input=nan: give positive numbers"),
        (["--part="], "--part=: must be one of lemma1"),
        (["--part=drift", "--epsilon=0.01"], "has no effect without --part=theorem1"),
        (["--part=lemma1", "--num_inputs=3,4"], "--num_inputs=3,4: has no effect without"),
        (["lemma1"], "lemma1: is no option"),
        (["--output_dir=/dev/null/x"], "theory_lemma1.json: cannot be written"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing_behind(tmp_path, arguments, message):
    done = theory(tmp_path, *arguments)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("theory: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
