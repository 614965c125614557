"""The control: the same network and training images, all links trained by gradients (optax)."""

from functools import partial

import jax
import jax.numpy as jnp
import optax

from nne_jax import fitness, phenotype
from nne_jax.data import Batch, Minibatches
from nne_jax.network import Network
from nne_jax.types import Key, Weights


def init_weights(key: Key, net: Network) -> Weights:
    """He-uniform weights, w ~ U[-√(6/f), √(6/f)] with f the number of links into the receiver.

    Args:
      key: typed key.
      net: the wiring.

    Returns:
      (m,) float32.

    Source: He et al., Delving Deep into Rectifiers (2015).

    >>> from nne_jax import network
    >>> net = network.init(jax.random.key(0), (6, 5), (1.0,))
    >>> bool(jnp.all(jnp.abs(init_weights(jax.random.key(0), net)) <= 1))
    True
    """
    fan_in = [
        jnp.bincount(layer.receivers, length=layer.num_out)[layer.receivers] for layer in net.layers
    ]
    limit = jnp.sqrt(6 / jnp.concatenate(fan_in))
    return limit * jax.random.uniform(key, limit.shape, minval=-1, maxval=1)


@partial(jax.jit, static_argnames=("optimiser", "num_iterations", "batch_size"))
def train(
    key: Key,
    net: Network,
    weights: Weights,
    split: Batch,
    optimiser: optax.GradientTransformation,
    num_iterations: int,
    batch_size: int,
) -> Weights:
    """Minimises the mean cross entropy over all weights, by minibatches.

    Args:
      key: typed key of the batches.
      net: the wiring.
      weights: (m,) float32 to start from.
      split: the training images.
      optimiser: an optax optimiser.
      num_iterations: number of batches.
      batch_size: images in a batch, at most as many as the split has.

    Returns:
      (m,) float32.
    """
    batches = Minibatches(split, batch_size)

    def loss(weights, batch):
        logits = phenotype.apply(net, weights, batch.images)
        return jnp.mean(fitness.cross_entropy(logits, batch.labels))

    def iteration(carry, index):
        weights, state = carry
        gradient = jax.grad(loss)(weights, batches(jax.random.fold_in(key, index)))
        step, state = optimiser.update(gradient, state, weights)
        return (optax.apply_updates(weights, step), state), None

    start = (weights, optimiser.init(weights))
    return jax.lax.scan(iteration, start, jnp.arange(num_iterations))[0][0]
