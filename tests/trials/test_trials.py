"""A few trials of each kind of ``experiments.soak``, and that they notice what is broken."""

import json
import shutil

import numpy as np
import pytest

from experiments.trials import damage, disk, faults, generations, kills, processes, signals
from experiments.trials.outcome import FAILURES, Outcome
from experiments.trials.workloads import Evolve, Toy, differences
from nne_jax.runs.rows import sealed


def rng(seed=0):
    return np.random.default_rng(seed)


def total(outcomes):
    summed = Outcome()
    for outcome in outcomes:
        summed.add(outcome)
    assert summed.failures == []
    assert all(summed.counts[failure] == 0 for failure in FAILURES)
    return summed.counts


@pytest.fixture(scope="module")
def toy_kills(tmp_path_factory):
    return kills.prepare(tmp_path_factory.mktemp("toy"), Toy())


@pytest.fixture(scope="module")
def evolve_kills(tmp_path_factory):
    return kills.prepare(tmp_path_factory.mktemp("evolve"))


@pytest.mark.slow
def test_dead_from_any_write_on(toy_kills, tmp_path):
    """From the first, of the folder, to the last, of the last checkpoint."""
    writes = np.linspace(1, toy_kills.writes, 10, dtype=int)
    counts = total(kills.trial_in_process(tmp_path / str(at), toy_kills, at) for at in writes)
    assert counts["trials"] == 10
    assert counts["killed before config.json"] >= 1
    assert counts["killed in a checkpoint"] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("moment", kills.MOMENTS)
def test_kill_9(evolve_kills, tmp_path, moment):
    counts = total([kills.trial(rng(), tmp_path / "trial", evolve_kills, moment)])
    assert sum(counts[what] for what in counts if what.startswith(("killed", "ended"))) >= 1


@pytest.fixture(scope="module")
def runs_to_damage(tmp_path_factory):
    return damage.prepare(tmp_path_factory.mktemp("damage"), ("longer", "killed", "report"))


@pytest.mark.slow
def test_damage_of_any_kind_of_file(runs_to_damage, tmp_path):
    counts = total(
        damage.trial(rng(seed), tmp_path / str(seed), runs_to_damage) for seed in range(12)
    )
    assert counts["trials"] == 12
    assert counts["warned of"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("harm", damage.DAMAGES)
@pytest.mark.parametrize(
    ("scenario", "file", "result"),
    [
        ("longer", "config.json", "refused"),
        ("report", "metrics.jsonl", "warned of"),
        ("killed", "metrics.jsonl", "warned of"),
    ],
)
def test_damage_of_what_no_other_file_holds_is_said(
    runs_to_damage, tmp_path, scenario, file, result, harm
):
    outcome = damage.trial(rng(), tmp_path / "x", runs_to_damage, scenario, file, harm)
    assert total([outcome])[result] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("beginning", "resumes"),
    [
        ("an empty folder", (False, False)),
        ("an empty folder", (False, True, True)),
        ("a run that died", (True, True)),
        ("a run that died", (False, True)),
    ],
)
def test_one_of_the_processes_in_a_folder_has_the_run(toy_kills, tmp_path, beginning, resumes):
    prepared = processes.Prepared(Toy(), toy_kills.reference)
    counts = total([processes.trial(rng(), tmp_path / "x", prepared, beginning, resumes)])
    assert counts["complete"] >= 1
    assert counts["complete"] + counts["busy"] + counts["refused"] == len(resumes)


@pytest.mark.slow
def test_runs_that_begin_together_without_a_folder(evolve_kills, tmp_path):
    prepared = processes.Prepared(Evolve(), evolve_kills.reference)
    total([processes.trial(rng(), tmp_path / "x", prepared, "no --workdir")])


@pytest.fixture(scope="module")
def toy_disk(tmp_path_factory):
    return disk.prepare(tmp_path_factory.mktemp("disk"), Toy())


@pytest.mark.slow
def test_every_write_may_fail(toy_disk, tmp_path):
    counts = total(
        disk.trial(rng(at), tmp_path / str(at), toy_disk, "a write fails", at)
        for at in np.linspace(1, toy_disk.writes, 9, dtype=int)
    )
    assert counts["refused"] >= 7


@pytest.mark.slow
def test_a_full_disk(toy_disk, tmp_path):
    if "a full disk" not in toy_disk.kinds:
        pytest.skip("this process may not mount a disk")
    counts = total(
        disk.trial(rng(), tmp_path / str(size), toy_disk, "a full disk", size)
        for size in np.linspace(2**14, toy_disk.bytes, 6, dtype=int)
    )
    assert counts["refused"] >= 4


def test_a_folder_that_is_removed_during_a_run(toy_disk, tmp_path):
    at = toy_disk.writes // 2
    counts = total([disk.trial(rng(), tmp_path / "x", toy_disk, "removed", at)])
    assert counts["refused"] == 1


@pytest.fixture(scope="module")
def to_signal(tmp_path_factory):
    return signals.prepare(tmp_path_factory.mktemp("signals"), num_generations=40)


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", ["SIGTERM", "SIGINT twice", "SIGHUP under nohup", "SIGTERM in the report"]
)
def test_signals(to_signal, tmp_path, case):
    counts = total([signals.trial(rng(1), tmp_path / "x", to_signal, case)])
    assert sum(number for what, number in counts.items() if what.startswith(case)) == 1


@pytest.mark.slow
def test_a_long_run_does_not_grow(tmp_path):
    outcome = generations.trial(rng(), tmp_path, num_generations=4000)
    total([outcome])
    assert outcome.measured["programs compiled since"] == 0
    assert outcome.measured["rows"] == 4001


@pytest.mark.slow
def test_differences_are_noticed(toy_kills, tmp_path):
    shutil.copytree(toy_kills.reference, tmp_path, dirs_exist_ok=True)
    assert differences(tmp_path, toy_kills.reference) == []
    metrics = tmp_path / "metrics.jsonl"
    lines = metrics.read_bytes().splitlines(keepends=True)
    metrics.write_bytes(b"".join([*lines, lines[4]]))
    assert differences(tmp_path, toy_kills.reference) == ["rows of [4] twice"]
    row = json.loads(lines[4])
    del row["crc32"]
    other = sealed(row | {"mean": 0.5}) + b"\n"
    metrics.write_bytes(b"".join([*lines[:4], other, *lines[5:]]))
    assert (
        "first other {'generation': 4, 'mean': 0.5}"
        in differences(tmp_path, toy_kills.reference)[0]
    )


@pytest.mark.slow
def test_a_run_that_ignores_a_full_disk_is_noticed(toy_disk, tmp_path, monkeypatch):
    """If rows that cannot be written were dropped in silence."""
    from nne_jax.runs.rows import RowsFile

    append = RowsFile.append

    def careless(self, rows):
        try:
            append(self, rows)
        except OSError:
            faults.mend()

    monkeypatch.setattr(RowsFile, "append", careless)
    outcomes = (
        disk.trial(rng(), tmp_path / str(at), toy_disk, "a write fails", at)
        for at in range(8, 30, 2)
    )
    assert any(outcome.counts["silent differences"] for outcome in outcomes)
