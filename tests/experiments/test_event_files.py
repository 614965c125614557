"""``--tensorboard``: event files that say what metrics.jsonl says, each generation once."""

import json
import struct
import sys

import pytest

import nne_jax as nne
from experiments.run import event_files
from experiments.run.event_files import scalars
from nne_jax.runs.folder import RunFolder
from tests.experiments.commands import run_command

event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
TINY = (
    "--hidden=6 --num_genes=12 --genes_per_link=2.4 --population_size=8 --num_generations=6 "
    "--num_sampled=3 --per_class=9 --validation_per_class=4 --batch_size=10 --noprogress "
    "--eval_every=3 --checkpoint_every=2"
).split()


def events(folder):
    """Events of the one file in a folder: TFRecords, each a length, its CRC, the event, its CRC."""
    (path,) = (path for path in folder.glob("events.out.tfevents.*") if path.stat().st_size)
    content, found = path.read_bytes(), []
    while content:
        (size,) = struct.unpack("<Q", content[:8])
        found.append(event_pb2.Event.FromString(content[12 : 12 + size]))
        content = content[12 + size + 4 :]
    assert found[0].file_version == "brain.Event:2"
    assert found[1].session_log.status == event_pb2.SessionLog.START
    return found[2:]


def table(folder):
    """By generation, what the event file has."""
    found = events(folder)
    by_step = {event.step: {v.tag: v.simple_value for v in event.summary.value} for event in found}
    assert len(by_step) == len(found)  # each generation is there once
    return by_step


def assert_same(folder, rows):
    by_step = table(folder)
    assert list(by_step) == [row["generation"] for row in rows]
    for row in rows:
        assert by_step[row["generation"]] == pytest.approx(dict(scalars(row)))


def evolve(*arguments):
    done = run_command("evolve", *TINY, "--tensorboard", *arguments)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_event_files_say_what_the_rows_say_also_after_a_resume(tmp_path):
    evolve(f"--workdir={tmp_path}", "--num_generations=3")
    assert sorted(table(tmp_path / "tensorboard")) == [0, 1, 2, 3]
    evolve(f"--workdir={tmp_path}", "--resume")
    rows = nne.runs.rows.read(tmp_path / "metrics.jsonl")
    assert [row["generation"] for row in rows] == list(range(7))
    assert_same(tmp_path / "tensorboard", rows)
    last = table(tmp_path / "tensorboard")[6]
    assert {"fitness_mean", "heterozygosity", "validation_accuracy/modal", "seconds"} <= set(last)


@pytest.mark.slow
def test_seeds_side_by_side_have_a_folder_each(tmp_path):
    evolve(f"--workdir={tmp_path}", "--num_seeds=2")
    rows = nne.runs.rows.read(tmp_path / "metrics.jsonl")
    for index in range(2):
        own = [row for row in rows if row["replicate"] == index]
        assert_same(tmp_path / "tensorboard" / f"replicate-{index}", own)


def test_rows_that_were_made_twice_are_there_once(tmp_path):
    """As after a kill: rows behind the checkpoint are cut, and made again."""
    folder = RunFolder(tmp_path)
    with folder.held():
        for last in (5, 4):
            with event_files.EventFiles(folder) as write:
                for generation in range(3 if last == 4 else 0, last + 1):
                    row = {"generation": generation, "loss": float(last), "seconds": 0.1}
                    folder.append_rows([row])
                    write(row)
            if last == 5:
                folder.cut_rows(2, 1)
    losses = {step: values["loss"] for step, values in table(tmp_path / "tensorboard").items()}
    assert losses == {0: 5.0, 1: 5.0, 2: 5.0, 3: 4.0, 4: 4.0}


@pytest.mark.parametrize("command", ["evolve", "seeds", "sweep"])
def test_without_the_package_it_is_refused_before_the_run(command, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("tensorboardX")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    own = ["--vary=temperature=1,3"] if command == "sweep" else []
    done = run_command(command, *TINY, f"--workdir={tmp_path / 'run'}", "--tensorboard", *own)
    assert done.returncode == 1
    assert done.stderr == (
        f'{command}: --tensorboard needs tensorboardX; pip install "nne_jax[tensorboard]".\n'
    )
    assert not (tmp_path / "run").exists()


def test_a_number_that_is_not_finite_is_left_out():
    row = json.loads('{"generation": 1, "fitness_max": null, "seconds": 2.5}')
    assert list(scalars(row)) == [("seconds", 2.5)]
