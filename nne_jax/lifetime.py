"""Learning within a lifetime: an evolved individual trains its output layer, and only that."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax

from nne_jax import fitness, phenotype
from nne_jax.data import Batch, Minibatches
from nne_jax.network import Network
from nne_jax.types import Key, Weights

LIFETIMES: dict[str, Callable[[float], optax.GradientTransformation]] = {
    "signsgd": optax.sign_sgd,  # w_ij := w_ij - ε₀ sign((z_j - ℓ_j) h_i)
    "sgd": optax.sgd,
}


@partial(jax.jit, static_argnames=("optimiser", "num_iterations", "batch_size"))
def learn_output_layer(
    key: Key,
    net: Network,
    weights: Weights,
    split: Batch,
    optimiser: optax.GradientTransformation,
    num_iterations: int,
    batch_size: int,
    temperature: float = 1.0,
) -> Weights:
    """Trains one individual's output layer; the links below keep their inherited weights.

    The gradient of the cross entropy in w_ij is (z_j - ℓ_j) h_i (the paper's Lemma 2), its mean
    over a batch is what the optimiser gets; with ``optax.sign_sgd`` its sign (B1).

    Args:
      key: typed key of the batches.
      net: the wiring.
      weights: (m,) float32, inherited.
      split: the training images of the lifetime.
      optimiser: an optax optimiser.
      num_iterations: number of batches.
      batch_size: images in a batch, at most as many as the split has.
      temperature: divides the logits.

    Returns:
      (m,) float32.

    Source: the paper, section 3.1, equation 5.
    """
    hidden, output = phenotype.output_product(net, weights, split.images)
    batches = Minibatches(Batch(hidden, split.labels), batch_size)

    def loss(output, batch):
        logits = jnp.matmul(batch.images, output, precision="highest")
        return jnp.mean(fitness.cross_entropy(logits, batch.labels, temperature))

    def iteration(carry, index):
        output, state = carry
        gradient = jax.grad(loss)(output, batches(jax.random.fold_in(key, index)))
        step, state = optimiser.update(gradient, state, output)  # B1
        return (optax.apply_updates(output, step), state), None

    start = (output, optimiser.init(output))
    (output, _), _ = jax.lax.scan(iteration, start, jnp.arange(num_iterations))
    layer = net.layers[-1]
    learnt = output.T[layer.receivers, layer.senders]
    return jnp.concatenate([*net.split(weights)[:-1], learnt])
