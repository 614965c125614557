import os
import shutil
import subprocess
import sys
import warnings

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
            r"cannot be used .x is float32 \(3,\), of the state float32 \(4,\)",
        ),
        (
            {"x": jnp.zeros(3, int)},
            r"cannot be used .x is float32 \(3,\), of the state int32",
        ),
        (
            {"y": jnp.zeros(3)},
            r"cannot be used .x is float32 \(3,\), of the state nothing",
        ),
        (
            {"x": jnp.zeros(3), "y": jnp.zeros(2)},
            r"cannot be used .y is nothing, of the state float32 \(2,\)",
        ),
    ],
)
def test_a_checkpoint_of_other_arrays_is_refused(like, message, tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, {"x": jnp.zeros(3)})
        with pytest.raises(InputError, match=message):
            checkpoints.restore(like)


def flip_a_bit(path, at):
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1 << at % 8
    path.write_bytes(content)


DAMAGES = {
    "one bit": flip_a_bit,
    "half of it": lambda path, at: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "emptied": lambda path, at: path.write_bytes(b""),
    "deleted": lambda path, at: path.unlink(),
}


@pytest.fixture(scope="module")
def two_checkpoints(tmp_path_factory):
    """Of 2000 genes, as a run has by default; and what they hold."""
    folder = tmp_path_factory.mktemp("two")
    states = {
        generation: {"key": jax.random.key(generation), "p": jax.random.uniform(key, (2000,))}
        for generation, key in enumerate(jax.random.split(jax.random.key(0), 2), start=1)
    }
    with Checkpoints(folder) as checkpoints:
        for generation, state in states.items():
            checkpoints.save(generation, state)
    return folder, states


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_no_damage_changes_a_number_in_silence(two_checkpoints, tmp_path, damage):
    """Of any file of the newest checkpoint: that one is used and sound, or the one before it."""
    source, states = two_checkpoints
    names = sorted(p.relative_to(source) for p in source.glob("2/**/*") if p.is_file())
    assert len(names) >= 8
    detected = []
    for at, name in enumerate(names):
        folder = tmp_path / str(at)
        shutil.copytree(source, folder)
        DAMAGES[damage](folder / name, at=1000 + 37 * at)
        with warnings.catch_warnings(record=True) as caught, Checkpoints(folder) as checkpoints:
            warnings.simplefilter("always")
            restored = checkpoints.restore(states[2])
            checkpoints.save(2, states[2])  # its generation may be made again
            assert checkpoints.generations()[-1] == 2
        said = [str(warning.message) for warning in caught if "damaged" in str(warning.message)]
        expected = states[1 if said else 2]
        assert jnp.array_equal(restored["p"], expected["p"])
        assert jnp.array_equal(*map(jax.random.key_data, (restored["key"], expected["key"])))
        assert (folder / "2.damaged").is_dir() is bool(said)  # nothing is deleted
        if said:
            assert "checkpoint 2 is damaged (" in said[0]
            assert "set aside as 2.damaged; going on from 1." in said[0]
            detected.append(name)
    assert any(name.parts[-2] == "d" for name in detected)  # the arrays themselves


def test_all_checkpoints_damaged_is_a_sentence_and_they_stay(two_checkpoints, tmp_path):
    source, states = two_checkpoints
    shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    (tmp_path / "21").mkdir()
    with (
        Checkpoints(tmp_path) as checkpoints,
        pytest.raises(InputError, match=r"21 cannot be used \(.*\), nor can older ones;"),
    ):
        checkpoints.restore(states[2])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "21"]


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
