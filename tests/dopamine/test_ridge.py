"""Ridge regression in its dual form, against the primal normal equations."""

import jax.numpy as jnp
import numpy as np

from nne_jax.dopamine import ridge


def test_dual_ridge_is_the_primal_normal_equations(rng):
    hidden, labels = rng.normal(size=(8, 5)), jnp.array([0, 1, 2, 0, 1, 2, 0, 1])
    kernel = hidden @ hidden.T
    contributions = ridge.solve(jnp.asarray(kernel, jnp.float32), labels, 3, penalty=0.1)
    penalty = 0.1 * np.trace(kernel) / 8
    system = hidden.T @ hidden + penalty * np.eye(5)
    weights = np.linalg.solve(system, hidden.T @ np.eye(3)[np.asarray(labels)])
    np.testing.assert_allclose(contributions @ hidden, weights.T, rtol=1e-3, atol=1e-4)
