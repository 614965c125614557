import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from tests import oracles


@pytest.mark.parametrize("temperature", [1.0, 10.0])
@pytest.mark.parametrize("scale", [0.1, 3.0, 50.0])  # 50: a saturated softmax
def test_against_numpy(rng, temperature, scale):
    logits, labels = scale * rng.normal(size=(20, 5)), rng.integers(0, 5, 20)
    args = jnp.asarray(logits, jnp.float32), jnp.asarray(labels), temperature
    expected = oracles.cross_entropy(logits, labels, temperature)
    np.testing.assert_allclose(nne.fitness.cross_entropy(*args), expected, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(nne.fitness.log_likelihood(*args), -expected.mean(), rtol=2e-5)
    np.testing.assert_allclose(
        nne.fitness.reward(*args), oracles.reward(logits, labels, temperature), rtol=2e-5, atol=1e-6
    )


def test_reward_of_a_guess_and_of_certainty():
    labels, alpha = jnp.zeros(4, int), np.log(10)
    assert nne.fitness.reward(jnp.zeros((4, 10)), labels) == pytest.approx(0, abs=1e-5)
    right = jnp.zeros((4, 10)).at[:, 0].set(100.0)
    assert nne.fitness.reward(right, labels) == pytest.approx(alpha**2)
    assert nne.fitness.reward(-right, labels) == 0  # worse than a guess counts as 0


def test_non_finite_fitness_counts_as_the_lowest():
    fitness = jnp.array([jnp.nan, -2.0, jnp.inf, 5.0, -jnp.inf])
    replaced, count = nne.fitness.replace_non_finite(fitness)
    np.testing.assert_array_equal(replaced, [-2, -2, -2, 5, -2])
    assert count == 3


def test_without_any_finite_fitness_there_is_no_selection():
    replaced, count = nne.fitness.replace_non_finite(jnp.full(3, jnp.nan))
    np.testing.assert_array_equal(replaced, 0)
    assert count == 3


def test_lowest_fitness_bounds_every_batch():
    """Three images whose logits may spread by 1, 5 and 2: the worst two, and all of them."""
    highest = jnp.array([[1.0, 0.0], [5.0, 0.0], [2.0, 0.0]])
    for batch_size, spread in ((2, 3.5), (None, 8 / 3)):
        bound = nne.fitness.lowest_fitness(
            "log_likelihood", 0 * highest, highest, batch_size=batch_size
        )
        assert bound == pytest.approx(-np.log(2) - spread)


def test_lowest_fitness_bounds_every_genotype(small):
    genotypes = jnp.asarray(oracles.all_genotypes(9))
    logits = nne.phenotype.logit_range(
        small.net, *nne.genome.weight_range(small.gen), small.batch.images
    )
    for name, fitness in nne.fitness.FITNESS.items():
        bound = nne.fitness.lowest_fitness(name, *logits, temperature=2.0)
        values = nne.engines.population_fitness(
            small.net, small.gen, genotypes, small.batch, lambda z, y, f=fitness: f(z, y, 2.0)
        )
        assert bound <= values.min()
