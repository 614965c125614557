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
