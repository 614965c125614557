"""Result files, pictures and the folders of runs: what is replaced, refused and held."""

import dataclasses
import json
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.launch import results
from experiments.launch.paper_flags import ResultOptions
from experiments.launch.results import Output
from nne_jax._files import read_json
from nne_jax.errors import BusyError, InputError, StorageError
from tests.experiments.commands import run_command


def options(folder, **others):
    return ResultOptions(
        **{"workdir": str(folder / "runs"), "output": str(folder / "x.json"), **others}
    )


def test_a_result_and_its_picture_are_replaced_only_when_asked(tmp_path):
    output = options(tmp_path).check_paths()
    output.write("experiments.toy", accuracy=np.float32(0.5), loss=float("nan"))
    output.draw(Figure())
    found = read_json(tmp_path / "x.json")
    assert (found["accuracy"], found["loss"]) == (0.5, None)  # JSON has no NaN
    assert {"command", "commit", "device", "jax"} <= found.keys()
    picture = (tmp_path / "x.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"--output=.*x\.json: exists; add --overwrite, or give"):
        options(tmp_path).check_paths()
    (tmp_path / "x.json").unlink()
    with pytest.raises(InputError, match=r"--output=.*: its picture .*x\.png exists; add --overw"):
        options(tmp_path).check_paths()
    options(tmp_path, overwrite=True).check_paths().write("experiments.toy", accuracy=0.7)
    assert read_json(tmp_path / "x.json")["accuracy"] == 0.7
    assert (tmp_path / "x.png").read_bytes() == picture


def test_what_another_command_has_written_meanwhile_is_kept(tmp_path):
    """Both had checked that the file was not there."""
    first, second = (options(tmp_path).check_paths() for _ in range(2))
    first.write("experiments.toy", number=1)
    with pytest.warns(UserWarning, match=r"x\.json was written by another command meanwhile, and"):
        second.write("experiments.toy", number=2)
    second.draw(Figure())
    second.write("experiments.toy", number=3)  # its own is written again
    numbers = {path.name: read_json(path)["number"] for path in tmp_path.glob("*.json")}
    assert numbers == {"x.json": 1, "x-2.json": 3}
    assert [path.name for path in tmp_path.glob("*.png")] == ["x-2.png"]


def test_a_link_is_replaced_when_asked_and_never_followed(tmp_path):
    target = tmp_path / "valuable.json"
    target.write_text("{}")
    (tmp_path / "x.json").symlink_to(target)
    with pytest.raises(InputError, match="exists; add --overwrite"):
        Output(tmp_path / "x.json", overwrite=False)
    Output(tmp_path / "x.json", overwrite=True).write("experiments.toy", number=1)
    assert target.read_text() == "{}"
    assert read_json(tmp_path / "x.json")["number"] == 1
    (tmp_path / "y.json").symlink_to(tmp_path / "nowhere")  # a link that leads nowhere
    with pytest.raises(InputError, match="exists; add --overwrite"):
        Output(tmp_path / "y.json", overwrite=False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.png", "give a file that ends in .json"),
        ("", "give a file that ends in .json"),
        ("folder.json", "is a folder; give a file"),
        ("drawn.json", "its picture .*drawn.png is a folder; give a file"),
        ("there.json", "exists; add --overwrite, or give another file"),
        ("there.json/x.json", r"cannot be written \(Not a directory\); give another file"),
        ("runs/x.json", "is in --workdir=.*runs, among the files of the runs; give"),
        (f"{'x' * 250}.json", "no file can have such a name; give a shorter"),
        ("a\0b.json", "no file can have such a name; give a shorter"),
    ],
)
def test_files_that_cannot_be_results(tmp_path, name, message):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "drawn.png").mkdir()
    (tmp_path / "there.json").write_text("{}")
    path = tmp_path / name if name else ""
    with pytest.raises(InputError, match=rf"(?s)--output=.*: {message}"):
        Output(path, overwrite=False, picture=True, workdir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_picture_that_cannot_be_drawn_is_refused_before_the_work(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv("MPLBACKEND", "bogus")
    with pytest.raises(InputError, match="MPLBACKEND=bogus: matplotlib has no such backend; unset"):
        Output(tmp_path / "x.json", overwrite=False, picture=True)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"the picture of a result needs matplotlib; pip install"):
        Output(tmp_path / "x.json", overwrite=False, picture=True)
    Output(tmp_path / "x.json", overwrite=False)


def test_a_full_disk_is_a_sentence_and_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    Output(path, overwrite=False).write("experiments.toy", number=1)
    output = Output(path, overwrite=True)

    def no_room(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(StorageError, match=r"--output=.*x\.json: No space left on device; make ro"):
        output.write("experiments.toy", number=2)
    assert read_json(path)["number"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]


def test_home_may_be_written_as_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/of/mine")
    given = ResultOptions(
        workdir="~/runs", output="~/x.json", data_dir="~/data", dataset="~/own.npz"
    )
    values = given.workdir, given.output, given.data_dir, given.dataset
    assert values == tuple(f"/of/mine/{x}" for x in ("runs", "x.json", "data", "own.npz"))


def test_one_command_at_a_time_is_at_the_runs(tmp_path):
    mine = options(tmp_path)
    mine.check_paths()
    with mine.held():
        (tmp_path / "runs" / "row.json").write_text("{}")
        with pytest.raises(BusyError, match=r"--workdir=.*runs: another process is at this run"):
            options(tmp_path, resume=True).held().__enter__()
    with pytest.raises(InputError, match=r"holds runs; add --resume to go on with them"):
        options(tmp_path).held().__enter__()  # also if it was empty when it was checked
    with options(tmp_path, resume=True).held():
        pass


def test_a_folder_in_which_only_a_lock_is_holds_no_runs(tmp_path):
    with options(tmp_path).held():
        pass
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [".lock"]
    options(tmp_path).check_paths()


def test_a_command_in_a_thread_holds_its_folder_against_this_one(tmp_path):
    entered, leave = threading.Event(), threading.Event()

    def other():
        with options(tmp_path).held():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    assert entered.wait(10)
    with pytest.raises(BusyError):
        options(tmp_path).held().__enter__()
    leave.set()
    thread.join()


def test_a_folder_or_no_folder_for_the_runs(tmp_path):
    (tmp_path / "file").write_text("")
    for workdir, message in (
        ("", "--workdir=: give the folder that is to hold the runs"),
        (str(tmp_path / "file"), "is a file; give a folder"),
        (str(tmp_path / "file" / "x"), r"cannot be written \(Not a directory\); give another fold"),
        ("--resume", "looks like an option; give ./--resume if"),
        ("~no_such_user/x", "there is no such home folder here; write the path out"),
    ):
        with pytest.raises(InputError, match=message):
            options(tmp_path, workdir=workdir).check_paths()


def test_results_that_are_there_can_be_read():
    """Those of the repository, by whatever version."""
    folder = Path(results.__file__).parent.parent / "results"
    for path in folder.glob("*.json"):
        found = json.loads(path.read_text())
        assert {"command", "commit"} <= found.keys()


def test_options_stay_a_value():
    """Paths are written out once, when they are made."""
    one = ResultOptions(workdir="~/runs", output="x.json")
    assert dataclasses.replace(one) == one


def test_home_in_a_flag_of_any_command(tmp_path, monkeypatch):
    """Also where a command looks at a path before it makes a run's config of it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.json").write_text("{}")
    for command in ("seeds", "search"):
        done = run_command(command, "--workdir=~/runs", "--output=~/x.json")
        assert f"{command}: --output={tmp_path}/x.json: exists; add --overwrite" in done.stderr
        done = run_command(command, "--workdir=~/runs", "--output=~/runs/y.json")
        assert f"--output={tmp_path}/runs/y.json: is in --workdir={tmp_path}/runs" in done.stderr
    done = run_command("theory", "--output_dir=~/x.json", "--part=drift")
    assert f"--output_dir={tmp_path}/x.json/theory_drift.json: cannot be written" in done.stderr
    done = run_command("evolve", "--resume", "--workdir=~/none")
    assert f"--workdir={tmp_path}/none: holds no run to resume" in done.stderr
