import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax.errors import InputError
from nne_jax.theory import enumeration, infinite, linear, theorems
from tests.theory.problems import linear_problem


@pytest.mark.slow
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_theorem_1(share):
    """With an admissible ε the loss falls by at least the bound in every generation."""
    with jax.enable_x64(True):
        matrix, target = linear_problem(3, 7, 2)
        genotypes = enumeration.all_genotypes(7).astype(jnp.float32)
        losses = linear.loss(genotypes @ matrix.T, target).astype(float)
        curvature = enumeration.largest_curvature(losses)
        epsilon = share * theorems.largest_epsilon(float(losses.max()), curvature)
        run = infinite.generations(-losses, jnp.linspace(0.02, 0.9, 7), epsilon, 40)
        fall = jnp.diff(run.fitness_mean)
        bound = theorems.guaranteed_decrease(
            run.allele_freqs, run.gradient, epsilon, float(losses.min()), delta=0.05
        )[:-1]
        assert fall.shape == bound.shape == (40,)
        assert jnp.all(fall >= bound)
        assert jnp.all(bound >= 0)


def test_the_bound_by_hand():
    """Genes outside [δ, 1 - δ] do not count."""
    p, gradient = jnp.array([0.05, 0.5, 0.99]), jnp.array([9.0, 2.0, 9.0])
    bound = theorems.guaranteed_decrease(p, gradient, 0.1, lowest_loss=1.0, delta=0.1)
    assert float(bound) == pytest.approx(0.1 * 0.9 * 0.1 / (2 * 0.9) * 4)


def test_admissible_epsilons():
    assert theorems.largest_epsilon(0.1, 0.5) == 1
    assert theorems.largest_epsilon(0.1, 8.0) == 0.25
    assert theorems.largest_epsilon(5.0, -1.0) == 0.1
    theorems.check_epsilon(0.1, 5.0, 1.0)
    for epsilon in (0.11, 0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match=f"epsilon={epsilon}: .* give at most 0.1."):
            theorems.check_epsilon(epsilon, 5.0, 1.0)
    with pytest.raises(InputError) as error:
        theorems.check_epsilon(1.0, 14.4911, 1.0)
    theorems.check_epsilon(float(str(error.value).split("at most ")[1][:-1]), 14.4911, 1.0)


def test_reachable_is_in_the_zonotope():
    """The set {W p} by its support function: a is in it unless some direction separates it."""
    angles = np.linspace(0, 2 * np.pi, 2000)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    seen = set()
    for seed in range(20):
        matrix, target = (np.asarray(x, float) for x in linear_problem(2, 3, 2, seed))
        support = np.maximum(matrix.T @ directions, 0).sum(axis=0)
        expected = bool(np.all(target @ directions <= support + 1e-6))
        assert theorems.is_reachable(matrix, target) == expected
        seen.add(expected)
    assert seen == {True, False}


def test_greedy_flips_end_where_no_flip_helps():
    matrix, target = (np.asarray(x, float) for x in linear_problem(4, 10, 3))

    def cosine(x):
        w = matrix @ x
        return w @ target / max(np.linalg.norm(w) * np.linalg.norm(target), 1e-6)

    x = theorems.greedy_genotype(matrix, target)
    best = max(cosine(np.array(bits)) for bits in itertools.product((0, 1), repeat=10))
    flips = [cosine(x ^ (np.arange(10) == gene)) for gene in range(10)]
    assert max(flips) <= cosine(x) + 1e-9 <= best + 2e-9
    assert cosine(x) > cosine(target @ matrix > 0) - 1e-9
    assert float(linear.cosine(jnp.array(matrix @ x), jnp.array(target))) == pytest.approx(
        cosine(x)
    )
