import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import enumeration, linear
from nne_jax.types import InputError


def problem(m, n, d, seed=0):
    key_matrix, key_target = jax.random.split(jax.random.key(seed))
    return linear.init_matrix(key_matrix, m, n, d), linear.init_target(key_target, m)


def test_entries_of_the_matrix():
    """±√(m/d), each sign with probability d/2m."""
    matrix, target = problem(20, 5000, 5)
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


def exact_generation(losses, p, epsilon):
    f1, f0 = enumeration.marginal_fitness(-losses, p)
    return nne.selection.weak_selection(p, f1, f0, epsilon), f1 - f0


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_theorem_1(share):
    """With an admissible ε the loss falls by at least the bound in every generation."""
    with jax.enable_x64(True):
        matrix, target = problem(3, 7, 2)
        losses = linear.loss(enumeration.all_genotypes(7) @ matrix.T, target).astype(float)
        curvature = enumeration.largest_curvature(losses)
        epsilon = share * linear.largest_epsilon(float(losses.max()), curvature)
        p = jnp.linspace(0.02, 0.9, 7)
        for _ in range(40):
            after, minus_gradient = exact_generation(losses, p, epsilon)
            fall = enumeration.extension(losses, p) - enumeration.extension(losses, after)
            bound = linear.guaranteed_decrease(
                p, minus_gradient, epsilon, float(losses.min()), delta=0.05
            )
            assert fall >= bound >= 0
            p = after


def test_the_bound_by_hand():
    """Genes outside [δ, 1 - δ] do not count."""
    p, gradient = jnp.array([0.05, 0.5, 0.99]), jnp.array([9.0, 2.0, 9.0])
    bound = linear.guaranteed_decrease(p, gradient, 0.1, lowest_loss=1.0, delta=0.1)
    assert float(bound) == pytest.approx(0.1 * 0.9 * 0.1 / (2 * 0.9) * 4)


def test_admissible_epsilons():
    assert linear.largest_epsilon(0.1, 0.5) == 1
    assert linear.largest_epsilon(0.1, 8.0) == 0.25
    assert linear.largest_epsilon(5.0, -1.0) == 0.1
    linear.check_epsilon(0.1, 5.0, 1.0)
    for epsilon in (0.11, 0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match=f"epsilon={epsilon}: .* give at most 0.1."):
            linear.check_epsilon(epsilon, 5.0, 1.0)
    with pytest.raises(InputError) as error:
        linear.check_epsilon(1.0, 14.4911, 1.0)
    linear.check_epsilon(float(str(error.value).split("at most ")[1][:-1]), 14.4911, 1.0)


def test_reachable_is_in_the_zonotope():
    """The set {W p} by its support function: a is in it unless some direction separates it."""
    angles = np.linspace(0, 2 * np.pi, 2000)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    seen = set()
    for seed in range(20):
        matrix, target = (np.asarray(x, float) for x in problem(2, 3, 2, seed))
        support = np.maximum(matrix.T @ directions, 0).sum(axis=0)
        expected = bool(np.all(target @ directions <= support + 1e-6))
        assert linear.is_reachable(matrix, target) == expected
        seen.add(expected)
    assert seen == {True, False}


def test_greedy_flips_end_where_no_flip_helps():
    matrix, target = (np.asarray(x, float) for x in problem(4, 10, 3))

    def cosine(x):
        w = matrix @ x
        return w @ target / max(np.linalg.norm(w) * np.linalg.norm(target), 1e-6)

    x = linear.greedy_genotype(matrix, target)
    best = max(cosine(np.array(bits)) for bits in itertools.product((0, 1), repeat=10))
    flips = [cosine(x ^ (np.arange(10) == gene)) for gene in range(10)]
    assert max(flips) <= cosine(x) + 1e-9 <= best + 2e-9
    assert cosine(x) > cosine(target @ matrix > 0) - 1e-9
    assert float(linear.cosine(jnp.array(matrix @ x), jnp.array(target))) == pytest.approx(
        cosine(x)
    )


def test_a_generation_against_numpy():
    matrix, target = problem(3, 8, 2)
    rule = nne.selection.replicator(0.2)
    step = linear.make_generation_step(matrix, target, rule, 50, gain=0.5)
    state = nne.evolution.init(jax.random.key(1), 8, rule)
    after, errors = step(state, None)
    key, _ = nne.evolution.generation_keys(state)
    x = np.asarray(nne.population.sample(key, state.allele_freqs, 50), float)
    w = 0.5 * x @ np.asarray(matrix).T
    squares = ((w - np.asarray(target)) ** 2).sum(axis=1)
    f1, f0 = nne.selection.marginal_fitness(jnp.array(x), jnp.array(-squares / 5))
    expected = nne.selection.weak_selection(state.allele_freqs, f1, f0, 0.2)
    np.testing.assert_allclose(after.allele_freqs, expected, rtol=1e-5)
    assert float(errors.sampled) == pytest.approx(squares.mean(), rel=1e-4)  # |a| = 1


def test_selection_alone_learns_a_linear_target():
    """Error below 1% of the label's variance, of all three networks."""
    matrix, target = problem(5, 300, 5)
    rule = nne.selection.intensity(1.0)
    step = linear.make_generation_step(matrix, target, rule, 200, gain=1 / (0.2 * 300))
    state = nne.evolution.init(jax.random.key(1), 300, rule, spread=0.0)
    _, errors = nne.evolution.evolve(step, state, lambda key: None, 600)
    for network in (errors.sampled, errors.modal, errors.mean):
        assert network[-1] < 0.01 < network[0]
    assert errors.modal_cosine[-1] > 0.99


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 5, 1), "num_inputs=0: give at least 1 input"),
        ((6, 5, 1), "num_inputs=6: .* give at most num_genes=5, or more genes"),
        ((4, 5, 5), "genes_per_row=5: d/m is a probability; give 1 to num_inputs=4"),
        ((4, 5, 0), "genes_per_row=0: d/m is a probability; give 1 to num_inputs=4"),
    ],
)
def test_bad_input(sizes, message):
    with pytest.raises(InputError, match=message):
        linear.init_matrix(jax.random.key(0), *sizes)
