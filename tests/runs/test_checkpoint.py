import os
import subprocess
import sys

import chex
import jax
import jax.numpy as jnp
import optax
import pytest

import nne_jax as nne
from nne_jax.errors import InputError
from nne_jax.runs.checkpoint import KEEP, Checkpoints


@pytest.mark.slow
def test_a_state_comes_back_to_the_bit(tmp_path, small):
    rule = nne.selection.with_mutation(nne.selection.log_odds_gradient(optax.adam(0.1)), 0.01)
    fitness = nne.engines.make(small.net, small.gen, nne.fitness.reward)
    step = nne.evolution.make_generation_step(fitness, rule, 10)
    start = nne.evolution.init(jax.random.key(1), 9, rule)

    def two_more(state):
        with jax.numpy_dtype_promotion("standard"):  # which optax's Adam needs
            return nne.evolution.evolve(step, state, small.batch, 2)[0]

    halfway = two_more(start)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(2, halfway)
    with Checkpoints(tmp_path) as checkpoints:
        restored = checkpoints.restore(start)
    chex.assert_trees_all_equal(restored._replace(key=0), halfway._replace(key=0))
    assert jnp.array_equal(jax.random.key_data(restored.key), jax.random.key_data(halfway.key))
    resumed, straight = two_more(restored), two_more(halfway)
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


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (
            {"x": jnp.zeros(4)},
            r"x of the checkpoint 1 is float32 \(3,\), of the state float32 \(4,\)",
        ),
        ({"x": jnp.zeros(3, int)}, r"x of the checkpoint 1 is float32 \(3,\), of the state int32"),
        ({"y": jnp.zeros(3)}, r"x of the checkpoint 1 is float32 \(3,\), of the state nothing"),
        (
            {"x": jnp.zeros(3), "y": jnp.zeros(2)},
            r"y of the checkpoint 1 is nothing, of the state float32 \(2,\)",
        ),
    ],
)
def test_a_checkpoint_of_other_arrays_is_refused(like, message, tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, {"x": jnp.zeros(3)})
        with pytest.raises(InputError, match=message):
            checkpoints.restore(like)


@pytest.mark.slow
def test_a_restored_state_may_be_shared_among_devices(tmp_path):
    """Two fake devices in another process."""
    code = (
        f"from tests.runs import test_checkpoint as t; t.go_on_with_all_devices({str(tmp_path)!r})"
    )
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], env=os.environ | flags, check=True)


def go_on_with_all_devices(folder):
    assert jax.device_count() == 2
    key = jax.random.key(0)
    net = nne.network.init(key, (6, 5, 3), (0.5, 1.0))
    gen = nne.genome.init(key, net, num_genes=9, density=0.4)
    rule = nne.selection.intensity(0.5)
    batch = nne.data.Batch(jnp.ones((4, 6)), jnp.arange(4) % 3)
    fitness = nne.engines.make(net, gen, nne.fitness.reward, devices=jax.devices())
    step = nne.evolution.make_generation_step(fitness, rule, 8)
    state = nne.evolution.init(key, 9, rule)
    with Checkpoints(folder) as checkpoints:
        checkpoints.save(0, state)
        restored = checkpoints.restore(state)
    restored, _ = nne.evolution.evolve(step, restored, batch, 1)
    straight, _ = nne.evolution.evolve(step, state, batch, 1)
    chex.assert_trees_all_equal(restored.allele_freqs, straight.allele_freqs)
