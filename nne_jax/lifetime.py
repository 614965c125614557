"""Learning within a lifetime: an evolved individual trains its output layer, and only that."""

from functools import partial

import jax
import jax.numpy as jnp

from nne_jax import fitness, genome, phenotype, population
from nne_jax._checks import (
    check_array,
    check_batch,
    check_count,
    check_freqs,
    check_genome_of,
    check_key,
    check_network,
    check_scalar,
)
from nne_jax._learners import LIFETIMES, RATES, ByDopamine, ByGradient, Learner
from nne_jax.data import Batch
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import AlleleFreqs, Key, Weights

__all__ = [
    "LIFETIMES",
    "RATES",
    "ByDopamine",
    "ByGradient",
    "Learner",
    "evaluate",
    "learn_output_layer",
]


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
      learner: how the output layer learns, such as ``LIFETIMES["signsgd"](0.01)``.
      num_iterations: number of batches.
      batch_size: images in a batch, at most as many as the split has.
      temperature: divides the logits.

    Returns:
      (m,) float32.

    Raises:
      InputError: a negative number of batches, a batch that is empty or larger than the split, and
        weights, images or labels that are not of this network.

    Source: the paper, section 3.1, equation 5.
    """
    check_key("key", key)
    check_network(net)
    check_array("weights", weights, (net.num_links,), "floats")
    _check_lifetime(net, "split", split, learner, num_iterations, batch_size, temperature)
    return _learn(key, net, weights, split, learner, num_iterations, batch_size, temperature)


@partial(jax.jit, static_argnames=("num_iterations", "batch_size"))
def _learn(key, net, weights, split, learner, num_iterations, batch_size, temperature):
    hidden, output = phenotype.hidden_and_output(net, weights, split.inputs)
    layer = net.layers[-1]
    links = None
    if not layer.is_full:
        links = jnp.zeros(output.shape, bool).at[layer.senders, layer.receivers].set(True)
    output = learner(
        key,
        output,
        Batch(hidden, split.labels),
        num_iterations=num_iterations,
        batch_size=batch_size,
        temperature=temperature,
        links=links,
    )
    learnt = output.T[layer.receivers, layer.senders]
    return jnp.concatenate([*net.split(weights)[:-1], learnt])


def evaluate(
    key: Key,
    net: Network,
    gen: Genome,
    allele_freqs: AlleleFreqs,
    train: Batch,
    test: Batch,
    learner: Learner,
    *,
    num_sampled: int = 10,
    num_iterations: int,
    batch_size: int,
    temperature: float = 1.0,
) -> jax.Array:
    """Accuracy of genotypes sampled from p once each has trained its output layer.

    Args:
      key: typed key of the genotypes and of their lifetimes.
      net: the wiring.
      gen: the weight generation matrix.
      allele_freqs: (n,) frequencies p.
      train: the images of the lifetimes.
      test: the images that the individuals are then to classify.
      learner: how the output layer learns.
      num_sampled: how many genotypes to sample, at least 1.
      num_iterations, batch_size, temperature: of ``learn_output_layer``.

    Returns:
      (num_sampled,) float32.

    Raises:
      InputError: see ``learn_output_layer``; frequencies outside [0, 1], a genome of another
        network.
    """
    check_key("key", key)
    check_genome_of(net, gen)
    check_freqs("allele_freqs", allele_freqs, gen.num_genes)
    check_count("num_sampled", num_sampled)
    _check_lifetime(net, "train", train, learner, num_iterations, batch_size, temperature)
    check_batch("test", test, net.layer_sizes[0], net.layer_sizes[-1])
    key_genotypes, key_lifetimes = jax.random.split(key)

    def lifetime(key: Key, genotype: jax.Array) -> jax.Array:
        weights = learn_output_layer(
            key,
            net,
            genome.express(gen, genotype),
            train,
            learner,
            num_iterations,
            batch_size,
            temperature,
        )
        return fitness.fraction_correct(phenotype.apply(net, weights, test.inputs), test.labels)

    genotypes = population.sample(key_genotypes, allele_freqs, num_sampled)
    return jnp.stack(
        [lifetime(jax.random.fold_in(key_lifetimes, i), x) for i, x in enumerate(genotypes)]
    )


def _check_lifetime(
    net: Network,
    name: str,
    split: Batch,
    learner: Learner,
    num_iterations: int,
    batch_size: int,
    temperature: float,
) -> None:
    check_batch(name, split, net.layer_sizes[0], net.layer_sizes[-1])
    if not callable(learner):
        raise InputError(
            f"learner: it is {type(learner).__name__}; give one that learns, "
            'lifetime.LIFETIMES["sgd"](1.0) say.'
        )
    check_count("num_iterations", num_iterations, 0)
    check_count("batch_size", batch_size, 1, split.labels.shape[0])
    check_scalar("temperature", temperature, above=0)
