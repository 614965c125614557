"""What a network with some weights comes to, whoever has found them."""

import jax
import jax.numpy as jnp

import nne_jax as nne
from nne_jax.data import Batch
from nne_jax.network import Network
from nne_jax.types import Weights


def cross_entropy(net: Network, temperature: float, weights: Weights, batch: Batch) -> jax.Array:
    """Its mean loss on a batch, (), to be descended."""
    logits = nne.phenotype.apply(net, weights, batch.inputs)
    return jnp.mean(nne.fitness.cross_entropy(logits, batch.labels, temperature))


def accuracy(net: Network, weights: Weights, split: Batch) -> float:
    """The fraction of images that it classifies rightly."""
    logits = nne.phenotype.apply(net, weights, split.inputs)
    return float(nne.fitness.fraction_correct(logits, split.labels))
