"""An infinite population at linkage equilibrium: exact allele frequencies, without sampling.

Fitness is a table of all 2^n genotypes, see ``enumeration``.
"""

from functools import partial
from typing import NamedTuple

import jax

from nne_jax import selection
from nne_jax._checks import check_count, check_real
from nne_jax.theory import _checks, enumeration
from nne_jax.types import AlleleFreqs


class Trajectory(NamedTuple):
    """Exact generations: the state before each of T, and after the last."""

    allele_freqs: jax.Array  # (T + 1, n)
    fitness_mean: jax.Array  # (T + 1,) over all genotypes
    gradient: jax.Array  # (T + 1, n) of the mean fitness, in the frequencies


def generations(
    fitness: jax.Array, p: AlleleFreqs, epsilon: float | jax.Array, num_generations: int
) -> Trajectory:
    """Generations of an infinite population: the selection equation (A7) without sampling error.

    Args:
      fitness: (2^n,) every genotype's, of the dtype of p.
      p: (n,) allele frequencies before the first generation.
      epsilon: strength ε of selection.
      num_generations: number T of generations.

    Returns:
      A ``Trajectory`` of T + 1 states.

    Raises:
      InputError: a table that is not of all 2^n genotypes, a number out of bounds.

    >>> import jax.numpy as jnp
    >>> fitness = jnp.array([0.0, 1.0])  # of one gene
    >>> generations(fitness, jnp.array([0.5]), 1.0, 2).allele_freqs.ravel().tolist()
    [0.5, 0.66667, 0.8]
    """
    _checks.table("fitness", fitness, p)
    check_real("epsilon", epsilon, 0)
    check_count("num_generations", num_generations, 0)
    return _generations(fitness, p, epsilon, num_generations)


@partial(jax.jit, static_argnames="num_generations")
def _generations(fitness, p, epsilon, num_generations) -> Trajectory:

    def generation(p, _):
        mean, gradient = jax.value_and_grad(enumeration.extension, argnums=1)(fitness, p)
        after = selection.weak_selection(p, *enumeration.marginal_fitness(fitness, p), epsilon)
        return after, Trajectory(p, mean, gradient)

    return jax.lax.scan(generation, p, length=num_generations + 1)[1]


def replicator_equation(
    fitness: jax.Array, p: AlleleFreqs, time: float | jax.Array, num_steps: int
) -> AlleleFreqs:
    """Solves dp/dt = p (1-p) (f1 - f0), the limit of weak selection as ε goes to 0.

    Args:
      fitness: (2^n,) every genotype's, of the dtype of p.
      p: (n,) allele frequencies at time 0.
      time: until when; a generation takes the time ε.
      num_steps: equal steps of the Runge-Kutta method of the fourth order.

    Returns:
      (n,) allele frequencies.

    Raises:
      InputError: a table that is not of all 2^n genotypes, a number out of bounds.

    >>> import jax.numpy as jnp
    >>> p = replicator_equation(jnp.array([0.0, 1.0]), jnp.array([0.5]), 2.0, 20)
    >>> float(jnp.log(p[0] / (1 - p[0])))  # log odds grow by the fitness a unit of time
    2.0
    """
    _checks.table("fitness", fitness, p)
    check_real("time", time, 0)
    check_count("num_steps", num_steps)
    return _replicator_equation(fitness, p, time, num_steps)


@partial(jax.jit, static_argnames="num_steps")
def _replicator_equation(fitness, p, time, num_steps) -> AlleleFreqs:
    h = time / num_steps

    def velocity(p):
        f1, f0 = enumeration.marginal_fitness(fitness, p)
        return p * (1 - p) * (f1 - f0)

    def step(p, _):
        k1 = velocity(p)
        k2 = velocity(p + h * k1 / 2)
        k3 = velocity(p + h * k2 / 2)
        return p + h * (k1 + 2 * k2 + 2 * k3 + velocity(p + h * k3)) / 6, None

    return jax.lax.scan(step, p, length=num_steps)[0]
