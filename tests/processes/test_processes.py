"""Two processes with one run, over loopback: straight, killed, resumed, and badly started."""

import importlib.util
import os
import re
import signal
import time

import numpy as np
import pytest

from experiments.launch.processes import ProcessOptions
from nne_jax import runs
from nne_jax.errors import InputError
from tests.experiments.commands import run_command
from tests.processes.several import ended, free_port, start, start_program

SMALL = (
    "--hidden=8 --num_genes=60 --population_size=20 --batch_size=20 --num_sampled=4 --noprogress "
    "--eval_every=50 --checkpoint_every=20"
).split()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The folder of the run of one process."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    done = run_command("evolve", *SMALL, "--num_generations=100", f"--workdir={folder}")
    assert done.returncode == 0, done.stderr
    return folder


def assert_same(folder, other):
    """The same frequencies to the bit, and the same rows but for the seconds."""
    frequencies = [np.load(one / "allele_freqs.npy") for one in (folder, other)]
    np.testing.assert_array_equal(*frequencies)
    rows = [runs.rows.read(one / "metrics.jsonl") for one in (folder, other)]
    for row in (*rows[0], *rows[1]):
        del row["seconds"]
    assert rows[0] == rows[1]


def test_slurm_tells_all_that_flags_would(alone, tmp_path):
    job = str(free_port())  # JAX makes the port of it

    def variables(process):
        return {
            "SLURM_JOB_ID": job,
            "SLURM_NTASKS": "2",
            "SLURM_STEP_NUM_TASKS": "2",
            "SLURM_STEP_NODELIST": "localhost",
            "SLURM_PROCID": str(process),
            "SLURM_LOCALID": str(process),
        }

    arguments = [*SMALL, "--num_generations=100", f"--workdir={tmp_path / 'run'}"]
    first, second = ended(start(arguments, variables=variables, num_devices=2))
    assert (first.status, second.status) == (0, 0), (first, second)
    assert "4 JAX devices" in first.stdout
    assert "modal genotype" in first.stdout
    assert (second.stdout, second.stderr) == ("", "")
    assert_same(tmp_path / "run", alone)


@pytest.mark.parametrize("killed", [0, 1])
def test_a_lost_process_ends_the_others_and_the_run_goes_on(tmp_path, killed):
    folder = tmp_path / "run"
    small = [*SMALL, f"--num_seeds={1 + killed}"]  # side by side, too
    arguments = [*small, "--num_generations=100000", f"--workdir={folder}"]
    processes = start(arguments)
    wait_for(lambda: any(checkpoints(folder)), processes)
    kill_both(processes[killed])
    start_of_end = time.monotonic()
    found = ended(processes)
    assert time.monotonic() - start_of_end < 60
    other = found[1 - killed]
    assert other.status == 69, other
    assert re.search(r"evolve: process \d of 2: another one is lost", other.stderr)
    assert other.stderr.count("\n") == 1
    enough = max(int(path.name) for path in checkpoints(folder)) // 100 * 100 + 100
    resumed = [f"--workdir={folder}", "--resume", f"--num_generations={enough}"]
    alone = {"number": 1, "variables": lambda process: {}}  # on another number of processes
    again = ended(start(resumed, **({} if killed else alone)))
    assert {process.status for process in again} == {0}, again
    straight = tmp_path / "straight"
    done = run_command("evolve", *small, f"--num_generations={enough}", f"--workdir={straight}")
    assert done.returncode == 0
    np.testing.assert_array_equal(
        np.load(folder / "allele_freqs.npy"), np.load(straight / "allele_freqs.npy")
    )


def test_one_that_lives_and_does_not_come_is_not_waited_for_for_ever():
    found = ended(start_program("tests.processes.hanging"))
    sentences = [process.stdout.splitlines()[-1] for process in found]
    for number, sentence in enumerate(sentences):
        assert sentence.startswith(f"process {number} of 2: another one is lost, or the network (")
        assert "it waited 3 s for the next block of generations" in sentence


def test_a_signal_to_one_stops_all_with_a_checkpoint(tmp_path):
    folder = tmp_path / "run"
    processes = start([*SMALL, "--num_generations=100000", f"--workdir={folder}"])
    wait_for(lambda: any(checkpoints(folder)), processes)
    processes[1].send_signal(signal.SIGTERM)
    first, second = ended(processes)
    assert (first.status, second.status) == (128 + signal.SIGTERM,) * 2
    assert "--resume" in first.stdout
    stopped = int(re.search(r"stopped after (\d+) generations", first.stdout)[1])
    assert max(int(path.name) for path in checkpoints(folder)) == stopped


def test_a_folder_that_is_taken_ends_all_with_the_sentence(tmp_path):
    (tmp_path / "other.txt").write_text("mine")
    found = ended(start([*SMALL, f"--workdir={tmp_path}"]))
    assert [process.status for process in found] == [1, 1]
    sentence = f"--workdir={tmp_path}: is not empty; give another folder."
    assert found[0].stderr == f"evolve: {sentence}\n"
    assert found[1].stderr == f"evolve: process 0: {sentence}\n"


def test_processes_with_other_options_are_refused_before_the_first_generation(tmp_path):
    own = {1: ["--process_id=1", "--num_genes=70"]}
    arguments = [option for option in SMALL if "num_genes" not in option]
    found = ended(start([*arguments, "--seed=3", f"--workdir={tmp_path / 'run'}"], own=own))
    assert [process.status for process in found] == [1, 1]
    sentence = "--num_genes=70: process 0 has None; start all with the same."
    assert found[1].stderr == f"evolve: {sentence}\n"
    assert found[0].stderr == f"evolve: process 1: {sentence}\n"
    assert not (tmp_path / "run").exists()


def test_a_number_given_twice_and_nobody_there(tmp_path):
    """What JAX's runtime ends a process for is said in a sentence."""
    own = {2: ["--process_id=1"]}
    soon = [*SMALL, f"--workdir={tmp_path / 'run'}", "--join_seconds=8"]
    groups = [start(soon, number=3, own=own), *(start(soon, which=[n]) for n in (0, 1))]
    found, *waited = map(ended, groups)  # which were started together
    assert {process.status for process in found} == {69}
    assert any("--process_id=1: two processes have one number" in one.stderr for one in found)
    assert all(one.stderr.count("\n") == 1 for one in found)
    for (process,) in waited:
        assert process.status == 69
        assert "not all of --num_processes=2 were there within 8 s" in process.stderr


def test_what_is_given_must_fit():
    for options, sentence in (
        ({"process_id": 1}, "--process_id=1: has no effect without --num_processes"),
        ({"num_processes": 2}, "--num_processes=2: give each its --process_id"),
        ({"num_processes": 2, "process_id": 2}, "--process_id=2: there are --num_processes=2"),
        ({"num_processes": 2, "process_id": 0}, "--coordinator_address=: give HOST:PORT"),
        (
            {"num_processes": 2, "process_id": 0, "coordinator_address": "here"},
            "--coordinator_address=here: give HOST:PORT",
        ),
        ({"num_processes": 1, "coordinator_address": "here:1"}, "has no effect"),
    ):
        with pytest.raises(InputError, match=re.escape(sentence)):
            ProcessOptions(**options)


@pytest.mark.parametrize(
    ("variables", "several", "words"),
    [
        ({}, False, "this process"),
        ({"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"}, True, "process 2 of 4"),
        ({"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}, False, "process 0 of 1"),
        ({"OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "0"}, True, "process 0 of 3"),
        ({"TPU_WORKER_HOSTNAMES": "a,b"}, True, "this process"),
    ],
)
def test_clusters_tell_how_many_there_are(monkeypatch, variables, several, words):
    for name in ("SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "TPU_WORKER_HOSTNAMES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    options = ProcessOptions()
    assert (options.are_several, options.in_words) == (several, words)
    assert not ProcessOptions(num_processes=1).are_several


def test_an_indexed_job_of_kubernetes_tells_where_jax_can_ask(monkeypatch):
    """It needs the package by which JAX asks for the job's other pods; one pod too many is none."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "kubernetes")
    assert not ProcessOptions().are_several
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "0")
    assert ProcessOptions().are_several
    assert not ProcessOptions(num_processes=1).are_several
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not ProcessOptions().are_several


def checkpoints(folder):
    return [path for path in (folder / "checkpoints").glob("*") if path.name.isdigit()]


def wait_for(condition, processes):
    end = time.monotonic() + 120
    while not condition():
        assert all(process.poll() is None for process in processes), ended(processes)
        assert time.monotonic() < end
        time.sleep(0.1)


def kill_both(supervisor):
    """A supervisor and its worker, as when a machine is lost."""
    children = f"/proc/{supervisor.pid}/task/{supervisor.pid}/children"
    with open(children) as file:
        workers = [int(number) for number in file.read().split()]
    for number in (*workers, supervisor.pid):
        os.kill(number, signal.SIGKILL)
