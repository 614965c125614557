"""Small problems that several tests share."""

import jax

from nne_jax.theory import linear


def linear_problem(m, n, d, seed=0):
    """W (m, n) and a (m,)."""
    key_matrix, key_target = jax.random.split(jax.random.key(seed))
    return linear.init_matrix(key_matrix, m, n, d), linear.init_target(key_target, m)
