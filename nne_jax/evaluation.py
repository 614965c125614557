"""Whose accuracy? Of genotypes sampled from p, of the modal genotype, and of the mean genotype."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import engines, phenotype, population
from nne_jax.data import Batch
from nne_jax.engines import PopulationFitness
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import AlleleFreqs, Genotypes, Key, Labels, Logits, Weights


class Accuracy(NamedTuple):
    """Fractions of images classified correctly."""

    sampled_mean: jax.Array  # () float32, mean over genotypes sampled from p
    sampled_std: jax.Array  # () float32, their standard deviation
    modal: jax.Array  # () float32, of the modal genotype, x(i) = 1 where p(i) > 1/2
    mean: jax.Array  # () float32, of the mean genotype, w = W p


def fraction_correct(logits: Logits, labels: Labels) -> jax.Array:
    """Fraction of the images whose largest logit is the label's. (B, C), (B,) -> ().

    >>> fraction_correct(jnp.array([[0.0, 1.0], [2.0, 1.0]]), jnp.array([1, 1]))
    Array(0.5, dtype=float32)
    """
    return jnp.mean(jnp.argmax(logits, axis=-1) == labels)


def accuracy(net: Network, weights: Weights, split: Batch) -> jax.Array:
    """Fraction of a split's images that one individual's network classifies correctly.

    Args:
      net: the wiring.
      weights: (m,) float32.
      split: images (B, D) and labels (B,).

    Returns:
      () float32 in [0, 1].
    """
    return fraction_correct(phenotype.apply(net, weights, split.images), split.labels)


def modal_genotype(allele_freqs: AlleleFreqs) -> Genotypes:
    """The most likely genotype, x(i) = 1 where p(i) > 1/2. (n,) -> (n,) bool.

    >>> modal_genotype(jnp.array([0.2, 0.5, 0.9])).tolist()
    [False, False, True]
    """
    return allele_freqs > 0.5


def make(net: Network, gen: Genome, **how: Any) -> PopulationFitness:
    """Makes the function from genotypes to their accuracy, for ``measure``.

    Args:
      net: the wiring.
      gen: the weight generation matrix.
      **how: ``engine``, ``precision``, ``chunk_size`` and ``devices`` of ``engines.make``.
    """
    return engines.make(net, gen, fraction_correct, **how)


@partial(jax.jit, static_argnames="num_sampled")
def measure(
    key: Key,
    of_population: PopulationFitness,
    allele_freqs: AlleleFreqs,
    split: Batch,
    num_sampled: int,
) -> Accuracy:
    """Accuracy of the three networks that allele frequencies stand for.

    The paper does not say which one it reports.

    Args:
      key: typed key of the sampled genotypes.
      of_population: from ``make``.
      allele_freqs: (n,) frequencies p.
      split: the images to classify.
      num_sampled: how many genotypes to sample.

    Returns:
      An ``Accuracy``.
    """
    sampled = population.sample(key, allele_freqs, num_sampled)
    two = jnp.stack([modal_genotype(allele_freqs), allele_freqs])
    accuracies = of_population(jnp.concatenate([sampled, two]), split)
    return Accuracy(
        sampled_mean=jnp.mean(accuracies[:-2]),
        sampled_std=jnp.std(accuracies[:-2]),
        modal=accuracies[-2],
        mean=accuracies[-1],
    )


def evaluate(
    key: Key, net: Network, gen: Genome, allele_freqs: AlleleFreqs, split: Batch, num_sampled: int
) -> Accuracy:
    """``measure`` with the plain engine, in one call."""
    return measure(key, make(net, gen, engine="dense"), allele_freqs, split, num_sampled)
