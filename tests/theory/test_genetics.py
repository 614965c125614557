import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax.theory import genetics


def test_linkage_disequilibrium_against_numpy_correlations(rng):
    x = rng.random((30, 6)) < [0.5, 0.3, 0.8, 0.5, 0.0, 1.0]  # the last two are fixed
    r = np.corrcoef(x[:, :4].T)
    expected = np.mean([r[i, j] ** 2 for i, j in itertools.combinations(range(4), 2)])
    measured = genetics.linkage_disequilibrium(jnp.array(x))
    assert float(measured) == pytest.approx(expected, rel=1e-5)
    assert genetics.linkage_disequilibrium(jnp.ones((5, 3))) == 0


def test_fixation_probability_is_that_of_the_chain():
    """Against the exact absorption probabilities of the Wright-Fisher chain, N = 60."""
    size, s = 60, 0.02
    i = np.arange(size + 1)
    selected = i * (1 + s) / (i * (1 + s) + size - i)
    log_choose = [np.log(np.arange(1, k + 1)).sum() for k in range(size + 1)]
    log_choose = log_choose[size] - np.array(log_choose) - np.array(log_choose)[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = i * np.log(selected)[:, None] + (size - i) * np.log1p(-selected)[:, None]
    chain = np.exp(log_choose + powers)[1:-1]
    inner = np.linalg.solve(np.eye(size - 1) - chain[:, 1:-1], chain[:, -1])
    kimura = genetics.fixation_probability(i[1:-1] / size, s, size)
    np.testing.assert_allclose(kimura, inner, atol=0.004)
    assert genetics.fixation_probability(0.3, 0.0, size) == pytest.approx(0.3)


def test_fixation_probability_maps_over_selection_coefficients():
    s = jnp.array([-0.02, 0.0, 0.03])
    mapped = jax.vmap(lambda s: genetics.fixation_probability(0.3, s, 50))(s)
    each = [genetics.fixation_probability(0.3, float(value), 50) for value in s]
    np.testing.assert_allclose(mapped, each, rtol=1e-6)


def test_multiplicative_fitness_by_hand():
    x = jnp.array([[True, True, False], [False, False, False]])
    fitness = genetics.multiplicative_fitness(x, jnp.array([0.5, -0.5, 3.0]))
    np.testing.assert_allclose(fitness, [0.75, 1.0])
    np.testing.assert_allclose(genetics.multiplicative_fitness(x, 0.1), [1.21, 1.0])


def test_fixed_genes_are_in_no_pair():
    """Of 41 individuals, a number N for which N (1/N) is below 1 in float32."""
    polymorphic = jax.random.bernoulli(jax.random.key(0), 0.5, (41, 2))
    some = jnp.concatenate([jnp.ones((41, 3), bool), polymorphic], axis=1)
    expected = genetics.linkage_disequilibrium(polymorphic)
    np.testing.assert_allclose(genetics.linkage_disequilibrium(some), expected, rtol=1e-5)
    np.testing.assert_allclose(genetics.linkage_disequilibrium(some[:, :4]), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("p", "s", "expected"),
    [(0.5, -0.2, 0.0), (1.0, -0.1, 1.0), (0.9, -0.05, np.exp(-10)), (0.5, 0.2, 1.0)],
)
def test_fixation_where_an_exponential_is_out_of_range(p, s, expected):
    found = genetics.fixation_probability(p, s, 1000)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-30)
