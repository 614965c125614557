"""``evolve --num_seeds`` and ``experiments.sweep``: runs side by side, in one program."""

import json

import numpy as np
import pytest

from tests.experiments.commands import run_command
from tests.experiments.tiny import TINY, evolve

NOT_MUTATING = [flag for flag in TINY if "mutation" not in flag]


def sweep(*arguments, check=True):
    done = run_command("sweep", *arguments)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_seeds_side_by_side_are_what_each_is_alone(tmp_path):
    done = evolve(*TINY, "--num_seeds=2", "--seed=4", f"--workdir={tmp_path / 'two'}")
    evolve(*TINY, "--seed=4", f"--workdir={tmp_path / 'one'}")
    assert "test accuracy of 2 seeds, 4 to 5, after 40 generations" in done.stdout
    together, alone = (np.load(tmp_path / name / "allele_freqs.npy") for name in ("two", "one"))
    assert together.shape == (2, 100)
    # To the bit with XLA's own optimisation, see engines/test_sharing.py; here it is quicker.
    np.testing.assert_allclose(together[0], alone, atol=1e-6)
    assert np.abs(together[0] - together[1]).max() > 0.1
    summary, own = (
        json.loads((tmp_path / name / "summary.json").read_text()) for name in ("two", "one")
    )
    assert summary["seeds"] == [4, 5]
    assert summary["each"][0]["test_accuracy"] == pytest.approx(own["test_accuracy"], abs=0.01)
    modal = [each["test_accuracy"]["modal"] for each in summary["each"]]
    assert summary["test_accuracy"]["modal"]["mean"] == pytest.approx(np.mean(modal), abs=1e-6)
    assert summary["test_accuracy"]["modal"]["sd"] == pytest.approx(np.std(modal, ddof=1), abs=1e-6)
    lines = (tmp_path / "two" / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["replicate"] for row in rows[:4]] == [0, 1, 0, 1]
    for name in ("learning_curve", "allele_freq_histogram", "distance_to_fixation"):
        assert (tmp_path / "two" / "figures" / f"{name}.png").stat().st_size > 10_000


@pytest.mark.slow
def test_a_sweep_is_the_runs_of_its_settings(tmp_path):
    output = tmp_path / "results" / "sweep.json"
    arguments = [
        *NOT_MUTATING, "--num_seeds=2", "--vary=selection_intensity=0.5,2",
        "--vary=mutation_rate=0,0.001", "--vary=temperature=5,10",
        f"--workdir={tmp_path / 'sweep'}", f"--output={output}",
    ]  # fmt: skip
    done = sweep(*arguments)
    found = json.loads(output.read_text())["rows"]
    assert len(found) == 8
    assert all(row["setting"] in done.stdout for row in found)
    modal = [row["validation_accuracy"]["modal"]["mean"] for row in found]
    assert modal == sorted(modal, reverse=True)
    assert output.with_suffix(".png").stat().st_size > 10_000
    row = next(
        row
        for row in found
        if row["changes"] == {"selection_intensity": 2.0, "mutation_rate": 0.0, "temperature": 5.0}
    )
    flags = ["--selection_intensity=2", "--temperature=5", "--seed=0"]
    evolve(*NOT_MUTATING, *flags, f"--workdir={tmp_path / 'alone'}")
    summary = json.loads((tmp_path / "alone" / "summary.json").read_text())
    assert row["each"][0] == pytest.approx(summary["validation_accuracy"], abs=0.01)
    assert "exists; add --overwrite" in sweep(*arguments, check=False).stderr
    again = sweep(*arguments, "--overwrite")  # it is there
    assert again.stdout.splitlines()[-8:] == done.stdout.splitlines()[-8:]
    other = sweep(*arguments, "--overwrite", "--vary=intensity_decay=0.1,0.2", check=False)
    assert "holds a run with another first state" in other.stderr
    for flag, was in {"--fitness=reward": "log_likelihood", "--population_size=40": "20"}.items():
        name, now = flag.split("=")
        other = sweep(*arguments, "--overwrite", flag, check=False)
        assert f"holds a run with {name}={was}, and now it is {now}; give" in other.stderr
    other = evolve(f"--workdir={tmp_path / 'sweep'}", "--resume", check=False)
    assert "holds a run that experiments.evolve has not made; go on with what" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--workdir: give the folder that is to hold the sweep."),
        (["--workdir=x"], "--vary, --num_seeds=1: these are 1 populations; give 2 to 1000."),
        (
            ["--workdir=x", "--vary=num_genes=50,60"],
            "--vary=num_genes: needs a program for each value; vary it by experiments.search, or "
            "give epsilon, fixation_threshold,",
        ),
        (["--workdir=x", "--vary=epsilon=1"], "--epsilon=1.0: has no effect without --selection"),
        (
            ["--workdir=x", "--vary=temperature=1,2", "--temperature=3"],
            "--temperature: has no effect beside --vary=temperature; drop one.",
        ),
        (["--workdir=x", "--vary=temperature=1,x"], "--vary=temperature=1,x: is of the wrong type"),
        (["--workdir=x", "--vary=temperature=0,1"], "--temperature=0.0: must be more than 0"),
        (["--workdir=x", "--vary=temperature=1,2", "--num_seeds=600"], "are 1200 populations"),
        (["--workdir=x", "--num_seeds=0"], "--num_seeds=0: must be between 1 and 1000"),
        (["--workdir=x", "--lifetime=signsgd"], "--lifetime: is no option of this command"),
        (
            ["--workdir=x", "--vary=epsilon=0.001,1000", "--selection=weak"],
            "--epsilon=1000.0: 1 + epsilon f can be negative",
        ),
    ],
)
def test_bad_input_of_a_sweep(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sweep(*arguments, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--num_seeds=2", "--repack"], "--repack: leaves out what is fixed in one population"),
        (["--num_seeds=2", "--seed=4294967295"], "from --seed=4294967295 on there are 1; give"),
        (["--num_seeds=1001"], "--num_seeds=1001: must be between 1 and 1000"),
    ],
)
def test_bad_input_of_seeds_side_by_side(arguments, message):
    done = evolve(*arguments, check=False)
    assert done.returncode == 1
    assert message in done.stderr
