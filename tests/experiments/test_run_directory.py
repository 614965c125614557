"""The folder of a command's run: its options, its report, and what is said of damage."""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from nne_jax._files import read_json, write_json
from nne_jax.errors import InputError

LEARNT = {"rule": "signsgd", "rate": 0.01, "iterations": 300, "batch_size": 50}
SUMMARY = {"complete": True, "generations": 400, "test_accuracy": {"modal": 0.9}}


def begun(path, **options):
    folder = RunDirectory(path)
    with folder.held():
        folder.begin({"state": "0"}, folder.record(Config(**options)))
    return folder


def report(folder, summary, allele_freqs=(0.0, 0.5)):
    with folder.held():
        folder.write_report(summary, allele_freqs)


def test_resuming_keeps_what_evolves(tmp_path):
    folder = begun(tmp_path / "x", seed=3, hidden=(30, 20), num_sampled=7)
    longer = folder.resumed_config({"num_generations": 900, "progress": False})
    assert (longer.num_generations, longer.seed, longer.workdir) == (900, 3, str(folder.path))
    assert longer.hidden == (30, 20)
    for option, message in (
        ({"seed": 4}, r"--seed=4: the run in .*x has seed=3; drop the flag"),
        ({"hidden": (30,)}, r"--hidden=30: the run in .*x has hidden=30,20; drop"),
        ({"num_sampled": 500}, r"--num_sampled=500: the run in .*x has num_sampled=7; drop"),
    ):
        with pytest.raises(InputError, match=message):
            folder.resumed_config(option)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 1}, "config.json has format 1, and this version reads 4"),
        ({"config": {"speed": 3}}, "has the option speed, which this version has not; start"),
    ],
)
def test_a_config_of_another_version_is_refused(tmp_path, change, message):
    folder = begun(tmp_path)
    record = read_json(tmp_path / "config.json")
    options = record["config"] | change.get("config", {})
    write_json(tmp_path / "config.json", record | change | {"config": options})
    with pytest.raises(InputError, match=message):
        folder.stored_config()


def test_an_option_that_is_newer_than_the_run_has_its_default(tmp_path):
    folder = begun(tmp_path, seed=3)
    record = read_json(tmp_path / "config.json")
    del record["config"]["antithetic"]
    write_json(tmp_path / "config.json", record)
    assert folder.stored_config()["antithetic"] is False
    assert folder.resumed_config({}).seed == 3
    with pytest.raises(InputError, match=r"--antithetic=true: the run in .* has antithetic=false"):
        folder.resumed_config({"antithetic": True})


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"antithetic": false', '"antithetic": true', " in antithetic"),
        ('"num_genes": 2000', '"num_genes": 2001', " in num_genes"),
        ('"seed": 0,', "", " in seed"),
        ('"seed": 0,', '"seed": 0, "speed": 3,', " in speed"),
        ('"commit"', '"comit"', ""),
    ],
)
def test_an_edited_config_is_refused_with_the_options_name(tmp_path, old, new, named):
    folder = begun(tmp_path)
    text = (tmp_path / "config.json").read_text()
    assert old in text
    (tmp_path / "config.json").write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"is damaged or was edited{named}: a checksum does not"):
        folder.stored_config()


def test_where_a_run_was_begun_is_kept_when_it_goes_on(tmp_path):
    folder = begun(tmp_path)
    record = read_json(tmp_path / "config.json")
    record["begun"]["commit"] = "of then"
    write_json(tmp_path / "config.json", record)
    begun(tmp_path, num_generations=900)
    assert folder.config()["begun"]["commit"] == "of then"
    assert folder.stored_config()["num_generations"] == 900


def test_a_folder_that_is_taken_is_refused(tmp_path):
    begun(tmp_path / "run")
    for path, message in (
        (tmp_path / "run", r"--workdir=.*run: holds another run; add --resume"),
        (tmp_path, "is not empty"),
        (tmp_path / "run" / "config.json", "is a file"),
    ):
        with pytest.raises(InputError, match=message):
            RunDirectory.new(Config(workdir=str(path)))
    with pytest.raises(InputError, match=r"holds no run to resume"):
        RunDirectory(tmp_path).stored_config()


def test_the_folder_is_named_after_the_data_set(monkeypatch, tmp_path):
    assert RunDirectory.new(Config()).path.name.startswith("digits-")
    assert RunDirectory.new(Config(dataset="emnist/letters")).path.name.startswith("emnist-letters")
    assert RunDirectory.new(Config(dataset="/data/own.npz")).path.name.startswith("own-")
    folder = RunDirectory.new(Config(workdir="~/nne_jax-of-this-test"))
    assert folder.path == Path.home() / "nne_jax-of-this-test"


def test_runs_that_begin_in_one_second_have_a_folder_each(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda _: "20260101-000000")
    folders = [RunDirectory.new(Config(seed=seed)) for seed in range(3)]
    for seed, folder in enumerate(folders):
        with folder.held():
            folder.begin({"state": str(seed)}, folder.record(Config(seed=seed)))
    names = ["digits-20260101-000000", "digits-20260101-000000-2", "digits-20260101-000000-3"]
    assert [folder.path.name for folder in folders] == names
    stored = [RunDirectory(Path("runs", name)).stored_config() for name in names]
    assert [config["seed"] for config in stored] == [0, 1, 2]
    assert [config["workdir"] for config in stored] == [f"runs/{name}" for name in names]


def test_a_run_is_complete_only_with_the_lifetime_that_is_asked_for(tmp_path):
    folder = RunDirectory(tmp_path)
    report(folder, SUMMARY | {"lifetime": LEARNT})
    assert folder.is_complete(Config(lifetime="signsgd"), test=True)
    assert folder.is_complete(Config(lifetime="sgd"), test=False)
    assert not folder.is_complete(Config(lifetime="signsgd", lifetime_rate=0.003), test=True)
    assert not folder.is_complete(Config(lifetime="sgd"), test=True)
    assert folder.is_complete(Config(), test=True)  # and its lifetime is not lost
    report(folder, SUMMARY | {"lifetime": None})
    assert folder.is_complete(Config(), test=True)
    assert not folder.is_complete(Config(num_generations=500), test=True)


def test_a_damaged_report_is_not_complete_and_its_numbers_are_not_used(tmp_path):
    folder = RunDirectory(tmp_path)
    report(folder, SUMMARY)
    np.testing.assert_array_equal(folder.allele_freqs(), np.float32([0, 0.5]))
    summary = tmp_path / "summary.json"
    text = summary.read_text()
    summary.write_text(text.replace("0.9", "0.8"))
    with pytest.warns(UserWarning, match="its content is not what was written; it is made again"):
        assert not folder.is_complete(Config(), test=True)
    summary.write_text(text)
    assert folder.is_complete(Config(), test=True)
    np.save(tmp_path / "allele_freqs.npy", np.float32([0.25, 0.5]))
    assert not folder.is_complete(Config(), test=True)
    with pytest.raises(InputError, match=r"allele_freqs\.npy: is missing or damaged; go on with"):
        folder.allele_freqs()


def test_json_never_holds_nan(tmp_path):
    report(RunDirectory(tmp_path), {"x": float("nan"), "y": [float("inf"), 1.5]})
    record = json.loads((tmp_path / "summary.json").read_text())
    assert (record["x"], record["y"]) == (None, [None, 1.5])
