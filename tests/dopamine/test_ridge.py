"""Ridge regression in its dual form, against the primal normal equations."""

import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax.dopamine import ridge
from nne_jax.errors import InputError


def test_dual_ridge_is_the_primal_normal_equations(rng):
    hidden, labels = rng.normal(size=(8, 5)), jnp.array([0, 1, 2, 0, 1, 2, 0, 1])
    kernel = hidden @ hidden.T
    contributions = ridge.solve(jnp.asarray(kernel, jnp.float32), labels, 3, penalty=0.1)
    penalty = 0.1 * np.trace(kernel) / 8
    system = hidden.T @ hidden + penalty * np.eye(5)
    weights = np.linalg.solve(system, hidden.T @ np.eye(3)[np.asarray(labels)])
    np.testing.assert_allclose(contributions @ hidden, weights.T, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("kernel", "labels", "num_classes", "penalty", "message"),
    [
        (jnp.eye(2), [0, 1], 2, 0.0, r"penalty=0.0: give a number more than 0"),
        (jnp.eye(2), [0, 1], 2, float("nan"), r"penalty=nan: give a number more than 0"),
        (jnp.eye(2), [0, 2], 2, 1.0, r"labels: 2 is none of 2 classes; count them from 0 to 1"),
        (jnp.eye(2), [0, 1, 1], 2, 1.0, r"labels of shape \(3,\): give one for each of the 2"),
        (jnp.eye(2), [0.0, 1.0], 2, 1.0, r"labels of float32: give whole numbers from 0 to 1"),
        (jnp.ones((2, 3)), [0, 1], 2, 1.0, r"kernel of shape \(2, 3\): give the examples' own"),
        (jnp.ones((0, 0)), [], 2, 1.0, r"labels: there is no example to learn from"),
        (jnp.eye(2), [0, 0], 1, 1.0, r"num_classes=1: give a whole number, at least 2"),
    ],
)
def test_bad_input(kernel, labels, num_classes, penalty, message):
    with pytest.raises(InputError, match=message):
        ridge.solve(kernel, jnp.array(labels), num_classes, penalty)
