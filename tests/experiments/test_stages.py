"""Populations and batches that grow during a run."""

import dataclasses

import numpy as np
import pytest

import nne_jax as nne
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from experiments.run.stages import effort, stages_of
from nne_jax.errors import InputError
from tests.experiments.commands import run_command
from tests.experiments.tiny import TINY

GROWS = ["--num_generations=6", "--double_population_at=2,5", "--double_batch_at=4"]


@pytest.mark.slow
def test_a_run_that_grows_is_its_steps_one_after_the_other_and_goes_on(tmp_path):
    done = run_command("evolve", *TINY, *GROWS, f"--workdir={tmp_path / 'straight'}")
    assert done.returncode == 0, done.stderr
    assert "genotypes, twice as many after 2,5, each tested on" in done.stdout
    assert "fresh images, twice as many after 4" in done.stdout
    config = Config(**RunDirectory(tmp_path / "straight").stored_config())
    run = assemble(config)
    assert [phase.start for phase in run.phases] == [0, 2, 4, 5]
    state, sizes = run.state, []
    for phase, end in zip(run.phases, (2, 4, 5, 6), strict=True):
        state, _ = nne.evolution.evolve(phase.step, state, phase.batches, end - phase.start)
        sizes.append((phase.step.reproduction.population_size, phase.batches.batch_size))
    first, images = config.population_size, config.batch_size
    expected = [(first, images), (2 * first, images), (2 * first, 2 * images)]
    assert sizes == [*expected, (4 * first, 2 * images)]
    freqs = np.load(tmp_path / "straight" / "allele_freqs.npy")
    np.testing.assert_allclose(freqs, state.allele_freqs, rtol=1e-5)  # another compiled loop

    longer = run_command(
        "evolve", *TINY, *GROWS, "--num_generations=8", f"--workdir={tmp_path / 'longer'}"
    )
    again = run_command(
        "evolve", f"--workdir={tmp_path / 'straight'}", "--resume", "--num_generations=8"
    )
    assert longer.returncode == again.returncode == 0, again.stderr
    straight, resumed = (np.load(tmp_path / n / "allele_freqs.npy") for n in ("longer", "straight"))
    np.testing.assert_array_equal(resumed, straight)


def test_what_was_tested_is_counted_by_the_stages():
    config = Config(num_generations=10, population_size=3, batch_size=5)
    assert effort(config, 10, 99) == {"individuals": 30, "image_evaluations": 150}
    grows = dataclasses.replace(config, double_population_at=(8, 2), double_batch_at=(2, 4))
    sizes = [(3, 5)] * 2 + [(6, 10)] * 2 + [(6, 20)] * 4 + [(12, 20)] * 2
    assert [tuple(stage) for stage in stages_of(grows)] == [
        (0, 3, 5),
        (2, 6, 10),
        (4, 6, 20),
        (8, 12, 20),
    ]
    for generation in range(11):
        individuals = sum(n for n, _ in sizes[:generation])
        images = sum(n * s for n, s in sizes[:generation])
        found = effort(grows, generation, 99)
        assert found == {"individuals": individuals, "image_evaluations": images}
    whole = dataclasses.replace(config, batch_size=0, double_population_at=(4,))
    assert effort(whole, 5, 99)["image_evaluations"] == (4 * 3 + 6) * 99


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"double_population_at": (400,)}, "--double_population_at=400: 400 is not before the las"),
        ({"double_batch_at": (5, 500)}, "--double_batch_at=5,500: 500 is not before the last of"),
        ({"double_batch_at": (0,)}, "--double_batch_at=0: each must be at least 1"),
        ({"double_population_at": (3, 3)}, "--double_population_at=3,3: give each value once"),
        ({"double_batch_at": (9,), "batch_size": 0}, "--double_batch_at=9: --batch_size=0 has all"),
        ({"double_batch_at": (1, 2, 3)}, "--batch_size=200 grows to 1600, and there are 1147 trai"),
        ({"double_population_at": tuple(range(1, 31))}, "GiB of memory, the machine has"),
    ],
)
def test_what_cannot_grow_is_refused(options, message):
    with pytest.raises(InputError) as error:
        assemble(Config(**options))
    assert message in str(error.value)
