"""Runs of ``experiments.evolve`` that take seconds, and their files."""

import json
import os
import subprocess
import sys

import numpy as np

import nne_jax as nne
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


def assert_same_run(folder, reference):
    assert (folder / "allele_freqs.npy").read_bytes() == (
        reference / "allele_freqs.npy"
    ).read_bytes()
    assert rows(folder) == rows(reference)
    one, other = (json.loads((f / "summary.json").read_text()) for f in (folder, reference))
    assert one["test_accuracy"] == other["test_accuracy"]


def write_own_data(path, examples=120, scale=1.0):
    """Two classes named 3 and 7, told apart by where the light is."""
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(examples) % 2, 7, 3)
    inputs = rng.uniform(size=(examples, 4, 3)) + (labels == 7)[:, None, None] * np.arange(3)
    inputs = scale * inputs
    np.savez(path, x_train=inputs, y_train=labels, x_test=inputs[:40], y_test=labels[:40])
