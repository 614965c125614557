"""Any selection rule as an algorithm of evosax."""

import functools
import importlib
from typing import Any

import jax.numpy as jnp

from nne_jax import selection
from nne_jax._checks import check_count, check_freqs
from nne_jax.errors import InputError
from nne_jax.population import sample
from nne_jax.selection import _checks
from nne_jax.types import Rule


def make_algorithm(
    rule: Rule, num_genes: int, population_size: int, antithetic: bool = False
) -> Any:
    """Makes an evosax algorithm of a selection rule, for loops that are written for evosax.

    Its solutions are genotypes, (n,) floats of 0 and 1; its mean is the allele frequencies, and so
    ``init(key, mean, params)`` takes the first ones; its parameters are the rule. As in every
    algorithm of evosax keys are the caller's and fitness is a loss.

    Args:
      rule: the selection rule, ``default_params`` of the algorithm.
      num_genes: number n of genes.
      population_size: number N of individuals.
      antithetic: see ``population.sample``.

    Returns:
      An ``evosax.algorithms.distribution_based.base.DistributionBasedAlgorithm``.

    Raises:
      InputError: evosax is missing; a number out of bounds, what is no rule, a mean that is no
        frequencies.
    """
    _checks.rule(rule)
    check_count("num_genes", num_genes)
    check_count("population_size", population_size)
    return _algorithm_class()(rule, num_genes, population_size, antithetic)


@functools.cache
def _algorithm_class() -> type:
    """The class, which exists only once evosax does."""
    try:
        base: Any = importlib.import_module("evosax.algorithms.distribution_based.base")
        struct: Any = importlib.import_module("flax.struct")
    except ModuleNotFoundError as error:
        raise InputError('evosax is missing; pip install "nne_jax[bench]".') from error

    @struct.dataclass
    class State(base.State):
        rule_state: Any

    class NeuralNetEvolution(base.DistributionBasedAlgorithm):
        """A selection rule with evosax's interface."""

        def __init__(self, rule, num_genes, population_size, antithetic):
            super().__init__(population_size, jnp.zeros(num_genes))
            self._default_params, self._antithetic = rule, antithetic

        def init(self, key, mean, params):
            """The state before the first generation, of (n,) allele frequencies."""
            check_freqs("mean", mean, self.num_dims)
            state = super().init(key, mean, params)
            return state.replace(rule_state=params.init(state.mean))

        def _init(self, key, params):
            nobody = self.solution_flat
            return State(nobody, jnp.inf, 0, mean=nobody, rule_state=None)

        def _ask(self, key, state, params):
            genotypes = sample(key, state.mean, self.population_size, self._antithetic)
            return genotypes.astype(self.solution_flat.dtype), state

        def _tell(self, key, population, fitness, state, params):
            fitness, _ = selection.replace_non_finite(-fitness)
            p, rule_state = selection.apply(
                params, population.astype(bool), fitness, state.rule_state, state.mean
            )
            return state.replace(mean=p, rule_state=rule_state)

    return NeuralNetEvolution
