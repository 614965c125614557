"""A run's folder: whose it is, what it was begun with, and what a damaged one does."""

import errno
import json
import os
import shutil
import warnings

import jax
import jax.numpy as jnp
import pytest

from nne_jax import runs
from nne_jax.errors import BusyError, InputError, StorageError
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.rows import RowsFile, sealed
from tests.runs.toys import quiet, same, start, timeless, walk


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_config_json_holds(folder):
    record = json.loads((folder / "config.json").read_text())
    assert record["format"] == 4
    identity = record["identity"]
    assert identity["jax_default_prng_impl"] == "threefry2x32"
    assert identity["jax_threefry_partitionable"] is jax.config.jax_threefry_partitionable
    assert identity["jax_enable_x64"] is False
    assert all(len(identity[name]) == 64 for name in ("state", "batches", "step"))
    assert len(record["sha256"]) == 64


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"state": start(seed=1)}, "holds a run with another state"),
        ({"batches": jnp.ones(3)}, "holds a run with another batches"),
        ({"resume": False}, "holds another run; give resume=True to go on with it"),
        ({"num_generations": 9}, "num_generations=9: the run in .* is at generation 10 already"),
    ],
)
def test_another_run_is_refused_and_nothing_changes(folder, changed, message):
    before = files(folder)
    given = {"step": walk, "state": start(), "batches": None, "num_generations": 20}
    with pytest.raises(InputError, match=message):
        quiet(**given | {"workdir": folder} | changed)
    assert files(folder) == before


def test_names_that_are_taken_are_refused_before_anything_is_written(tmp_path):
    folder = tmp_path / "run"
    for config in ({"format": "png"}, {"identity": 1}, {"sha256": "x"}, {1: 2}):
        with pytest.raises(InputError, match=r"config: .* is no name for a part of it"):
            quiet(walk, start(), None, 1, folder, config=config)
    assert not folder.exists()
    for name in ("generation", "seconds", "replicate", "crc32", "stopped"):
        with pytest.raises(InputError, match=f"evaluate: {name} is what a row calls its own"):
            quiet(walk, start(), None, 1, evaluate=lambda state, name=name: {name: 1})
    with pytest.raises(InputError, match="metrics: seconds is what a row calls its own"):
        quiet(lambda s, b: (walk(s, b)[0], {"seconds": 1.0}), start(), None, 1)


def test_a_state_with_an_empty_array_goes_on(tmp_path):
    """Orbax would not save one."""
    empty = start()._replace(position=jnp.zeros((0,)))

    def step(state, batch):
        return state._replace(generation=state.generation + 1), {"one": jnp.float32(1)}

    quiet(step, empty, None, 2, tmp_path)
    state, rows = quiet(step, empty, None, 4, tmp_path)
    assert (int(state.generation), state.position.shape, len(rows)) == (4, (0,), 4)


def test_rows_that_were_never_to_be_there_are_not_missing(tmp_path):
    """Logged were every third; the checkpoint is of generation 10."""
    quiet(walk, start(), None, 10, tmp_path, log_every=3, checkpoint_every=10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, rows = quiet(walk, start(), None, 12, tmp_path, log_every=1)
    assert [row["generation"] for row in rows] == [3, 6, 9, 11, 12]


def test_messages_say_how_a_command_goes_on(tmp_path):
    folder = RunFolder(tmp_path / "run", "--workdir", goes_on="the same command goes on")
    goes_on = pytest.raises(StorageError, match="is whole, and the same command goes on")
    with folder.held(), goes_on, folder.writing():
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("jax_threefry_partitionable", "jax_threefry_partitionable=True, and this process has Fal"),
        ("jax_enable_x64", "jax_enable_x64=False, and this process has True"),
    ],
)
def test_other_random_numbers_are_refused(folder, setting, words):
    before = getattr(jax.config, setting)
    state, identity = start(), RunFolder(folder).config()["identity"]
    jax.config.update(setting, not before)
    try:
        now = runs.identity.identity({"state": state})
        with pytest.raises(InputError, match=words):
            runs.identity.refuse_difference(identity, now, f"workdir={folder}")
    finally:
        jax.config.update(setting, before)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "is damaged: it is no JSON"),
        (lambda text: "", "is damaged: it is no JSON"),
        (lambda text: "[]", "is damaged: it is no JSON"),
        (lambda text: text.replace("threefry2x32", "threefry2x33"), "is damaged or was edited"),
        (lambda text: text.replace('"format": 4', '"format": 5'), "has format 5, and this version"),
        (lambda text: '{"identity": "a"}', "has format 1, and this version reads 4"),
    ],
)
def test_a_damaged_config_is_refused(folder, damage, message):
    config = folder / "config.json"
    config.write_text(damage(config.read_text()))
    with pytest.raises(InputError, match=rf"config\.json {message}.*; restore it, or start"):
        quiet(walk, start(), None, 20, folder)


def test_foreign_things_in_the_place_of_a_run(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(InputError, match="is not empty; give another folder"):
        quiet(walk, start(), None, 5, tmp_path)
    with pytest.raises(InputError, match=r"thesis\.tex: is a file; give a folder"):
        quiet(walk, start(), None, 5, tmp_path / "thesis.tex")
    with pytest.raises(InputError, match="cannot be written"):
        quiet(walk, start(), None, 5, tmp_path / "thesis.tex" / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.tex"]


def test_foreign_files_in_a_run_are_left_alone(folder):
    (folder / "notes.txt").write_text("mine")
    (folder / "checkpoints" / "readme").write_text("mine")
    state, _ = quiet(walk, start(), None, 20, folder)
    same(state, quiet(walk, start(), None, 20)[0])
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "checkpoints" / "readme").read_text() == "mine"


def test_killed_before_it_began(tmp_path):
    """All that is there is a lock, and a config.json that was not renamed."""
    (tmp_path / ".lock").write_text("process 1 on nowhere\n")
    (tmp_path / ".config.json.0a1b2c3d.partial").write_text('{"form')
    for resume in (False, True):
        state, _ = quiet(walk, start(), None, 3, tmp_path, resume=resume)
        assert int(state.generation) == 3
        shutil.rmtree(tmp_path / "checkpoints")
        for name in ("config.json", "metrics.jsonl"):
            (tmp_path / name).unlink()


@pytest.mark.parametrize("name", ["checkpoints", "metrics.jsonl", "config.json", ".lock"])
def test_links_are_not_followed_out_of_the_folder(folder, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)
    before = files(tmp_path)
    with pytest.raises(InputError, match=r"is a link|cannot be written"):
        quiet(walk, start(), None, 20, folder)
    assert files(tmp_path) == before


def test_one_process_at_a_time(folder):
    def begin_again(row):
        quiet(walk, start(), None, 20, folder)

    with pytest.raises(BusyError, match=rf"at this run \(process {os.getpid()} on .*\); wait"):
        quiet(walk, start(), None, 20, folder, on_row=begin_again)
    state, _ = quiet(walk, start(), None, 20, folder)  # the lock went with its holder
    assert int(state.generation) == 20


def test_a_new_folder_beside_one_of_the_same_name(tmp_path):
    paths = []
    for _ in range(3):
        with (folder := RunFolder(tmp_path / "digits", is_suggestion=True)).held():
            paths.append(folder.path.name)
    assert paths == ["digits", "digits-2", "digits-3"]


@pytest.mark.parametrize("replaced", [True, False])
def test_a_folder_that_is_removed_meanwhile_is_not_written_to(tmp_path, replaced):
    def remove(row):
        shutil.rmtree(tmp_path / "run")
        if replaced:
            (tmp_path / "run").mkdir()
            (tmp_path / "run" / ".lock").write_text("of another run")

    with pytest.raises(StorageError, match="the folder was removed or replaced while"):
        quiet(walk, start(), None, 20, tmp_path / "run", on_row=remove)
    assert (tmp_path / "run").exists() is replaced
    if replaced:
        assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]


def test_damaged_rows_are_set_aside_and_sound_ones_kept(folder):
    metrics = folder / "metrics.jsonl"
    lines = metrics.read_bytes().splitlines()
    lines[3] = lines[3].replace(b"mean", b"meam")
    lines[6] = b"\xff\x00"
    metrics.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.warns(UserWarning, match=r"2 damaged lines, set aside in metrics\.damaged\.jsonl"):
        _, rows = quiet(walk, start(), None, 12, folder)
    assert [row["generation"] for row in rows] == [1, 2, 3, 5, 6, 8, 9, 10, 11, 12]
    assert (folder / "metrics.damaged.jsonl").read_bytes().splitlines() == [lines[3], lines[6]]
    assert RowsFile(metrics).read().rows == rows


def test_a_torn_line_is_what_a_kill_leaves_and_nothing_to_warn_of(folder):
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(sealed({"generation": 11, "mean": 99.0}) + b'\n{"generation": 12, "me')
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        _, rows = quiet(walk, start(), None, 12, folder)
    assert timeless(rows) == timeless(quiet(walk, start(), None, 12)[1])


@pytest.mark.parametrize("left", [0, 400])
def test_missing_rows_are_said_to_be_missing(folder, left):
    metrics = folder / "metrics.jsonl"
    content = metrics.read_bytes()[:left]
    metrics.write_bytes(content)
    if not left:
        metrics.unlink()
    first = content.count(b"\n") + 1
    with pytest.warns(UserWarning, match="missing|damaged") as found:
        state, rows = quiet(walk, start(), None, 12, folder, evaluate=lambda state: {"x": 1})
    said = [str(warning.message) for warning in found]
    assert sum(f"rows of generations {first} to 10 are missing" in text for text in said) == 1
    assert sum("1 damaged line, set aside" in text for text in said) == (left > 0)  # it is cut
    assert len(said) == 1 + (left > 0)
    assert [row["generation"] for row in rows] == [*range(1, first), 11, 12]
    same(state, quiet(walk, start(), None, 12)[0])
