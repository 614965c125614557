"""Permutations drawn by one program are those that JAX draws one by one."""

import jax
import numpy as np
import pytest

from nne_jax._permutations import permutations

KEY = jax.random.key(5)
SIZES = {3: 1, 0: 2, 9: 131, 1: 1625, 2: 1626, 7: 5923}  # by name; from 1626 on it takes two sorts


@pytest.mark.parametrize("name", SIZES)
def test_each_is_jaxs_own_whatever_others_there_are(name):
    expected = np.asarray(jax.random.permutation(jax.random.fold_in(KEY, name), SIZES[name]))
    among_all = dict(zip(SIZES, permutations(KEY, [*SIZES], [*SIZES.values()]), strict=True))
    np.testing.assert_array_equal(among_all[name], expected)
    np.testing.assert_array_equal(permutations(KEY, [name], [SIZES[name]])[0], expected)
