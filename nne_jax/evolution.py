"""Neural net evolution: the generation step, and the loop over generations. Read this first.

N individuals, n genes, m weights, B examples. Left: any model and any task. Right: the paper's own
network, the fast way::

    any parameters (a pytree)          network.Network (which links exist)
                \\                       /
                 genome.init -> Genome (sparse W: m x n; w = w0 + W x)
    NNEState.allele_freqs (n,)        |
           | population.sample        |
      genotypes (N,n) ----------------+
           |                          |
           |   PopulationFitness: (genotypes (N,n), batch) -> (N,)
           |     engines.per_individual   any fitness_fn(parameters, batch)
           |     engines.make             the network: dense, gathered, layered, batched, fused
           |
           | selection: relative_fitness (N,) -> marginal_fitness -> f1, f0 (n,) -> update
      allele_freqs'  --> next generation: evolve = lax.scan
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax import assortment, metrics, population, selection
from nne_jax._checks import (
    check_array,
    check_chromosomes,
    check_count,
    check_haplotypes,
    check_key,
)
from nne_jax._pytrees import as_pytree, execution, in_generation, pytree, static
from nne_jax._shares import Spread
from nne_jax.assortment import Assorted
from nne_jax.errors import InputError
from nne_jax.generation import (
    Fittest,
    GenerationStep,
    check_functions,
    check_made,
    first_state,
    generation_keys,
    next_generation,
    no_fittest,
)
from nne_jax.selection import _checks
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, Key, PopulationFitness, Rule, Step

__all__ = [
    "Fittest",
    "FromFrequencies",
    "NNEState",
    "evolve",
    "generation_keys",
    "init",
    "make_generation_step",
    "maximise",
]


class NNEState(NamedTuple):
    """Everything that changes from one generation to the next."""

    key: Key  # () the run's key; generation g draws with fold_in(key, g)
    generation: jax.Array  # () int32: generations made so far
    allele_freqs: AlleleFreqs  # (n,) float32
    rule_state: Any  # the selection rule's own state
    fittest: Fittest | None = None  # the fittest genotype that was ever tested, if it is kept


def init(
    key: Key,
    num_genes: int,
    rule: Rule,
    spread: float | jax.Array = 1.0,
    keep_fittest: bool = False,
) -> NNEState:
    """The state before the first generation.

    Args:
      key: typed key of the whole run.
      num_genes: number n of genes.
      rule: the selection rule.
      spread: of the initial frequencies, see ``population.init_allele_freqs``.
      keep_fittest: whether the state keeps the fittest genotype that was ever tested.

    Raises:
      InputError: ``num_genes`` below 1 or ``spread`` outside [0, 1]; what is given is no rule.
    """
    check_key("key", key)
    _checks.rule(rule)
    key_init, key_run = jax.random.split(key)
    p = population.init_allele_freqs(key_init, num_genes, spread)
    fittest = no_fittest(num_genes) if keep_fittest else None
    return NNEState(key_run, jnp.int32(0), p, rule.init(p), fittest)


@pytree
@dataclasses.dataclass(frozen=True)
class FromFrequencies:
    """NNE's reproduction: genotypes are sampled from frequencies, which a rule moves."""

    rule: Any
    population_size: int = static()
    antithetic: bool = static()
    devices: tuple[jax.Device, ...] = execution(default=())  # that share the individuals
    num_haplotypes: int | None = static(default=None)  # None: everybody's are their own
    num_chromosomes: int = static(default=1)

    @property
    def keeps_fixed(self) -> bool:
        """As the rule says."""
        return bool(getattr(self.rule, "keeps_fixed", False))

    def genotypes(self, key: Key, state: NNEState) -> Genotypes | Assorted | Spread:
        """A generation's genotypes (N, n)."""
        p, size = state.allele_freqs, self.population_size
        if self.num_haplotypes is None:
            return population.spread(key, p, size, self.antithetic, self.devices)
        numbers = self.num_haplotypes, self.num_chromosomes
        return assortment.assort(key, p, size, *numbers, self.antithetic)

    def check(self, state: Any) -> None:
        """Raises an InputError unless a state is of this rule."""
        if not hasattr(state, "rule_state"):
            raise InputError(
                f"state: {type(state).__name__} has no rule_state; give the state of "
                "evolution.init, made with the rule of the step."
            )
        check_array("state.allele_freqs", state.allele_freqs, ("n",), "floats")
        _checks.rule_state("state.rule_state", self.rule, state.rule_state, state.allele_freqs)

    def next_state(
        self, key: Key, state: NNEState, genotypes: Genotypes | Assorted, fitness: Fitness
    ) -> NNEState:
        """The state after selection."""
        del key
        p, rule_state = selection.apply(
            self.rule, genotypes, fitness, state.rule_state, state.allele_freqs, self.devices
        )
        return state._replace(allele_freqs=p, rule_state=rule_state)


def make_generation_step(
    population_fitness: PopulationFitness,
    rule: Rule,
    population_size: int = 1000,
    antithetic: bool = False,
    summarise: Callable = metrics.summarise,
    num_haplotypes: int | None = None,
    num_chromosomes: int | None = None,
) -> GenerationStep:
    """Makes the generation step, a pure function ``(state, batch) -> (state, metrics)``.

    It samples a population, tests every genotype on the batch and moves the allele frequencies. It
    may be jitted, scanned, and vmapped over states and over the rule's numbers. It is a pytree: two
    steps of equal shapes share one compiled program.

    Args:
      population_fitness: maps (N, n) genotypes and a batch to (N,) fitness; ``engines.make`` and
        ``engines.per_individual`` make such functions.
      rule: the selection rule.
      population_size: number N of individuals.
      antithetic: see ``population.sample``.
      summarise: what a generation leaves in the log, see ``metrics.summarise``.
      num_haplotypes: of each chromosome, which individuals share, see ``assortment``; by default
        every individual has its own.
      num_chromosomes: with ``num_haplotypes``, as many as the genome was drawn with.

    Raises:
      InputError: ``population_size`` below 1; what is given is no function, or no rule; haplotypes
        without chromosomes, or the other way round.

    >>> from nne_jax import data, engines, fitness, genome, network
    >>> net = network.init(jax.random.key(0), (64, 32, 10), (0.3, 1.0))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=100, density=0.05)
    >>> rule = selection.intensity(0.3)
    >>> step = make_generation_step(engines.make(net, gen, fitness.reward), rule, 50)
    >>> state = init(jax.random.key(2), 100, rule)
    >>> state, history = evolve(step, state, data.load("digits").train, num_generations=3)
    >>> int(state.generation), history.fitness_mean.shape
    (3, (3,))
    """
    check_count("population_size", population_size)
    _checks.rule(rule)
    check_functions(population_fitness=population_fitness, summarise=summarise)
    devices = tuple(getattr(population_fitness, "devices", ()))
    if num_haplotypes is not None and num_chromosomes is not None:
        check_haplotypes(num_haplotypes, antithetic)
        check_chromosomes(num_chromosomes)
    elif num_haplotypes is not None or num_chromosomes is not None:
        raise InputError(
            f"num_haplotypes={num_haplotypes}, num_chromosomes={num_chromosomes}: haplotypes are "
            "of chromosomes; give both numbers or neither."
        )
    reproduction = FromFrequencies(
        rule, population_size, antithetic, devices, num_haplotypes, num_chromosomes or 1
    )
    return GenerationStep(population_fitness, reproduction, summarise)


def evolve(step: Step, state: Any, batches: Any, num_generations: int) -> tuple[Any, Any]:
    """Runs generations with ``lax.scan``, compiled once for each ``num_generations``.

    Args:
      step: from ``make_generation_step``, or any other step.
      state: from ``init``, or from an earlier call to go on.
      batches: what every generation is tested on: a pytree of arrays, or a function of a key that
        draws each generation's, ``data.Minibatches`` say. None where fitness needs none.
      num_generations: number of generations to run, not negative.

    Returns:
      The state after them, and the step's metrics with a leading axis of generations.

    Raises:
      InputError: negative generations, a batch with something other than arrays in it, or arrays
        that do not fit the step.
    """
    check_count("num_generations", num_generations, 0)
    state = first_state(step, state, batches)
    return _scan(as_pytree(step), state, as_pytree(batches), num_generations)


@partial(jax.jit, static_argnames="num_generations")
def _scan(step, state, batches, num_generations):
    def body(state, _):
        made = next_generation(step, state, batches)
        check_made(state, made)
        return made

    return jax.lax.scan(body, state, length=num_generations)


def maximise(
    key: Key,
    fitness_fn: Callable,
    num_genes: int,
    rule: Rule,
    population_size: int = 100,
    num_generations: int = 100,
    batches: Any = None,
    spread: float | jax.Array = 0.0,
) -> tuple[NNEState, Any]:
    """Searches for the fittest of all bit strings: no network, the genotype is the solution.

    Args:
      key: typed key of the whole run.
      fitness_fn: maps a genotype, (n,) bool, to its fitness, a scalar; with ``batches`` it gets the
        generation's batch as its second argument.
      num_genes: number n of bits.
      rule: the selection rule.
      population_size: number N of genotypes a generation.
      num_generations: number of generations.
      batches: see ``evolve``.
      spread: of the initial frequencies; all are 1/2 by default.

    Returns:
      The last state, whose ``fittest`` has the fittest genotype that was tested, and ``Metrics``
      with a leading axis of generations.

    Raises:
      InputError: a number out of bounds, what is no function or no rule, fitness that is no scalar.

    >>> rule = selection.umda(0.5)
    >>> state, _ = maximise(jax.random.key(0), jnp.sum, 20, rule, num_generations=30)
    >>> int(state.fittest.fitness), bool(jnp.all(state.fittest.genotype))
    (20, True)
    """
    from nne_jax import engines  # the one place where the core calls an engine

    check_functions(fitness_fn=fitness_fn)
    fitness = as_pytree(fitness_fn)
    if batches is None:
        fitness = _WithoutBatch(fitness)
    step = make_generation_step(engines.per_individual(fitness), rule, population_size)
    state = init(key, num_genes, rule, spread, keep_fittest=True)
    return evolve(step, state, batches, num_generations)


@pytree
@dataclasses.dataclass(frozen=True)
class _WithoutBatch:
    """A fitness function of the genotype alone, as one of a batch too."""

    fitness_fn: Any

    def __call__(self, genotype: jax.Array, batch: Any) -> jax.Array:
        del batch
        return self.fitness_fn(genotype)

    def in_generation(self, generation: jax.Array) -> "_WithoutBatch":
        return _WithoutBatch(in_generation(self.fitness_fn, generation))
