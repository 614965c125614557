"""``python -m experiments.evolve`` as a user runs it, with tiny settings."""

import json
import shlex
import sys
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
from tests.experiments.tiny import TINY, assert_same_run, evolve, program, rows, write_own_data


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


@pytest.mark.slow
def test_the_chunk_size_does_not_change_a_run(tmp_path):
    """As XLA compiles by default: without what makes it fast, chunks are rounded otherwise."""
    for name, chunk_size in (("whole", 0), ("run", 7)):
        arguments = f"--workdir={tmp_path / name}", f"--chunk_size={chunk_size}", "--noprogress"
        done = program(*TINY, *arguments, XLA_FLAGS="")
        assert done.returncode == 0, done.stderr
    assert_same_run(tmp_path / "run", tmp_path / "whole")


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
