"""Table 1, figures 2 and 3 end to end, shrunk and on digits."""

import json
import subprocess
import sys

import numpy as np
import pytest

from experiments.scale import scaled
from nne_jax.types import InputError

TINY = ["--dataset=digits", "--scale=0.02", "--seeds=0,1"]


def launch(name, tmp_path, *arguments):
    command = [sys.executable, "-m", f"experiments.{name}", *TINY, *arguments]
    files = [f"--output={tmp_path / 'out' / name}.json", f"--workdir={tmp_path / 'runs'}"]
    return subprocess.run([*command, *files], capture_output=True, text=True)


def result(name, tmp_path):
    assert (tmp_path / "out" / f"{name}.png").stat().st_size > 5000
    return json.loads((tmp_path / "out" / f"{name}.json").read_text())


def test_table1(tmp_path):
    arguments = ["--presets=digits", "--classes=0-1"]
    done = launch("table1", tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    rows = result("table1", tmp_path)["rows"]
    assert [row["model"] for row in rows] == [
        "sgd:adam",
        "sgd",
        "nne",
        "nne+signsgd",
        "nne+dopamine",
    ]
    assert {"command", "commit", "device", "jax"} <= result("table1", tmp_path).keys()
    summaries = [
        json.loads((tmp_path / f"runs/digits-0-1/seed-{seed}/summary.json").read_text())
        for seed in (0, 1)
    ]
    for reports, row in ((summaries, rows[2]), ([s["lifetime"] for s in summaries], rows[4])):
        seeds = [report["test_accuracy"]["sampled_mean"] for report in reports]
        assert row["test_accuracy"]["sampled_mean"] == pytest.approx(np.mean(seeds), abs=1e-6)
        assert row["sd"]["sampled_mean"] == pytest.approx(np.std(seeds, ddof=1), abs=1e-6)
    assert rows[0]["test_accuracy"]["mean"] > 0.97  # zeros and ones, by gradients
    assert rows[2]["time_to"]["modal"][0].keys() == {"0.5", "0.6", "0.7", "0.788", "0.85", "0.882"}
    assert "classes  model" in done.stdout

    assert "exists; add --overwrite" in launch("table1", tmp_path, *arguments).stderr
    assert "holds runs; add --resume" in launch("table1", tmp_path, "--overwrite").stderr
    again = launch("table1", tmp_path, *arguments, "--overwrite", "--resume")
    assert again.returncode == 0, again.stderr
    assert result("table1", tmp_path)["rows"][2] == rows[2]
    other = launch("table1", tmp_path, *arguments, "--overwrite", "--resume", "--scale=0.03")
    assert "has population_size=" in other.stderr  # the runs are of another configuration


def test_figure2(tmp_path):
    done = launch("figure2", tmp_path, "--preset=digits", "--seeds=0")
    assert done.returncode == 0, done.stderr
    curves = result("figure2", tmp_path)["curves"]
    assert list(curves) == ["0", "4", "8"]  # next to 1/20, 1/2 and all of 8 generations
    assert np.shape(curves["8"]) == (1, 51)
    np.testing.assert_array_equal(np.asarray(curves["0"])[:, -1], 0)  # all frequencies 1/2
    assert np.all(np.diff(curves["8"]) <= 0)


def test_figure3(tmp_path):
    arguments = ["--preset=digits", "--classes=0-1", "--num_genes=50,200", "--seeds=0"]
    done = launch("figure3", tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    rows = result("figure3", tmp_path)["rows"]
    assert [row["num_genes"] for row in rows] == [50, 200]
    assert np.shape(rows[0]["validation_accuracy"]["modal"]) == (1, len(rows[0]["generations"]))
    assert 0 <= rows[1]["test_accuracy"]["modal"]["mean"] <= 1


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("table1", ["--scale=0"], "--scale=0.0: must be more than 0 and at most 1"),
        ("table1", ["--scale=0.001", "--presets=digits"], "leaves no generation of the 400"),
        ("table1", ["--presets=best"], "no preset best; known: digits, mnist, mnist_fast, paper"),
        ("table1", ["--lifetimes=sleep"], "--lifetimes=sleep: give one or more of signsgd, sgd"),
        ("figure2", ["--seeds=x"], "--seeds=x: give whole numbers"),
        ("figure3", ["--num_genes=few"], "--num_genes=few: give whole numbers"),
        ("figure3", ["--dataset=imagenet"], "--dataset=imagenet: must be one of digits"),
    ],
)
def test_bad_input(name, arguments, message, tmp_path):
    done = launch(name, tmp_path, *arguments)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_no_data_set_is_reported_before_anything_is_written(tmp_path):
    done = launch("table1", tmp_path, "--dataset=mnist", f"--data_dir={tmp_path / 'nowhere'}")
    assert "nowhere: no such folder" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_scale_1_is_the_preset_itself():
    with pytest.raises(InputError, match="scale=2"):
        scaled("paper", 2)
    config = scaled("paper", 1.0, classes="0-9")
    assert (config.num_generations, config.population_size, config.batch_size) == (200_000, 1000, 0)
