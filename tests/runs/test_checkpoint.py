import os
import subprocess
import sys

import chex
import jax
import jax.numpy as jnp
import optax
import pytest

import nne_jax as nne
from nne_jax.checkpoint import KEEP, Checkpoints
from nne_jax.types import InputError


def test_a_state_comes_back_to_the_bit(tmp_path, small):
    rule = nne.selection.with_mutation(nne.selection.log_odds_gradient(optax.adam(0.1)), 0.01)
    step = nne.evolution.make_generation_step(small.net, small.gen, rule, 10)
    start = nne.evolution.init(jax.random.key(1), 9, rule)
    halfway, _ = nne.evolution.evolve(step, start, small.batch, 2)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(2, halfway)
    with Checkpoints(tmp_path) as checkpoints:
        restored = checkpoints.restore(start)
    chex.assert_trees_all_equal(restored._replace(key=0), halfway._replace(key=0))
    resumed, _ = nne.evolution.evolve(step, restored, small.batch, 2)
    straight, _ = nne.evolution.evolve(step, halfway, small.batch, 2)
    chex.assert_trees_all_equal(resumed.allele_freqs, straight.allele_freqs)


def test_the_last_three_are_kept_and_a_second_save_is_ignored(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        for generation in (1, 2, 2, 5, 9):
            checkpoints.save(generation, {"x": jnp.float32(generation)})
        assert checkpoints.generations() == [2, 5, 9]
        assert KEEP == 3
        assert checkpoints.restore({"x": jnp.float32(0)})["x"] == 9


def test_a_half_written_checkpoint_is_ignored(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, {"x": jnp.float32(1)})
    (tmp_path / "2.orbax-checkpoint-tmp").mkdir()
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.generations() == [1]


def test_an_empty_folder(tmp_path):
    with Checkpoints(tmp_path) as checkpoints, pytest.raises(InputError, match="no checkpoint"):
        checkpoints.restore({"x": jnp.float32(0)})


def test_a_restored_state_may_be_shared_among_devices(tmp_path):
    """Two fake devices in another process."""
    code = f"from tests import test_checkpoint as t; t.go_on_with_all_devices({str(tmp_path)!r})"
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], env=os.environ | flags, check=True)


def go_on_with_all_devices(folder):
    assert jax.device_count() == 2
    key = jax.random.key(0)
    net = nne.network.init(key, (6, 5, 3), (0.5, 1.0))
    gen = nne.genome.init(key, net, num_genes=9, density=0.4)
    rule = nne.selection.intensity(0.5)
    batch = nne.data.Batch(jnp.ones((4, 6)), jnp.arange(4) % 3)
    step = nne.evolution.make_generation_step(net, gen, rule, 8, devices=jax.devices())
    state = nne.evolution.init(key, 9, rule)
    with Checkpoints(folder) as checkpoints:
        checkpoints.save(0, state)
        restored = checkpoints.restore(state)
    restored, _ = nne.evolution.evolve(step, restored, batch, 1)
    straight, _ = nne.evolution.evolve(step, state, batch, 1)
    chex.assert_trees_all_equal(restored.allele_freqs, straight.allele_freqs)
