"""A run of ``experiments.evolve`` that stopped, by a signal or otherwise, and goes on."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.experiments.tiny import TINY, assert_same_run, evolve, rows, write_own_data


@pytest.mark.slow
def test_a_wright_fisher_population_goes_on_bit_for_bit(tmp_path):
    """The living genotypes are in the checkpoints."""
    options = [*TINY, "--evolution=wright_fisher", "--recombination_rate=0.3"]
    evolve(*options, f"--workdir={tmp_path / 'straight'}")
    evolve(*options, f"--workdir={tmp_path / 'run'}", "--num_generations=20")
    done = evolve(f"--workdir={tmp_path / 'run'}", "--resume", "--num_generations=40")
    assert "wright_fisher, recombination 0.3: 40 generations of 20 genotypes" in done.stdout
    assert_same_run(tmp_path / "run", tmp_path / "straight")
    p = np.load(tmp_path / "run" / "allele_freqs.npy")
    np.testing.assert_allclose(20 * p, np.round(20 * p), atol=1e-4)  # counts of 20 individuals


def start(folder, generations=40):
    arguments = [*TINY, f"--workdir={folder}", f"--num_generations={generations}", "--log_every=1"]
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.evolve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, process, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.slow
def test_killed_and_resumed_is_bit_identical(straight, tmp_path):
    """kill -9 within a long run, whose first 40 generations are those of the short one."""
    folder = tmp_path / "run"
    process = start(folder, generations=100_000)
    wait_for((folder / "checkpoints" / "10").is_dir, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed_at = max(int(p.name) for p in (folder / "checkpoints").iterdir() if p.name.isdigit())
    generations = max(40, killed_at + 10)
    done = evolve(f"--workdir={folder}", "--resume", f"--num_generations={generations}")
    assert f"{generations} generations" in done.stdout
    if generations == 40:
        assert_same_run(folder, straight[0])
    else:  # the machine was too fast for us: compare with an uninterrupted run of that length
        evolve(*TINY, f"--workdir={tmp_path / 'other'}", f"--num_generations={generations}")
        assert_same_run(folder, tmp_path / "other")


@pytest.mark.slow
def test_ctrl_c_leaves_a_checkpoint_a_summary_and_the_way_to_resume(tmp_path):
    folder = tmp_path / "run"
    process = start(folder, generations=100_000)
    wait_for((folder / "checkpoints" / "10").is_dir, process)
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"python -m experiments.evolve --workdir={folder} --resume" in stdout
    summary = json.loads((folder / "summary.json").read_text())
    assert not summary["complete"]
    assert summary["test_accuracy"] is None  # nothing is tested before the end
    newest = max(int(path.name) for path in (folder / "checkpoints").iterdir())
    assert newest == summary["generations"] == rows(folder)[-1]["generation"]


@pytest.mark.slow
def test_a_changed_option_is_refused_on_resume(straight):
    folder, _ = straight
    for flag in ("--seed=1", "--num_genes=7", "--temperature=3"):
        done = evolve(f"--workdir={folder}", "--resume", flag, check=False)
        assert done.returncode != 0
        assert f"{flag}" in done.stderr
        assert "drop the flag" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_script_may_give_the_same_command_again(tmp_path):
    """With a preset, and --resume from the first time on."""
    arguments = [*TINY, "--preset=digits", f"--workdir={tmp_path}", "--resume", "--noprogress"]
    first, again = evolve(*arguments), evolve(*arguments)
    assert first.stdout.splitlines()[-5:-1] == again.stdout.splitlines()[-5:-1]
    other = evolve(*arguments, "--preset=mnist_fast", check=False)
    assert other.returncode == 1
    assert "--dataset=mnist: the run in" in other.stderr


@pytest.mark.slow
def test_fewer_generations_than_were_made_are_refused_and_change_nothing(straight):
    folder, _ = straight
    before = (folder / "config.json").read_bytes()
    done = evolve(f"--workdir={folder}", "--resume", "--num_generations=30", check=False)
    assert done.returncode == 1
    assert "is at generation 40 already; give at least as many" in done.stderr
    assert (folder / "config.json").read_bytes() == before


@pytest.mark.slow
def test_the_folder_of_another_run_is_refused(straight):
    done = evolve(*TINY, f"--workdir={straight[0]}", check=False)
    assert "holds another run; add --resume" in done.stderr


@pytest.mark.slow
def test_a_resumed_run_on_other_data_is_refused(tmp_path):
    write_own_data(tmp_path / "own.npz")
    evolve(*TINY, f"--dataset={tmp_path / 'own.npz'}", f"--workdir={tmp_path / 'run'}")
    write_own_data(tmp_path / "own.npz", examples=160)
    before = (tmp_path / "run" / "config.json").read_bytes()
    arguments = [f"--workdir={tmp_path / 'run'}", "--resume", "--num_generations=45"]
    done = evolve(*arguments, check=False)
    assert (tmp_path / "run" / "config.json").read_bytes() == before
    assert "holds a run with another training sample" in done.stderr


@pytest.mark.slow
def test_a_file_of_data_may_have_moved(tmp_path):
    """It is the same one if its arrays are, wherever it lies; another one is refused."""
    for name, scale in {"own": 1.0, "moved": 1.0, "other": 2.0}.items():
        write_own_data(tmp_path / f"{name}.npz", scale=scale)
    given = [*TINY, "--batch_size=10", "--per_class=20", "--validation_per_class=5"]
    folder = f"--workdir={tmp_path / 'run'}"
    evolve(*given, folder, f"--dataset={tmp_path / 'own.npz'}", "--num_generations=5")
    (tmp_path / "own.npz").unlink()
    again = "--resume", folder, "--num_generations=6"
    assert "there is no such file" in evolve(*again, check=False).stderr
    other = evolve(*again, f"--dataset={tmp_path / 'other.npz'}", check=False)
    assert "holds a run with another training sample" in other.stderr
    evolve(*again, f"--dataset={tmp_path / 'moved.npz'}")
    idle = evolve(*again, "--lifetime_rate=0.5", check=False)
    assert "--lifetime_rate=0.5: has no effect without --lifetime" in idle.stderr
