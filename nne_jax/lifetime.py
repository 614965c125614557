"""Learning within a lifetime: an evolved individual trains its output layer, and only that."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax

from nne_jax import phenotype, plasticity, plasticity_rules, readout
from nne_jax.data import Batch
from nne_jax.network import Network
from nne_jax.types import Key, Weights

# Maps a key, (H, C) output weights, a Batch of hidden activations, the number of batches, the
# images in one, and what divides the logits, to the (H, C) weights learnt.
Learner = Callable[[Key, jax.Array, Batch, int, int, float], jax.Array]

RATES = {"signsgd": 0.01, "sgd": 3.0, "dopamine": 10.0}  # steps, chosen by validation on MNIST


def by_gradient(optimiser: optax.GradientTransformation) -> Learner:
    """Learns by the gradient of a batch, with an optax optimiser (``readout.train``)."""

    def learn(key, output, hidden, num_iterations, batch_size, temperature):
        return readout.train(
            key, output, hidden, optimiser, num_iterations, batch_size, temperature
        )

    return learn


def by_dopamine(epsilon1: float) -> Learner:
    """Learns by reward, without gradients: the rule ``agrel``, one image of a batch at a time.

    Δw_ij = ε₁ / mean |h|² · h_i δ(j): the step is relative to the squared activity of the hidden
    layer, whose scale evolution has chosen (normalised least mean squares: Widrow and Hoff, 1960).
    The reward is certain: of an uncertain one (see ``plasticity_rules.agrel``) it would learn
    to be as unsure, and unlearn the large logits that it has evolved.

    Args:
      epsilon1: ε₁, positive.

    Raises:
      InputError: ε₁ is not positive.
    """
    plasticity.check("sampled", epsilon1)
    rule = plasticity_rules.agrel(uncertainty=0.0)

    def learn(key, output, hidden, num_iterations, batch_size, temperature):
        key_order, key_noise = jax.random.split(key)
        activity = hidden.images
        keys = jax.vmap(partial(jax.random.fold_in, key_order))(jnp.arange(num_iterations))
        draw = partial(jax.random.choice, shape=(batch_size,), replace=False)
        order = jax.vmap(draw, (0, None))(keys, activity.shape[0]).reshape(-1)
        synapses = plasticity.Primal(activity / temperature, activity)
        state = plasticity.init(synapses, rule, output.shape[1], output.T)
        rate = epsilon1 / jnp.mean(jnp.sum(activity**2, axis=1))
        arguments = (key_noise, state, synapses, hidden.labels, order, rule, "sampled", rate)
        return plasticity.see(*arguments)[0].T

    return learn


LIFETIMES: dict[str, Callable[[float], Learner]] = {
    "signsgd": lambda rate: by_gradient(optax.sign_sgd(rate)),  # w -= ε₀ sign((z_j - ℓ_j) h_i)
    "sgd": lambda rate: by_gradient(optax.sgd(rate)),
    "dopamine": by_dopamine,
}


@partial(jax.jit, static_argnames=("learner", "num_iterations", "batch_size"))
def learn_output_layer(
    key: Key,
    net: Network,
    weights: Weights,
    split: Batch,
    learner: Learner,
    num_iterations: int,
    batch_size: int,
    temperature: float = 1.0,
) -> Weights:
    """Trains one individual's output layer; the links below keep their inherited weights.

    Args:
      key: typed key of the batches.
      net: the wiring.
      weights: (m,) float32, inherited.
      split: the training images of the lifetime.
      learner: how the output layer learns, from ``LIFETIMES``.
      num_iterations: number of batches.
      batch_size: images in a batch, at most as many as the split has.
      temperature: divides the logits.

    Returns:
      (m,) float32.

    Source: the paper, section 3.1, equation 5.
    """
    hidden, output = phenotype.output_product(net, weights, split.images)
    batch = Batch(hidden, split.labels)
    output = learner(key, output, batch, num_iterations, batch_size, temperature)
    layer = net.layers[-1]
    learnt = output.T[layer.receivers, layer.senders]
    return jnp.concatenate([*net.split(weights)[:-1], learnt])
