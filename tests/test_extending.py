"""The blocks of docs/extending.md run in their order, and do what is said of them."""

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

GUIDE = Path(__file__).parent.parent / "docs" / "extending.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The names that the blocks leave."""
    namespace = {"__name__": "extending"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("extending"))
        for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S):
            exec(compile(block, GUIDE.name, "exec"), namespace)
        assert Path("runs/climber/metrics.jsonl").is_file()
    return namespace


@pytest.mark.slow
def test_a_model_and_a_fitness(made):
    """The task's targets have a variance of 0.09."""
    assert made["history"].fitness_mean[-10:].mean() > -0.03
    inputs, targets = made["draw"](jax.random.key(1))
    assert inputs.shape == (50, 2)
    assert abs(jnp.var(targets) - 0.09) < 0.03


@pytest.mark.slow
def test_around_given_weights(made):
    as_it_was = made["nnx"].merge(made["graph"], made["params"])
    x = jnp.ones((1, 2))
    np.testing.assert_array_equal(made["linear"](x), as_it_was(x))


@pytest.mark.slow
def test_a_fitness_of_the_whole_population(made):
    """Nothing is fixed, and the mean share of an allele falls to a half."""
    assert made["rare_history"].near_fixation_0_01[-1] == 0
    assert abs(made["rare_history"].fitness_mean[-1] + 0.5) < 0.02


@pytest.mark.slow
def test_a_rule_over_its_numbers(made):
    neutral, selected = made["by_strength"]
    assert selected > neutral + 1


@pytest.mark.slow
def test_an_engine(made):
    genotypes = jax.random.bernoulli(jax.random.key(2), 0.5, (20, 500))
    batch = made["batches"](jax.random.key(3))
    fitness = made["frugal_fitness"](genotypes, batch)
    np.testing.assert_allclose(fitness, made["by_margin"](genotypes, batch), rtol=1e-5)
    logits = jnp.array([[1.0, 3.0, 0.0], [5.0, 1.0, 2.0]])
    assert made["margin"](logits, jnp.array([0, 0])) == ((1 - 3) + (5 - 2)) / 2


@pytest.mark.slow
def test_data(made):
    assert made["own"].classes == ("inside", "outside")
    clean, noisy = made["pairs"](jax.random.key(4))
    assert clean.shape == noisy.shape == (30, 2)
    assert 0.05 < jnp.std(noisy - clean) < 0.15


@pytest.mark.slow
def test_a_reproduction(made):
    fitness = made["clone_history"].fitness_mean
    assert fitness[-1] > fitness[0] / 4  # both are negative


@pytest.mark.slow
def test_a_step_on_disk(made):
    assert len(made["rows"]) == 500
    assert made["rows"][-1]["ones"] == jnp.sum(made["state"].genotype) > 45
