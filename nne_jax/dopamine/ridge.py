"""Controls: the same hidden layer with an output layer learned by gradients, or in closed form."""

from functools import partial

import jax
import jax.numpy as jnp
import optax

from nne_jax import fitness
from nne_jax.data import Batch, Minibatches
from nne_jax.types import InputError, Key, Labels


@partial(jax.jit, static_argnames=("optimiser", "num_iterations", "batch_size"))
def train(
    key: Key,
    output: jax.Array,
    hidden: Batch,
    optimiser: optax.GradientTransformation,
    num_iterations: int,
    batch_size: int,
    temperature: float = 1.0,
) -> jax.Array:
    """Trains an output layer on what the hidden layer fires, by the gradient of a batch.

    The gradient of the cross entropy in w_ij is (z_j - ℓ_j) h_i (the paper's Lemma 2), its mean
    over a batch is what the optimiser gets; with ``optax.sign_sgd`` its sign (B1).

    Args:
      key: typed key of the batches.
      output: (H, C) weights to start from.
      hidden: (S, H) activations in the place of images, and labels.
      optimiser: an optax optimiser.
      num_iterations: number of batches.
      batch_size: examples in a batch, at most S.
      temperature: divides the logits.

    Returns:
      (H, C) of the same dtype.

    Source: the paper, sections 3.1 and 3.2.

    >>> hidden = Batch(jnp.eye(2), jnp.array([0, 1]))
    >>> train(jax.random.key(0), jnp.zeros((2, 2)), hidden, optax.sgd(1.0), 1, 2)
    Array([[ 0.25, -0.25],
           [-0.25,  0.25]], dtype=float32)
    """
    batches = Minibatches(hidden, batch_size)

    def loss(output, batch):
        logits = jnp.matmul(batch.images, output, precision="highest")
        return jnp.mean(fitness.cross_entropy(logits, batch.labels, temperature))

    def iteration(carry, index):
        output, state = carry
        gradient = jax.grad(loss)(output, batches(jax.random.fold_in(key, index)))
        step, state = optimiser.update(gradient, state, output)  # B1
        return (optax.apply_updates(output, step), state), None

    start = (output, optimiser.init(output))
    return jax.lax.scan(iteration, start, jnp.arange(num_iterations))[0][0]


def ridge(kernel: jax.Array, labels: Labels, num_classes: int, penalty: float) -> jax.Array:
    """Ridge regression on the one-hot labels, in its dual form: (K + λ tr(K)/S) Aᵀ = labels.

    Args:
      kernel: (S, S) graded kernel.
      labels: (S,) int32.
      num_classes: C.
      penalty: λ > 0, relative to the mean of the kernel's diagonal.

    Returns:
      (C, S) contributions of the examples, as in ``plasticity.Dual``.

    Raises:
      InputError: ``penalty`` not positive.

    >>> ridge(jnp.eye(2), jnp.array([0, 1]), num_classes=2, penalty=1.0)
    Array([[0.5, 0. ],
           [0. , 0.5]], dtype=float32)
    """
    if not penalty > 0:
        raise InputError(f"penalty={penalty}: ridge regression needs a positive one.")
    size = kernel.shape[0]
    system = kernel + penalty * jnp.trace(kernel) / size * jnp.eye(size, dtype=kernel.dtype)
    targets = jax.nn.one_hot(labels, num_classes, dtype=kernel.dtype)
    return jax.scipy.linalg.solve(system, targets, assume_a="pos").T
