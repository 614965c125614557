import json
from functools import partial

import numpy as np
import pytest

from experiments.run import variations
from tests.experiments.commands import run_command
from tests.experiments.tiny import TINY

seeds = partial(run_command, "seeds")


@pytest.mark.slow
def test_mean_and_sd_over_seeds(tmp_path):
    output = tmp_path / "results" / "x.json"
    arguments = [*TINY, "--seeds=3,0", f"--workdir={tmp_path / 'runs'}", f"--output={output}"]
    done = seeds(*arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads(output.read_text())
    modal = [row["test_accuracy"]["modal"] for row in result["rows"]]
    assert [row["seed"] for row in result["rows"]] == result["seeds"] == [3, 0]
    assert result["test_accuracy"]["modal"]["mean"] == pytest.approx(np.mean(modal), abs=1e-6)
    assert result["test_accuracy"]["modal"]["sd"] == pytest.approx(np.std(modal, ddof=1), abs=1e-6)
    assert {"command", "commit", "device", "jax"} <= result.keys()
    for seed, curve in zip(result["seeds"], result["curves"], strict=True):
        rows = (tmp_path / "runs" / f"seed-{seed}" / "metrics.jsonl").read_text().splitlines()
        evaluations = [row for row in map(json.loads, rows) if "validation_accuracy" in row]
        assert curve["seconds"] == [row["seconds"] for row in evaluations]
        modal = [row["validation_accuracy"]["modal"] for row in evaluations]
        np.testing.assert_allclose(curve["modal"], modal, atol=1e-5)
    first = [next((s for s, a in zip(c["seconds"], c["mean"], strict=True) if a >= 0.5), None)
             for c in result["curves"]]  # fmt: skip
    assert result["seconds_to"]["mean"]["0.5"] == first
    assert output.with_suffix(".png").stat().st_size > 10_000

    assert "exists; add --overwrite" in seeds(*arguments).stderr
    again = seeds(*arguments, "--overwrite")  # goes on with, here ends at once, what is there
    assert again.returncode == 0, again.stderr
    assert json.loads(output.read_text())["test_accuracy"] == result["test_accuracy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--workdir: give the folder"),
        (["--workdir=x", "--seeds=1,b"], "--seeds=1,b: give whole numbers"),
        (["--workdir=x", "--seeds="], "--seeds=: give at least one value"),
        (["--workdir=x", "--seeds=0,0"], "--seeds=0,0: give each value once"),
        (["--workdir=x", "--seeds=-1"], "--seeds=-1: each must be between 0 and 4294967295"),
        (["--workdir=x", "--seeds=4294967296"], "each must be between 0 and 4294967295"),
        (["--workdir=x", "--output="], "--output=: give a file that ends in .json"),
        (["--workdir=x", "--output=."], "--output=.: give a file that ends in .json"),
        (["--workdir=x", "--output=x.png"], "--output=x.png: give a file that ends in .json"),
        (["--workdir=x", "--seed=3"], "--seed: is no option of this command"),
        (["--workdir=x", "--num_genes=0"], "--num_genes=0: must be at least 1"),
    ],
)
@pytest.mark.parametrize("name", ["seeds", "search"])
def test_bad_input(name, arguments, message):
    done = run_command(name, *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.startswith(f"{name}: ")


@pytest.mark.slow
def test_a_search_ranks_settings_by_validation_and_leaves_the_test_set_alone(tmp_path):
    search = partial(run_command, "search", *TINY, f"--workdir={tmp_path / 'runs'}")
    vary = ["--vary=temperature=1000", "--vary=num_genes=50", "--vary=antithetic=true"]
    vary += ["--one_at_a_time", "--seeds=0"]
    output = tmp_path / "search.json"
    done = search(*vary, f"--output={output}")
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["rows"]
    modal = [row["validation_accuracy"]["modal"]["mean"] for row in rows]
    assert modal == sorted(modal, reverse=True)
    assert {row["setting"] for row in rows} == {
        "as-given", "temperature=1000", "antithetic=true", "num_genes=50",
    }  # fmt: skip
    assert rows[0]["seeds"] == [0]
    for path in (tmp_path / "runs").glob("*/seed-0/summary.json"):
        assert json.loads(path.read_text())["test_accuracy"] is None


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("speed=3", "--vary=speed=3: give an option"),
        ("seed=x", "--vary=seed=x: give an option"),
        ("num_genes=x", "wrong type"),
        ("antithetic=1", "wrong type"),
        ("temperature=3,3", "--vary=temperature=3,3: give each value once"),
        ("temperature=0", "--temperature=0.0: must be more than 0"),
    ],
)
def test_values_to_vary_that_make_no_sense(bad, message, tmp_path):
    done = run_command("search", *TINY, f"--workdir={tmp_path / 'runs'}", f"--vary={bad}")
    assert message in done.stderr
    assert done.returncode == 1
    assert not (tmp_path / "runs").exists()


def test_an_option_is_varied_once():
    vary = "--vary=temperature=1", "--vary=temperature=3"
    done = run_command("search", *TINY, "--workdir=x", *vary)
    assert "--vary=temperature=3: give all the values of temperature in one" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vary=temperature=1,1.0"], "--vary=temperature=1,1.0: give each value once"),
        (["--vary=classes=0-1,00-1"], "--vary=classes=0-1,00-1: give each value once"),
        (["--vary="], "--vary=: give an option and its values"),
        (["--vary=temperature"], "--vary=temperature: give an option and its values"),
        (["--vary=temperature="], "--vary=temperature=: give an option and its values"),
        (["--vary=num_genes=3,,4"], "--vary=num_genes=3,,4: is of the wrong type; give a whole"),
        (["--vary=workdir=a,b"], "--vary=workdir=a,b: give an option and its values"),
        (["--vary=lifetime=sgd"], "--vary=lifetime=sgd: give an option and its values"),
        (["--lifetime=sgd"], "--lifetime: is no option of this command"),
        (["--one_at_a_time"], "--one_at_a_time: has no effect without --vary."),
        (
            ["--one_at_a_time", "--vary=num_genes=5,6", "--num_settings=1"],
            "--num_settings=1: has no effect beside --one_at_a_time; drop one.",
        ),
        (
            ["--vary=num_genes=5,6", "--num_settings=3"],
            "--num_settings=3: --vary has 2 combinations; give at most as many, or leave it out.",
        ),
        (["--target=1.1"], "--target=1.1: must be more than 0 and at most 1"),
        (["--num_settings=0"], "--num_settings=0: must be between 1 and 10000"),
        (
            ["--one_at_a_time", "--temperature=3", "--vary=temperature=3,10"],
            "--vary: temperature=3 is the same run as as-given; leave one of them out",
        ),
        (
            ["--temperature=3", "--vary=temperature=1,10"],
            "--temperature: has no effect beside --va",
        ),
        (["--vary=epsilon=1,2"], "--epsilon=1.0: has no effect without --selection=weak"),
        (["--vary=temperature=1e-30"], "--temperature=1e-30: give a number of a size from 1e-06"),
        (["--vary=batch_size=10,5000"], "--batch_size=5000: there are 1147 training images"),
        (["--vary=num_genes=10,1000000000"], "GiB of memory, the machine has"),
        (["--vary=dataset=digits,../no.npz"], "no.npz"),
        (
            ["--output=runs/x.json"],
            "--output=runs/x.json: is in --workdir=runs, among the files of",
        ),
    ],
)
def test_a_search_says_what_is_wrong_at_once(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    started = [argument for argument in TINY if "batch_size" not in argument]
    given = [name for name in started if name.partition("=")[0][2:] not in str(arguments)]
    done = run_command("search", *given, "--workdir=runs", "--noprogress", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_number_of_settings_that_nobody_can_run_is_refused_at_once():
    values = ",".join(map(str, range(1, 101)))
    varied = [f"--vary={name}={values}" for name in ("num_genes", "hidden", "eval_every")]
    done = run_command("search", "--workdir=x", *varied)
    assert "--vary: these are 1000000 settings; give fewer values, at most 10000" in done.stderr
    assert "or --num_settings of them" in done.stderr


@pytest.mark.slow
def test_a_random_search_draws_different_settings_without_what_has_no_effect(tmp_path):
    output = tmp_path / "search.json"
    done = run_command(
        "search", *TINY, f"--workdir={tmp_path / 'runs'}", f"--output={output}", "--seeds=0",
        "--vary=selection=intensity,truncation", "--vary=selected_fraction=0.2,0.3",
        "--vary=selection_intensity=1,2", "--vary=temperature=3,10", "--num_settings=5",
        "--target=0.01",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["rows"]
    names = [row["setting"] for row in rows]
    assert 1 < len(set(names)) == len(names) <= 5
    for name in names:
        assert ("selection_intensity" in name) == ("selection=intensity" in name)
        assert ("selected_fraction" in name) == ("selection=truncation" in name)
    took = [row["seconds_to_target"] for row in rows]
    assert took == sorted(took)
    assert all(row["generations_to_target"] >= 0 for row in rows)


def test_a_setting_has_one_folder_whatever_is_in_its_name():
    assert variations.folder_of("temperature=3-hidden=300,100") == "temperature=3-hidden=300,100"
    assert variations.folder_of("dataset=../own.npz") == "dataset=..%2Fown.npz"
    long, longer = (variations.folder_of("classes=" + "1," * n) for n in (500, 501))
    assert long != longer
    assert max(map(len, (long, longer))) < 150
    assert (
        variations.name_of({"temperature": 3.0, "classes": (0, 1)}) == "temperature=3-classes=0,1"
    )


@pytest.mark.slow
def test_a_folder_of_another_run_is_refused_before_the_first_run(tmp_path):
    workdir = f"--workdir={tmp_path / 'runs'}"
    assert seeds(*TINY, "--num_generations=10", "--seeds=1", workdir).returncode == 0
    done = seeds(*TINY, "--num_generations=10", "--seeds=0,1", "--temperature=3", workdir)
    assert done.returncode == 1
    assert "--temperature=3.0: the run in" in done.stderr
    assert "has temperature=10.0; drop the flag" in done.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["seed-1"]
    fewer = seeds(*TINY, "--num_generations=5", "--seeds=0,1", workdir)
    assert "is at generation 10 already; give at least as many" in fewer.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["seed-1"]


@pytest.mark.slow
def test_a_search_goes_on_where_the_metrics_of_a_run_were_lost(tmp_path):
    arguments = [*TINY, "--seeds=0", f"--workdir={tmp_path / 'runs'}", "--vary=temperature=3"]
    first = run_command("search", *arguments)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "runs" / "temperature=3" / "seed-0"
    for name in ("metrics.jsonl", "summary.json"):
        (folder / name).unlink()
    with pytest.warns(UserWarning, match="rows of generations 1 to 40 are missing"):
        again = run_command("search", *arguments)
    assert again.returncode == 0, again.stderr
    accuracies = [done.stdout.splitlines()[-1].split()[:6] for done in (first, again)]
    assert accuracies[0] == accuracies[1]  # the run itself was whole
    assert "– s  temperature=3" in again.stdout


@pytest.mark.slow
def test_a_lifetime_that_was_not_asked_for_is_not_reported(tmp_path):
    """It is kept in a run that has learnt, and is no mean over the seeds that have."""
    arguments = [*TINY, f"--workdir={tmp_path / 'runs'}"]
    lifetime = "--lifetime=sgd", "--lifetime_iterations=2", "--lifetime_batch_size=5"
    learnt, other = seeds(*arguments, "--seeds=0", *lifetime), seeds(*arguments, "--seeds=0,1")
    assert json.loads(learnt.stdout[learnt.stdout.index("{\n") :]).keys() == {
        "test_accuracy",
        "lifetime",
    }
    assert json.loads(other.stdout[other.stdout.index("{\n") :]).keys() == {"test_accuracy"}
