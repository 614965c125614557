import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import selection
from nne_jax.theory import enumeration
from tests import oracles


@pytest.fixture
def problem(rng):
    """Fitness of all genotypes of 6 genes, and frequencies."""
    return rng.normal(size=64), rng.uniform(0.05, 0.95, 6)


def test_genotypes_and_probabilities_against_loops(problem):
    genotypes = oracles.all_genotypes(6)
    np.testing.assert_array_equal(enumeration.all_genotypes(6), genotypes)
    np.testing.assert_allclose(
        enumeration.probabilities(jnp.array(problem[1])),
        oracles.probabilities(genotypes, problem[1]),
        rtol=1e-5,
    )


@pytest.mark.slow
def test_lemma_1_to_rounding(problem):
    """f1 - f0 = -∂L/∂p and -f0 - p (f1 - f0) = L, with the extension's gradient as the oracle."""
    with jax.enable_x64(True):
        fitness, p = map(jnp.asarray, problem)
        f1, f0 = enumeration.marginal_fitness(fitness, p)
        loss, gradient = jax.value_and_grad(enumeration.extension, argnums=1)(-fitness, p)
        np.testing.assert_allclose(f1 - f0, -gradient, rtol=0, atol=1e-14)
        np.testing.assert_allclose(-f0 - p * (f1 - f0), np.full(6, loss), rtol=0, atol=1e-14)


def test_marginal_fitness_and_the_mean_against_sums_over_genotypes(problem):
    fitness, p = problem
    genotypes = oracles.all_genotypes(6)
    weights = oracles.probabilities(genotypes, p)
    f1, f0 = enumeration.marginal_fitness(jnp.array(fitness), jnp.array(p))
    for gene in range(6):
        for x, measured in ((1, f1), (0, f0)):
            some = genotypes[:, gene] == x
            expected = np.average(fitness[some], weights=weights[some])
            assert float(measured[gene]) == pytest.approx(expected, abs=1e-5)
    mean = float(enumeration.extension(jnp.array(fitness), jnp.array(p)))
    assert mean == pytest.approx(weights @ fitness, abs=1e-5)


def test_selection_adds_the_log_ratio_to_the_log_odds(problem):
    with jax.enable_x64(True):
        fitness, p = map(jnp.asarray, problem)
        f1, f0 = enumeration.marginal_fitness(fitness, p)
        after = selection.weak_selection(p, f1, f0, 0.3)
        logit = jax.scipy.special.logit
        gain = jnp.log((1 + 0.3 * f1) / (1 + 0.3 * f0))
        np.testing.assert_allclose(logit(after) - logit(p), gain, atol=1e-13)


def test_the_largest_curvature_bounds_the_hessian_everywhere(problem, rng):
    values = jnp.array(problem[0])
    bound = enumeration.largest_curvature(values)
    hessian = jax.jit(jax.hessian(lambda p: enumeration.extension(values, p)))
    inside = [np.linalg.eigvalsh(hessian(jnp.array(rng.random(6))))[-1] for _ in range(30)]
    corners = [
        np.linalg.eigvalsh(hessian(jnp.array(x, float)))[-1] for x in oracles.all_genotypes(6)
    ]
    assert max(inside) < bound
    assert bound == pytest.approx(max(corners), rel=1e-4)


def test_index_is_the_place_among_all_genotypes():
    genotypes = enumeration.all_genotypes(6)
    np.testing.assert_array_equal(enumeration.index(genotypes), np.arange(64))
