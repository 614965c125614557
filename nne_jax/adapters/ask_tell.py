"""Ask for genotypes, tell their fitness: for a loop of one's own, and fitness from anywhere."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import evolution
from nne_jax._checks import (
    check_array,
    check_count,
    check_field,
    check_fitness,
    values_of,
)
from nne_jax._pytrees import is_traced, pytree, static
from nne_jax.errors import InputError
from nne_jax.evolution import NNEState
from nne_jax.generation import GenerationStep
from nne_jax.types import Fitness, Genotypes, Key


@pytree
@dataclasses.dataclass(frozen=True)
class AskTell:
    """Evolution whose fitness is told: ``init``, then ``ask`` and ``tell`` in turn.

    The state is that of ``evolution`` and the numbers are those of ``evolution.evolve`` to the bit:
    what one has begun may go on with the other. A generation's genotypes are a function of the
    state, so that asking twice gives the same ones and ``tell`` needs their fitness only. The three
    are pure, to be jitted, scanned and vmapped, also over the numbers of the rule.

    Args:
      rule: the selection rule.
      num_genes: number n of bits of a genotype.
      population_size: number N of genotypes a generation.
      antithetic: see ``population.sample``.
      spread: of the initial frequencies, see ``population.init_allele_freqs``.
      keep_fittest: whether ``state.fittest`` has the fittest genotype that was ever told of.

    Raises:
      InputError: a number out of bounds; what is given is no rule, by ``init``.

    >>> from nne_jax import selection
    >>> es = AskTell(selection.umda(0.5), num_genes=20, population_size=100, spread=0.0)
    >>> state = es.init(jax.random.key(0))
    >>> for _ in range(20):
    ...     genotypes, state = es.ask(state)
    ...     state = es.tell(state, genotypes.sum(axis=1))
    >>> int(es.ask(state)[0].sum(axis=1).max())
    20
    """

    rule: Any
    num_genes: int = static()
    population_size: int = static()
    antithetic: bool = static(default=False)
    spread: float | jax.Array = 1.0
    keep_fittest: bool = static(default=False)

    def __post_init__(self):
        check_count("num_genes", self.num_genes)
        check_count("population_size", self.population_size)
        check_field("spread", self.spread, 0, 1)

    def init(self, key: Key) -> NNEState:
        """The state before the first generation.

        Args:
          key: typed key of the whole run.
        """
        self._step()  # which refuses what is no rule
        return evolution.init(key, self.num_genes, self.rule, self.spread, self.keep_fittest)

    def ask(self, state: NNEState) -> tuple[Genotypes, NNEState]:
        """The genotypes (N, n) bool whose fitness is to be told, and the state as it is.

        Raises:
          InputError: a state of another rule, or of another number of genes.
        """
        self._check(state)
        return _ask(self, state), state

    def tell(
        self, state: NNEState, fitness: Fitness, genotypes: Genotypes | None = None
    ) -> NNEState:
        """The state after selection.

        Args:
          state: with which the genotypes were asked for.
          fitness: (N,) real numbers, higher is fitter, in the order of the genotypes. One that is
            not finite counts as the lowest of the others.
          genotypes: (N, n) those that were tested, to make sure that they are this state's. Under
            jit those of another state have no finite fitness.

        Raises:
          InputError: not one real number for each genotype, or none that is finite; genotypes or a
            state of another generation, rule or size.
        """
        self._check(state)
        fitness = _as_array(fitness)
        check_fitness("fitness", fitness, self.population_size)
        known = values_of(fitness)
        if known is not None and not np.isfinite(known).any():
            raise InputError(f"fitness: none of {known.size} is finite; nothing can be selected.")
        if genotypes is not None:
            fitness = self._of_this_state(state, fitness, genotypes)
        return _tell(self, state, fitness)

    def _of_this_state(self, state: NNEState, fitness: Fitness, genotypes: Genotypes) -> Fitness:
        shape = self.population_size, self.num_genes
        check_array("genotypes", genotypes, shape, "alleles or frequencies")
        are_own = jnp.all(_ask(self, state) == jnp.asarray(genotypes).astype(bool))
        if not is_traced(are_own) and not are_own:
            raise InputError(
                "genotypes: they are not those of this state; tell with the state with which they "
                "were asked for."
            )
        return jnp.where(are_own, fitness.astype(jnp.float32), jnp.nan)

    def _check(self, state: NNEState) -> None:
        self._step().check(state, None)
        check_array("state.allele_freqs", state.allele_freqs, (self.num_genes,), "floats")

    def _step(self) -> GenerationStep:
        """A generation in which what is told takes the place of a batch, and of its test."""
        return evolution.make_generation_step(
            _told, self.rule, self.population_size, self.antithetic, _nothing
        )


@jax.jit  # op by op the last bits would be others than in a loop that is compiled
def _ask(es: AskTell, state: NNEState) -> Genotypes:
    return es._step().reproduction.genotypes(evolution.generation_keys(state)[0], state)


@jax.jit
def _tell(es: AskTell, state: NNEState, fitness: Fitness) -> NNEState:
    return es._step()(state, fitness)[0]


def _as_array(fitness: Any) -> Any:
    """Fitness from anywhere as an array; on the host, where no integer is too large."""
    if isinstance(fitness, jax.Array):
        return fitness
    try:
        array = np.asarray(fitness)
    except ValueError as error:
        raise InputError(f"fitness: it is no array ({error}).") from error
    return array if array.dtype.kind not in "iuf" else array.astype(np.float32)


def _told(genotypes: Genotypes, fitness: Fitness) -> Fitness:
    del genotypes
    return fitness


def _nothing(*arguments: Any) -> tuple[()]:
    del arguments
    return ()
