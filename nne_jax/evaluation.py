"""Whose accuracy? Of genotypes sampled from p, of the modal genotype, and of the mean genotype."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import ploidy, population
from nne_jax._checks import check_count, check_fitness, check_freqs, check_key, check_pytree
from nne_jax._pytrees import as_pytree
from nne_jax.generation import check_functions
from nne_jax.types import AlleleFreqs, Genotypes, Key, PopulationFitness

# The three networks that allele frequencies stand for, in words: the fields of ``Accuracy``.
NETWORKS = {
    "sampled_mean": "sampled genotypes",
    "modal": "modal genotype",
    "mean": "mean genotype",
}


class Accuracy(NamedTuple):
    """Accuracy, or whatever a population fitness measures, of those three."""

    sampled_mean: jax.Array  # () float32, mean over genotypes sampled from p
    sampled_std: jax.Array  # () float32, their standard deviation
    modal: jax.Array  # () float32, of the modal genotype, x(i) = 1 where p(i) > 1/2
    mean: jax.Array  # () float32, of the mean genotype, w = w0 + W p


def modal_genotype(allele_freqs: AlleleFreqs) -> Genotypes:
    """The most likely genotype, x(i) = 1 where p(i) > 1/2. (n,) -> (n,) bool.

    >>> modal_genotype(jnp.array([0.2, 0.5, 0.9])).tolist()
    [False, False, True]
    """
    check_freqs("allele_freqs", allele_freqs)
    return allele_freqs > 0.5


def evaluate(
    key: Key,
    population_accuracy: PopulationFitness,
    allele_freqs: AlleleFreqs,
    batch: Any,
    num_sampled: int = 100,
    dominance: ploidy.Dominance | None = None,
) -> Accuracy:
    """Accuracy of the three networks that allele frequencies stand for.

    The paper does not say which one it reports.

    Args:
      key: typed key of the sampled genotypes.
      population_accuracy: maps genotypes (N, n), and frequencies, and a batch to (N,) numbers:
        ``engines.make(net, gen, fitness.fraction_correct)``, or ``engines.per_individual`` of any
        score of a model.
      allele_freqs: (n,) frequencies p.
      batch: the examples to classify, or whatever the score is measured on.
      num_sampled: how many genotypes to sample, at least 1.
      dominance: of diploid individuals, see ``ploidy``; by default they are haploid.

    Returns:
      An ``Accuracy``.

    Raises:
      InputError: ``num_sampled`` below 1, frequencies outside [0, 1], a batch that does not fit, a
        function that does not return a number for each genotype.
    """
    check_key("key", key)
    check_count("num_sampled", num_sampled)
    check_freqs("allele_freqs", allele_freqs)
    check_functions(population_accuracy=population_accuracy)
    check_pytree("batch", batch, "give a pytree of arrays")
    if check := getattr(population_accuracy, "check", None):
        check(allele_freqs.shape[-1], batch)
    values = None if dominance is None else ploidy.values_of(dominance)
    return _evaluate(key, as_pytree(population_accuracy), allele_freqs, batch, num_sampled, values)


@partial(jax.jit, static_argnames=("num_sampled", "values"))
def _evaluate(key, population_accuracy, allele_freqs, batch, num_sampled, values) -> Accuracy:
    if values is None:
        sampled = population.sample(key, allele_freqs, num_sampled).astype(jnp.float32)
        two = modal_genotype(allele_freqs).astype(jnp.float32), allele_freqs
    else:
        sampled = ploidy.express(population.sample(key, allele_freqs, 2 * num_sampled), values)
        two = ploidy.modal_and_mean(allele_freqs, values)
    accuracies = population_accuracy(jnp.concatenate([sampled, jnp.stack(two)]), batch)
    check_fitness("population_accuracy", accuracies, num_sampled + 2)
    return Accuracy(
        sampled_mean=jnp.mean(accuracies[:-2]),
        sampled_std=jnp.std(accuracies[:-2]),
        modal=accuracies[-2],
        mean=accuracies[-1],
    )
