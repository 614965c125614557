"""flags.txt: ``--flagfile`` gives every option back as it was, and repeats a run to the bit."""

import dataclasses
import json

import numpy as np
import pytest
from absl import flags as absl_flags

import experiments.evolve
from experiments import launch
from experiments.run import flag_file
from experiments.run.config import Config
from experiments.run.presets import PRESETS, new_config
from nne_jax.errors import InputError
from tests.experiments.commands import run_command

TINY = (
    "--hidden=6 --num_genes=12 --genes_per_link=2.4 --population_size=8 --num_generations=6 "
    "--num_sampled=3 --per_class=9 --validation_per_class=4 --batch_size=10 --noprogress"
).split()


def from_file(path, *arguments):
    """The config that a file of flags gives."""
    flags = absl_flags.FlagValues()
    experiments.evolve.define(flags)
    launch.flags.parse(["evolve", f"--flagfile={path}", *arguments], flags)
    given = experiments.evolve.read(flags).given
    return new_config(given.preset, given.options)


def written(tmp_path, config):
    path = tmp_path / "a file of flags"
    path.write_text(flag_file.text(dataclasses.asdict(config)), "utf-8")
    return path


@pytest.mark.parametrize(
    "config",
    [
        *(new_config(name, {}) for name in PRESETS),
        Config(hidden=(30, 20), classes=(3, 5), lifetime="sgd", lifetime_rate=0.1 + 0.2),
        Config(double_batch_at=(10, 30), double_population_at=(7,), temperature=1e-6),
        Config(dataset='it\'s my "own" data, = #1 é/$HOME \\n.npz', data_dir=" -- x"),
        Config(selection="pbil", learning_rate=1 / 3, antithetic=True, progress=False),
        Config(evolution="wright_fisher", recombination_rate=1e-37, seed=2**32 - 1),
    ],
)
def test_every_option_comes_back_as_it_was(config, tmp_path):
    assert from_file(written(tmp_path, config)) == config


def test_the_folder_is_not_in_the_file_and_later_flags_win(tmp_path):
    path = written(tmp_path, Config(workdir="runs/x", seed=3))
    assert from_file(path, "--workdir=runs/y", "--seed=4") == Config(workdir="runs/y", seed=4)
    assert from_file(path) == Config(seed=3)


@pytest.mark.parametrize("name", ["a\nb.npz", "a.npz ", "a\tb.npz", "\udcff.npz"])
def test_a_name_that_no_line_can_hold_is_asked_for(name, tmp_path):
    config = Config(seed=5)
    text = flag_file.text(dataclasses.asdict(config) | {"dataset": name})
    path = tmp_path / "flags"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match="--dataset=: must be one of"):
        from_file(path)
    assert from_file(path, "--dataset=digits") == config


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_numbers_that_are_none_are_refused_from_a_file_too(value, tmp_path):
    path = tmp_path / "flags"
    path.write_text(f"--temperature={value}\n")
    with pytest.raises(InputError, match=f"--temperature={value}: must be"):
        from_file(path)


@pytest.mark.slow
def test_a_run_is_repeated_to_the_bit(tmp_path):
    first, again = tmp_path / "it's", tmp_path / "again"
    done = run_command("evolve", *TINY, f"--workdir={first}", "--antithetic", "--seed=7")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"to repeat it: {flag_file.command(first)}"
    arguments = [f"--flagfile={first / 'flags.txt'}", f"--workdir={again}"]
    done = run_command("evolve", *arguments)
    assert done.returncode == 0, done.stderr
    one, other = (json.loads((folder / "config.json").read_text()) for folder in (first, again))
    assert one["identity"] == other["identity"]
    assert one["config"] | {"workdir": ""} == other["config"] | {"workdir": ""}
    p, q = (np.load(folder / "allele_freqs.npy") for folder in (first, again))
    assert p.tobytes() == q.tobytes()
    assert (first / "flags.txt").read_bytes() == (again / "flags.txt").read_bytes()
    assert run_command("evolve", *arguments).stderr.startswith("evolve: --workdir=")  # holds a run

    done = run_command("evolve", f"--workdir={again}", "--resume", "--num_generations=9")
    assert done.returncode == 0, done.stderr
    assert "--num_generations=9\n" in (again / "flags.txt").read_text()
    (again / "flags.txt").unlink()  # as in a run of an older version
    done = run_command("evolve", *arguments, "--resume", "--num_generations=9")
    assert done.returncode == 0, done.stderr
    assert (again / "flags.txt").exists()
