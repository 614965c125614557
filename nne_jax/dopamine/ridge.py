"""A control in closed form: the same hidden layer, its output layer by ridge regression."""

import jax
import jax.numpy as jnp

from nne_jax._checks import check_array, check_count, check_labels, check_scalar, is_class
from nne_jax.errors import InputError
from nne_jax.types import Labels


def solve(kernel: jax.Array, labels: Labels, num_classes: int, penalty: float) -> jax.Array:
    """Ridge regression on the one-hot labels, in its dual form: (K + λ tr(K)/S) Aᵀ = labels.

    Args:
      kernel: (S, S) graded kernel.
      labels: (S,) integers in [0, C).
      num_classes: C, at least 2.
      penalty: λ > 0, relative to the mean of the kernel's diagonal.

    Returns:
      (C, S) contributions of the examples, as in ``Dual``; of the kernel's dtype.

    Raises:
      InputError: ``penalty`` not positive, labels of no class, sizes that do not fit.

    >>> solve(jnp.eye(2), jnp.array([0, 1]), num_classes=2, penalty=1.0)
    Array([[0.5, 0. ],
           [0. , 0.5]], dtype=float32)
    """
    check_array("kernel", kernel, ("S", "S"), "floats")
    if kernel.shape[0] != kernel.shape[1]:
        raise InputError(f"kernel of shape {kernel.shape}: give the examples' own, (S, S).")
    check_count("num_classes", num_classes, 2)
    check_labels("labels", labels, len(kernel), num_classes)
    check_scalar("penalty", penalty, above=0)
    size = kernel.shape[0]
    system = kernel + penalty * jnp.trace(kernel) / size * jnp.eye(size, dtype=kernel.dtype)
    targets = jax.nn.one_hot(labels, num_classes, dtype=kernel.dtype)
    targets = jnp.where(jnp.all(is_class(labels, num_classes)), targets, jnp.nan)
    return jax.scipy.linalg.solve(system, targets, assume_a="pos").T
