"""Neural net evolution: the generation step, and the loop over generations. Read this first.

N individuals, n genes, m links, B examples, D inputs, C classes::

    data.Dataset (B,D),(B,)            network.Network (which links exist)
           |                                 | genome.init
           |                           genome.Genome  (sparse W: m x n)
           |   NNEState.allele_freqs (n,)    |
           |            | population.sample(key, p, N)
           |        genotypes (N,n)          |
           |            | genome.express  <--+      sparse, linear: w = W x
           |        weights (N,m)
           +----------> | phenotype.apply           one individual; engines: over N in chunks
                    logits (N,B,C)
                        | fitness.reward            -> (N,)
                        | selection.marginal_fitness -> f1, f0 (n,)
                        | selection.<rule>.update
                    allele_freqs' (n,)  --> next generation: evolve = lax.scan
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from nne_jax import engines, fitness, metrics, population
from nne_jax.data import Batch, Dataset
from nne_jax.genome import Genome
from nne_jax.metrics import Metrics
from nne_jax.network import Network
from nne_jax.selection import Rule
from nne_jax.types import AlleleFreqs, FitnessFn, Key, as_pytree


class NNEState(NamedTuple):
    """Everything that changes from one generation to the next."""

    key: Key  # () the run's key; generation g draws with fold_in(key, g)
    generation: jax.Array  # () int32: generations made so far
    allele_freqs: AlleleFreqs  # (n,) float32
    rule_state: Any  # the selection rule's own state


Step = Callable[[NNEState, Batch], tuple[NNEState, Metrics]]


def init(key: Key, num_genes: int, rule: Rule, spread: float = 1.0) -> NNEState:
    """The state before the first generation.

    Args:
      key: typed key of the whole run.
      num_genes: number n of genes.
      rule: the selection rule.
      spread: of the initial frequencies, see ``population.init_allele_freqs``.
    """
    key_init, key_run = jax.random.split(key)
    allele_freqs = population.init_allele_freqs(key_init, num_genes, spread)
    return NNEState(key_run, jnp.int32(0), allele_freqs, rule.init(allele_freqs))


def make_generation_step(
    net: Network,
    gen: Genome,
    rule: Rule,
    population_size: int = 1000,
    fitness_fn: FitnessFn = fitness.reward,
    antithetic: bool = False,
    **how: Any,
) -> Step:
    """Makes the generation step, a pure function ``(state, batch) -> (state, metrics)``.

    It samples a population, tests every genotype on the batch and moves the allele frequencies. It
    may be jitted, scanned, and vmapped over states. It is a pytree (``jax.tree_util.Partial``), so
    that network and genome are arguments, not constants, of what is compiled.

    Args:
      net, gen, rule: the wiring, the weight generation matrix, the selection rule.
      population_size: number N of individuals.
      fitness_fn: maps one individual's (B, C) logits and the (B,) labels to its () fitness.
      antithetic: see ``population.sample``.
      **how: how to go about the forward pass: ``engine``, ``precision``, ``chunk_size`` and
        ``devices`` of ``engines.make``.

    Returns:
      The step.

    Raises:
      InputError: see ``engines.make``.

    >>> from nne_jax import data, genome, network, selection
    >>> net = network.init(jax.random.key(0), (64, 32, 10), (0.3, 1.0))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=100, density=0.05)
    >>> rule = selection.intensity(0.3)
    >>> step = make_generation_step(net, gen, rule, population_size=50)
    >>> state = init(jax.random.key(2), 100, rule)
    >>> state, history = evolve(step, state, data.load("digits"), num_generations=3)
    >>> int(state.generation), history.fitness_mean.shape
    (3, (3,))
    """

    def generation(of_population, state: NNEState, batch: Batch):
        key, _ = generation_keys(state)
        genotypes = population.sample(key, state.allele_freqs, population_size, antithetic)
        delta, non_finite = fitness.replace_non_finite(of_population(genotypes, batch))
        p, rule_state = rule.update(genotypes, delta, state.rule_state, state.allele_freqs)
        after = NNEState(state.key, state.generation + 1, p, rule_state)
        return after, metrics.summarise(delta, non_finite, p)

    return Partial(generation, engines.make(net, gen, fitness_fn, **how))


def generation_keys(state: NNEState) -> tuple[Key, Key]:
    """Keys of a generation's genotypes and of its images: the same in a resumed or cut-up run."""
    return tuple(jax.random.split(jax.random.fold_in(state.key, state.generation)))


def evolve(
    step: Step, state: NNEState, batches: Batch | Dataset | Callable, num_generations: int
) -> tuple[NNEState, Metrics]:
    """Runs generations with ``lax.scan``, compiled once for each ``num_generations``.

    Args:
      step: from ``make_generation_step``.
      state: from ``init``, or from an earlier call to go on.
      batches: what every generation is tested on: a ``Batch``, the training images of a
        ``Dataset``, or a function of a key that draws each generation's batch
        (``data.Minibatches``).
      num_generations: number of generations to run, at least 1.

    Returns:
      The state after them, and ``Metrics`` with a leading axis of generations.
    """
    if isinstance(batches, Dataset):
        batches = batches.train
    return _scan(as_pytree(step), state, as_pytree(batches), num_generations)


@partial(jax.jit, static_argnames="num_generations")
def _scan(step, state, batches, num_generations):
    def body(state, _):
        batch = batches if isinstance(batches, Batch) else batches(generation_keys(state)[1])
        return step(state, batch)

    return jax.lax.scan(body, state, length=num_generations)
