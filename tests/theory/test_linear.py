import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax import evolution, population, selection
from nne_jax.theory import linear
from tests.theory.problems import linear_problem


def test_entries_of_the_matrix():
    """±√(m/d), each sign with probability d/2m."""
    matrix, target = linear_problem(20, 5000, 5)
    values, counts = np.unique(np.asarray(matrix), return_counts=True)
    np.testing.assert_allclose(values, [-2, 0, 2])
    np.testing.assert_allclose(counts / 1e5, [0.125, 0.75, 0.125], atol=0.006)
    assert float(jnp.linalg.norm(target)) == pytest.approx(1, abs=1e-6)


def test_the_closed_form_of_the_loss(rng):
    """Against the mean over points of the unit ball: E yyᵀ = I / (m + 2)."""
    y = rng.normal(size=(200_000, 4))
    y *= rng.random((200_000, 1)) ** (1 / 4) / np.linalg.norm(y, axis=1, keepdims=True)
    w, a = rng.normal(size=4), rng.normal(size=4)
    squares = ((w - a) @ y.T) ** 2
    error = squares.std() / np.sqrt(len(y))
    assert abs(float(linear.loss(jnp.array(w), jnp.array(a))) - squares.mean()) < 4 * error + 1e-6


@pytest.mark.slow
def test_a_generation_against_numpy():
    matrix, target = linear_problem(3, 8, 2)
    rule = selection.replicator(0.2)
    step = linear.make_generation_step(matrix, target, rule, 50, gain=0.5)
    state = evolution.init(jax.random.key(1), 8, rule)
    after, errors = step(state, None)
    key, _ = evolution.generation_keys(state)
    x = np.asarray(population.sample(key, state.allele_freqs, 50), float)
    w = 0.5 * x @ np.asarray(matrix).T
    squares = ((w - np.asarray(target)) ** 2).sum(axis=1)
    f1, f0 = selection.marginal_fitness(jnp.array(x), jnp.array(-squares / 5))
    expected = selection.weak_selection(state.allele_freqs, f1, f0, 0.2)
    np.testing.assert_allclose(after.allele_freqs, expected, rtol=1e-5)
    assert float(errors.sampled) == pytest.approx(squares.mean(), rel=1e-4)  # |a| = 1


@pytest.mark.slow
def test_selection_alone_learns_a_linear_target():
    """Error below 1% of the label's variance, of all three networks."""
    matrix, target = linear_problem(5, 300, 5)
    rule = selection.intensity(1.0)
    step = linear.make_generation_step(matrix, target, rule, 200, gain=1 / (0.2 * 300))
    state = evolution.init(jax.random.key(1), 300, rule, spread=0.0)
    _, errors = evolution.evolve(step, state, None, 600)
    for network in (errors.sampled, errors.modal, errors.mean):
        assert network[-1] < 0.01 < network[0]
    assert errors.modal_cosine[-1] > 0.99


@pytest.mark.slow
def test_a_step_maps_over_gains():
    """The gain is a number of the step's pytree: one program for all of them."""
    matrix, target = linear_problem(3, 8, 2)
    rule = selection.intensity(1.0)
    state = evolution.init(jax.random.key(1), 8, rule)

    def modal_error(gain):
        step = linear.make_generation_step(matrix, target, rule, 20, gain)
        return evolution.evolve(step, state, None, 3)[1].modal[-1]

    gains = jnp.array([0.3, 1.0])
    np.testing.assert_allclose(
        jax.vmap(modal_error)(gains), [modal_error(gain) for gain in (0.3, 1.0)], rtol=1e-4
    )
