"""``python -m experiments.evolve`` as a user runs it, with tiny settings."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from absl import flags as absl_flags

import experiments.evolve
import nne_jax as nne
from experiments import launch
from experiments.launch.provenance import command_line
from nne_jax.errors import InputError
from tests.conftest import MNIST
from tests.experiments.commands import run_command
from tests.runs.toys import timeless

TINY = (
    "--hidden=16 --num_genes=100 --genes_per_link=5 --population_size=20 --batch_size=50 "
    "--num_generations=40 --eval_every=10 --checkpoint_every=10 --num_sampled=5 "
    "--mutation_rate=0.001"
).split()


def evolve(*arguments, check=True):
    done = run_command("evolve", *arguments)
    assert not check or done.returncode == 0, done.stderr
    return done


def program(*arguments, **variables):
    """The same as a child process, with other variables of the environment."""
    command = [sys.executable, "-m", "experiments.evolve", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | variables)


def rows(folder):
    """Metrics without the clock."""
    return timeless(nne.runs.rows.read(folder / "metrics.jsonl"))


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """An uninterrupted run, and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "straight"
    done = evolve(*TINY, f"--workdir={folder}", "--lifetime=signsgd", "--lifetime_iterations=20")
    return folder, done


@pytest.mark.slow
def test_what_a_run_prints_and_writes(straight):
    folder, done = straight
    for text in ("64-16-10", "20 genotypes", "GiB", "digits, classes 0 1 2", str(folder), "cpu"):
        assert text in done.stdout
    for text in ("sampled genotypes", "modal genotype", "mean genotype", "sampled + signsgd"):
        assert text in done.stdout
    assert "generations/s" in done.stderr
    assert "validation accuracy of the modal genotype\n" in done.stdout
    assert "40 generations\ntest accuracy after 40 generations" in done.stdout  # the curve's axis
    assert {path.name for path in folder.iterdir()} == {
        "config.json", ".lock", "metrics.jsonl", "checkpoints", "summary.json",
        "allele_freqs.npy", "figures", "flags.txt",
    }  # fmt: skip
    assert sorted(path.name for path in (folder / "figures").iterdir()) == [
        "allele_freq_histogram.png", "distance_to_fixation.png", "learning_curve.png",
    ]  # fmt: skip
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == ["20", "30", "40"]


@pytest.mark.slow
def test_the_files_of_a_run(straight):
    folder, _ = straight
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["generations"], summary["dataset"], summary["seed"]) == (40, "digits", 0)
    assert set(summary["test_accuracy"]) == {"sampled_mean", "sampled_std", "modal", "mean"}
    assert all(0 <= value <= 1 for value in summary["test_accuracy"].values())
    assert summary["complete"]
    learnt = summary["lifetime"]["test_accuracy"]
    assert learnt["sampled_mean"] > summary["test_accuracy"]["sampled_mean"]
    allele_freqs = np.load(folder / "allele_freqs.npy")
    assert allele_freqs.dtype == np.float32
    assert allele_freqs.shape == (100,)
    record = json.loads((folder / "config.json").read_text())
    assert record["config"]["num_genes"] == 100
    assert record["config"]["hidden"] == [16]
    assert {"commit", "jax", "device"} <= record["begun"].keys()
    table = rows(folder)
    assert [row["generation"] for row in table] == list(range(41))
    assert {"fitness_mean", "fitness_sd", "fitness_max", "heterozygosity", "near_fixation_0_1",
            "near_fixation_0_01", "non_finite"} <= table[1].keys()  # fmt: skip
    assert [row["generation"] for row in table if "validation_accuracy" in row] == [
        0,
        10,
        20,
        30,
        40,
    ]
    p = np.histogram(allele_freqs, 100, (0, 1))[0]
    assert table[-1]["allele_freq_counts"] == p.tolist()
    assert table[-1]["heterozygosity"] == pytest.approx(
        np.mean(2 * allele_freqs * (1 - allele_freqs))
    )


def assert_same_run(folder, reference):
    assert (folder / "allele_freqs.npy").read_bytes() == (
        reference / "allele_freqs.npy"
    ).read_bytes()
    assert rows(folder) == rows(reference)
    one, other = (json.loads((f / "summary.json").read_text()) for f in (folder, reference))
    assert one["test_accuracy"] == other["test_accuracy"]


@pytest.mark.slow
def test_the_chunk_size_does_not_change_a_run(tmp_path):
    """As XLA compiles by default: without what makes it fast, chunks are rounded otherwise."""
    for name, chunk_size in (("whole", 0), ("run", 7)):
        arguments = f"--workdir={tmp_path / name}", f"--chunk_size={chunk_size}", "--noprogress"
        done = program(*TINY, *arguments, XLA_FLAGS="")
        assert done.returncode == 0, done.stderr
    assert_same_run(tmp_path / "run", tmp_path / "whole")


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--population_size=0"], "--population_size=0: must be at least 1."),
        (["--resume"], "--resume: give the folder"),
        (["--resume", "--workdir=setup.cfg"], "--workdir=setup.cfg: holds no run to resume"),
        (["--classes=0-20"], "not in digits, whose classes are"),
        (["--dataset=mnist", "--data_dir=/nowhere"], "data_dir=/nowhere: no such folder"),
        (["--selection=weak", "--epsilon=3"], "1 + epsilon f can be negative"),
        (["--num_genes=1000000000"], "GiB of memory"),
        (["--progress", "false"], "false: is no option"),
        (["--population_sise=20"], "--population_sise: is no option of this command"),
        (["--population_size=many"], "--population_size=many: give a whole number."),
        (["--epsilon=much"], "--epsilon=much: give a number."),
        (["--hidden="], "--hidden=: give at least one value."),
        (["--classes="], "--classes=: give class numbers such as 0-4 or 3,5,8."),
        (["--classes=3,3,5"], "--classes=3,3,5: give each value once."),
        (["--seed=-1"], "--seed=-1: must be between 0 and 4294967295."),
        (["--seed=4294967296"], "--seed=4294967296: must be between 0 and 4294967295."),
        (["--seed=" + "9" * 20], "must be between 0 and 4294967295."),
        (["--temperature=nan"], "--temperature=nan: must be more than 0, and finite."),
        (["--intensity_decay=inf"], "--intensity_decay=inf: must be at least 0, and finite."),
        (["--lifetime=sgd", "--lifetime_rate=inf"], "--lifetime_rate=inf: must be more than 0"),
        (["--dataset=own.npz"], "own.npz"),
        (["--dataset=imagenet"], "--dataset=imagenet: must be one of digits, mnist"),
        (["--preset=best"], "--preset=best"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing_behind(arguments, message, tmp_path):
    done = evolve(
        *([] if "--resume" in arguments else [f"--workdir={tmp_path}/x"]), *arguments, check=False
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.startswith("evolve: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


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
def test_a_program_runs_and_says_the_same(straight, tmp_path):
    """Another process, which shares the population among all cores."""
    done = program(*TINY, f"--workdir={tmp_path / 'run'}", "--population_size=128")
    assert done.returncode == 0, done.stderr
    evolve(*TINY, f"--workdir={tmp_path / 'called'}", "--population_size=128")
    assert_same_run(tmp_path / "run", tmp_path / "called")
    assert "modal genotype" in done.stdout
    for arguments, message in (
        (["--population_size=0"], "evolve: --population_size=0: must be at least 1.\n"),
        (["--population_sise=20"], "evolve: --population_sise: is no option of this command"),
    ):
        refused = program(*arguments)
        assert refused.returncode == 1
        assert refused.stderr.startswith(message)
        assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_help_has_every_option_of_the_command_and_no_other():
    shown = " ".join(program("--help").stdout.split())
    assert shown.startswith("Evolves a network on real images")
    for text in ("--[no]resume false true", "--population_size 400 genotypes number N", "1024 in"):
        assert text in shown
    assert "orbax" not in shown
    assert "--seeds" not in shown


@pytest.mark.slow
def test_two_commands_in_one_process_keep_their_flags_apart(tmp_path):
    """Both have --workdir and --resume; table1 has --classes of another kind."""
    before = set(absl_flags.FLAGS)
    for name in ("evolve", "seeds", "search", "evolve"):
        done = run_command(name, "--num_genes=0", f"--workdir={tmp_path / 'x'}")
        assert done.stderr == f"{name}: --num_genes=0: must be at least 1.\n"
    assert set(absl_flags.FLAGS) == before
    for name, arguments in {"evolve": [], "seeds": ["--seeds=0"]}.items():
        folder = f"--workdir={tmp_path / name}"
        assert run_command(name, *TINY, folder, "--num_generations=5", *arguments).returncode == 0
    assert (tmp_path / "evolve" / "summary.json").exists()
    assert (tmp_path / "seeds" / "seed-0" / "summary.json").exists()


def test_only_read_looks_at_flags():
    """``main`` works on what ``read`` returned, made here without any flag."""
    flags = absl_flags.FlagValues()
    experiments.evolve.define(flags)
    flags(["evolve", "--resume"])
    options = experiments.evolve.read(flags)
    del flags
    with pytest.raises(InputError, match="--resume: give the folder of the run"):
        experiments.evolve.main(options)


def test_the_command_of_a_call_is_its_own():
    seen = []

    def main(options):
        seen.append(command_line("experiments.toy"))

    def define(flags):
        absl_flags.DEFINE_string("name", "", "a name", flag_values=flags)

    launch.call(define, lambda flags: flags["name"].value, main, ["--name=two words"])
    assert seen == ["python -m experiments.toy '--name=two words'"]
    assert command_line("experiments.toy") == shlex.join(
        ["python", "-m", "experiments.toy", *sys.argv[1:]]
    )


@pytest.mark.slow
def test_a_run_in_a_thread(straight, tmp_path):
    arguments = experiments.evolve.define, experiments.evolve.read, experiments.evolve.main
    with ThreadPoolExecutor() as pool:
        done = pool.submit(launch.call, *arguments, [*TINY, f"--workdir={tmp_path / 'run'}"])
        done.result()
    assert_same_run(tmp_path / "run", straight[0])


def write_own_data(path, examples=120, scale=1.0):
    """Two classes named 3 and 7, told apart by where the light is."""
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(examples) % 2, 7, 3)
    inputs = rng.uniform(size=(examples, 4, 3)) + (labels == 7)[:, None, None] * np.arange(3)
    inputs = scale * inputs
    np.savez(path, x_train=inputs, y_train=labels, x_test=inputs[:40], y_test=labels[:40])


@pytest.mark.slow
def test_a_file_of_your_own_data(tmp_path):
    write_own_data(tmp_path / "own.npz")
    done = evolve(*TINY, f"--dataset={tmp_path / 'own.npz'}", f"--workdir={tmp_path / 'run'}")
    assert "own, classes 3 7: 80 training, 40 validation, 40 test images" in done.stdout
    assert "12-16-2" in done.stdout
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["test_accuracy"]["mean"] > 0.9
    again = evolve(f"--workdir={tmp_path / 'run'}", "--resume", "--num_generations=45")
    assert "45 generations" in again.stdout


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
def test_a_run_in_which_nobody_has_a_finite_fitness_ends_and_says_so(tmp_path):
    write_own_data(tmp_path / "own.npz", scale=1e38)
    own = f"--dataset={tmp_path / 'own.npz'}"
    done = evolve(*TINY, own, f"--workdir={tmp_path / 'run'}", check=False)
    assert done.returncode == 1
    assert "generation 1: nobody has a finite fitness; give inputs of ordinary" in done.stderr
    assert nne.runs.rows.read(tmp_path / "run" / "metrics.jsonl")[-1]["non_finite"] == 20
    assert (tmp_path / "run" / "checkpoints" / "0").is_dir()


def test_large_intervals_end_at_once(tmp_path):
    evolve(*TINY, "--eval_every=1000000000", "--checkpoint_every=1000000000",
           f"--workdir={tmp_path / 'run'}")  # fmt: skip
    table = rows(tmp_path / "run")
    assert [row["generation"] for row in table if "validation_accuracy" in row] == [0, 40]


@pytest.mark.slow
@MNIST
def test_mnist_with_the_papers_rule(tmp_path):
    """Classes 0-4 and all of the rule's options, on a small network."""
    folder = tmp_path / "run"
    evolve(
        "--preset=paper", "--classes=0-4", "--hidden=20", "--num_genes=200", "--genes_per_link=4",
        "--population_size=30", "--num_generations=4", "--eval_every=2", "--num_sampled=3",
        f"--workdir={folder}",
    )  # fmt: skip
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["dataset"] == "mnist"
    assert summary["test_accuracy"]["mean"] > 0.1
