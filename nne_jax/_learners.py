"""How an output layer may learn within a lifetime: by gradients, or by dopamine."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Protocol

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import Partial

from nne_jax import dopamine, fitness, gradients
from nne_jax._batches import distinct
from nne_jax._checks import check_field
from nne_jax._pytrees import pytree, static
from nne_jax.data import Batch, Minibatches
from nne_jax.types import Key


class Learner(Protocol):
    """How an output layer learns from what the layer below fires: a pytree, its step a leaf."""

    def __call__(
        self,
        key: Key,
        output: jax.Array,
        hidden: Batch,
        *,
        num_iterations: int,
        batch_size: int,
        temperature: float,
        links: jax.Array | None,
    ) -> jax.Array:
        """The output weights (H, C) after so many batches, from those that were inherited.

        Args:
          key: typed key of the batches and of whatever else is random.
          output: (H, C) weights to start from.
          hidden: activations (S, H) of the last hidden layer as inputs, and labels (S,).
          num_iterations: number of batches.
          batch_size: examples in a batch, at most S.
          temperature: divides the logits.
          links: (H, C) bool, the synapses that exist; those that do not stay 0. None: all do.
        """
        ...


@pytree
@dataclasses.dataclass(frozen=True)
class ByGradient:
    """Learns by the gradient of a batch: (z_j - ℓ_j) h_i, averaged (the paper's Lemma 2).

    >>> learn = ByGradient(rate=1.0, optimiser=optax.sgd)
    >>> hidden = Batch(jnp.eye(2), jnp.array([0, 1]))
    >>> sizes = dict(num_iterations=1, batch_size=2, temperature=1.0, links=None)
    >>> learn(jax.random.key(0), jnp.zeros((2, 2)), hidden, **sizes)
    Array([[ 0.25, -0.25],
           [-0.25,  0.25]], dtype=float32)
    """

    rate: float | jax.Array  # positive
    optimiser: Callable[..., optax.GradientTransformation] = static()  # of optax: maps the rate

    def __post_init__(self):
        check_field("rate", self.rate, above=0)

    def __call__(
        self,
        key: Key,
        output: jax.Array,
        hidden: Batch,
        *,
        num_iterations: int,
        batch_size: int,
        temperature: float,
        links: jax.Array | None,
    ) -> jax.Array:
        """See ``Learner``."""
        return gradients.train(
            key,
            output,
            Partial(_loss, temperature, links),
            Minibatches(hidden, batch_size),
            self.optimiser(self.rate),
            num_iterations,
        )


def _loss(
    temperature: float, links: jax.Array | None, output: jax.Array, batch: Batch
) -> jax.Array:
    if links is not None:
        output = jnp.where(links, output, 0)
    logits = jnp.matmul(batch.inputs, output, precision="highest")
    return jnp.mean(fitness.cross_entropy(logits, batch.labels, temperature))


@pytree
@dataclasses.dataclass(frozen=True)
class ByDopamine:
    """Learns by reward, without gradients: the rule ``agrel``, one example of a batch at a time.

    Δw_ij = ε₁ / mean |h|² · h_i δ(j): the step is relative to the squared activity of the hidden
    layer, whose scale evolution has chosen (normalised least mean squares: Widrow and Hoff, 1960).
    The reward is certain: of an uncertain one (see ``dopamine.rules.Agrel``) it would learn
    to be as unsure, and unlearn the large logits that it has evolved.
    """

    epsilon1: float | jax.Array  # ε₁, positive

    def __post_init__(self):
        check_field("epsilon1", self.epsilon1, above=0)

    def __call__(
        self,
        key: Key,
        output: jax.Array,
        hidden: Batch,
        *,
        num_iterations: int,
        batch_size: int,
        temperature: float,
        links: jax.Array | None,
    ) -> jax.Array:
        """See ``Learner``."""
        key_order, key_noise = jax.random.split(key)
        activity = hidden.inputs
        keys = jax.vmap(partial(jax.random.fold_in, key_order))(jnp.arange(num_iterations))
        order = jax.vmap(lambda key: distinct(key, activity.shape[0], batch_size))(keys).ravel()
        rule = dopamine.rules.Agrel(uncertainty=0.0)
        there = None if links is None else links.T
        synapses = dopamine.Primal(activity / temperature, activity, there)
        squared = jnp.mean(jnp.sum(activity**2, axis=1))
        learnt = dopamine.scan_examples(
            key_noise,
            dopamine.init(synapses, rule, output.shape[1], output.T),
            synapses,
            hidden.labels,
            order,
            rule,
            "sampled",
            self.epsilon1 / jnp.where(squared > 0, squared, 1),  # nothing fires: nothing is learnt
        )
        return learnt.params.T


LIFETIMES: dict[str, Callable[[float], Learner]] = {
    "signsgd": partial(ByGradient, optimiser=optax.sign_sgd),  # w -= ε₀ sign((z_j - ℓ_j) h_i) (B1)
    "sgd": partial(ByGradient, optimiser=optax.sgd),
    "dopamine": ByDopamine,
}

RATES = {"signsgd": 0.01, "sgd": 3.0, "dopamine": 10.0}  # steps, chosen by validation on MNIST
