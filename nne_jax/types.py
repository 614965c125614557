"""The vocabulary: one name for one quantity, and the three interfaces that others may write.

Classes of your own are registered with ``pytree``, their fields that are no arrays with ``static``.

Sizes: N individuals, n genes, m weights, B examples, D inputs, C classes.
"""

from typing import Any, Protocol

import jax

from nne_jax._pytrees import pytree, static

__all__ = [
    "AlleleFreqs",
    "Fitness",
    "FitnessFn",
    "Genotypes",
    "Inputs",
    "Key",
    "Labels",
    "Logits",
    "MarginalFitness",
    "PopulationFitness",
    "Rule",
    "Step",
    "Weights",
    "pytree",
    "static",
]

Key = jax.Array  # () typed key of jax.random.key

AlleleFreqs = jax.Array  # (n,) float32 in [0, 1]: frequency p(i) of allele 1 of gene i
Genotypes = jax.Array  # (N, n) bool: allele of each gene of each (haploid) individual
Weights = jax.Array  # (N, m) or, for one individual, (m,) float32
Inputs = jax.Array  # (B, D) float32
Labels = jax.Array  # (B,) int32 in [0, C)
Logits = jax.Array  # (N, B, C) or, for one individual, (B, C) float32
Fitness = jax.Array  # (N,) or, for one individual, () float32
MarginalFitness = tuple[jax.Array, jax.Array]  # (n,), (n,): of allele 1 and of allele 0


class FitnessFn(Protocol):
    """Fitness of one individual's network by what it answers."""

    def __call__(self, logits: Logits, labels: Labels, /) -> Fitness:
        """Maps (B, C) logits and the batch's (B,) labels to the () fitness."""
        ...


class PopulationFitness(Protocol):
    """Fitness of a whole population: the one door of the core. Whatever has this shape fits."""

    def __call__(self, genotypes: Genotypes, batch: Any, /) -> Fitness:
        """Maps (N, n) genotypes and a generation's batch, any pytree, to (N,) float32.

        A pure function. ``engines.per_individual`` makes one of the fitness of one individual.
        Where allele frequencies stand for a mean genotype it gets them in place of alleles. One
        that changes with time has a method ``in_generation(generation)`` that returns the one of a
        () int32 generation, as those of ``fitness.scheduled`` do. One with a true attribute
        ``takes_assorted`` gets ``assortment.Assorted`` genotypes as they are, not put together.
        """
        ...


class Rule(Protocol):
    """A selection rule: a pytree of its numbers, in three pure parts.

    A rule may say more of itself, by attributes of its class:

    * ``by_reproduction``: its ``update`` is the selection equation and nothing else, and its state
      a ``selection.Count``: a real population that breeds by the relative fitness can take its
      place (``wright_fisher``).
    * ``counts_expected``: its f1 and f0 are sums over the expected number of carriers, N p and
      N (1 - p), instead of the counted one; see ``selection.marginal_fitness``.
    * ``keeps_fixed``: ``update`` leaves frequencies of exactly 0 and 1 as they are: an allele that
      is lost stays lost, and ``GenerationStep.without_fixed`` may make late generations cheaper.
    """

    def init(self, allele_freqs: AlleleFreqs, /) -> Any:
        """The rule's state before the first generation, of (n,) frequencies."""
        ...

    def relative_fitness(self, fitness: Fitness, state: Any, /) -> Fitness:
        """Relative fitness (N,) of finite fitness (N,); the mean of a population is about 1."""
        ...

    def update(
        self, p: AlleleFreqs, f1: jax.Array, f0: jax.Array, state: Any, /
    ) -> tuple[AlleleFreqs, Any]:
        """The next frequencies and state, from the marginal relative fitness (n,) of the alleles.

        A gene of which the population carries one allele only has f1 = f0. Frequencies that are
        outside [0, 1] by more than rounding count as NaN.
        """
        ...


class Step(Protocol):
    """A generation: pure, to be jitted, scanned, and vmapped over states and hyper-parameters."""

    def __call__(self, state: Any, batch: Any, /) -> tuple[Any, Any]:
        """Maps a state and a batch to the next state, and to a NamedTuple of scalar metrics.

        The state has a ``generation``, () int32, and a ``key`` if batches are to be drawn.
        """
        ...
