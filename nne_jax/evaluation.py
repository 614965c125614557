"""Whose accuracy? Of genotypes sampled from p, of the modal genotype, and of the mean genotype."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import genome, phenotype, population
from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import AlleleFreqs, Genotypes, Key, Weights


class Accuracy(NamedTuple):
    """Fractions of images classified correctly."""

    sampled_mean: jax.Array  # () float32, mean over genotypes sampled from p
    sampled_std: jax.Array  # () float32, their standard deviation
    modal: jax.Array  # () float32, of the modal genotype, x(i) = 1 where p(i) > 1/2
    mean: jax.Array  # () float32, of the mean genotype, w = W p


def accuracy(net: Network, weights: Weights, split: Batch) -> jax.Array:
    """Fraction of a split's images that one individual's network classifies correctly.

    Args:
      net: the wiring.
      weights: (m,) float32.
      split: images (B, D) and labels (B,).

    Returns:
      () float32 in [0, 1].
    """
    logits = phenotype.apply(net, weights, split.images)
    return jnp.mean(jnp.argmax(logits, axis=-1) == split.labels)


def modal_genotype(allele_freqs: AlleleFreqs) -> Genotypes:
    """The most likely genotype, x(i) = 1 where p(i) > 1/2. (n,) -> (n,) bool.

    >>> modal_genotype(jnp.array([0.2, 0.5, 0.9])).tolist()
    [False, False, True]
    """
    return allele_freqs > 0.5


@partial(jax.jit, static_argnames="num_sampled")
def evaluate(
    key: Key, net: Network, gen: Genome, allele_freqs: AlleleFreqs, split: Batch, num_sampled: int
) -> Accuracy:
    """Accuracy of the three networks that allele frequencies stand for.

    The paper does not say which one it reports.

    Args:
      key: typed key of the sampled genotypes.
      net: the wiring.
      gen: the weight generation matrix.
      allele_freqs: (n,) frequencies p.
      split: the images to classify.
      num_sampled: how many genotypes to sample.

    Returns:
      An ``Accuracy``.
    """

    def of_genotype(genotype):
        return accuracy(net, genome.express(gen, genotype), split)

    sampled = jax.lax.map(of_genotype, population.sample(key, allele_freqs, num_sampled))
    return Accuracy(
        sampled_mean=jnp.mean(sampled),
        sampled_std=jnp.std(sampled),
        modal=of_genotype(modal_genotype(allele_freqs)),
        mean=of_genotype(allele_freqs),
    )
