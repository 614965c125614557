import json
import subprocess
import sys

import numpy as np
import pytest

from tests.test_launcher import TINY


def seeds(*arguments):
    command = [sys.executable, "-m", "experiments.seeds", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_mean_and_sd_over_seeds(tmp_path):
    output = tmp_path / "results" / "x.json"
    arguments = [*TINY, "--seeds=3,4", f"--workdir={tmp_path / 'runs'}", f"--output={output}"]
    done = seeds(*arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads(output.read_text())
    modal = [row["test_accuracy"]["modal"] for row in result["rows"]]
    assert [row["seed"] for row in result["rows"]] == result["seeds"] == [3, 4]
    assert result["test_accuracy"]["modal"]["mean"] == pytest.approx(np.mean(modal), abs=1e-6)
    assert result["test_accuracy"]["modal"]["sd"] == pytest.approx(np.std(modal, ddof=1), abs=1e-6)
    assert {"command", "commit", "device", "jax"} <= result.keys()

    assert "exists; add --overwrite" in seeds(*arguments).stderr
    again = seeds(*arguments, "--overwrite")  # goes on with, here ends at once, what is there
    assert again.returncode == 0, again.stderr
    assert json.loads(output.read_text())["test_accuracy"] == result["test_accuracy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--workdir: give the folder"),
        (["--workdir=x", "--seeds=1,b"], "--seeds=1,b: give numbers"),
        (["--workdir=x", "--num_genes=0"], "--num_genes=0: must be at least 1"),
    ],
)
def test_bad_input(arguments, message):
    done = seeds(*arguments)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_search_ranks_settings_by_validation_and_leaves_the_test_set_alone(tmp_path):
    command = [sys.executable, "-m", "experiments.search", *TINY, f"--workdir={tmp_path / 'runs'}"]
    vary = ["--vary=temperature=1000", "--vary=num_genes=50", "--vary=antithetic=true"]
    vary += ["--one_at_a_time", "--seeds=0"]
    output = tmp_path / "search.json"
    done = subprocess.run([*command, *vary, f"--output={output}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["rows"]
    modal = [row["validation_accuracy"]["modal"]["mean"] for row in rows]
    assert modal == sorted(modal, reverse=True)
    assert {row["setting"] for row in rows} == {
        "as-given", "temperature=1000", "antithetic=true", "num_genes=50",
    }  # fmt: skip
    for path in (tmp_path / "runs").glob("*/seed-0/summary.json"):
        assert json.loads(path.read_text())["test_accuracy"] is None
    for bad, message in (
        ("speed=3", "--vary=speed=3: give an option"),
        ("seed=x", "wrong type"),
        ("antithetic=1", "wrong type"),
    ):
        done = subprocess.run([*command, f"--vary={bad}"], capture_output=True, text=True)
        assert message in done.stderr
