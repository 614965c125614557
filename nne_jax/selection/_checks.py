"""What the doors of this room refuse: what is no rule, a rule's parts that do not fit."""

from typing import Any

import jax

from nne_jax._checks import (
    check_alleles,
    check_array,
    check_finite,
    check_pytree,
    difference,
)
from nne_jax.assortment import Assorted
from nne_jax.errors import InputError
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, Rule


def rule(given: Any) -> None:
    """It must be a rule, and a pytree of numbers."""
    if not all(hasattr(given, part) for part in ("init", "relative_fitness", "update")):
        raise InputError(
            f"rule: {type(given).__name__} has no init, relative_fitness and update; give a rule, "
            "selection.intensity(0.5) say."
        )
    check_pytree("rule", given, "register its class with nne_jax.types.pytree")


def rule_state(name: str, given: Rule, state: Any, p: AlleleFreqs) -> None:
    """A state must have the form of ``rule.init(p)``."""
    if words := difference(state, jax.eval_shape(given.init, p)):
        raise InputError(f"{name}: {words}; make it by init, with this rule.")


def updated(returned: Any, p: AlleleFreqs, state: Any) -> None:
    """What a rule's update returned must be frequencies and a state, of the forms before."""
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise InputError(
            f"rule.update: it returned {type(returned).__name__}; it must return the frequencies "
            "and the next state."
        )
    check_array("rule.update", returned[0], p.shape, "floats")
    if words := difference(returned[1], state):
        raise InputError(f"rule.update: of the state that it returned {words}.")


def tested(genotypes: Genotypes | Assorted, values: Fitness) -> None:
    """There must be (N, n) alleles, and finite fitness of each individual."""
    check_alleles(genotypes)
    check_array("fitness", values, (genotypes.shape[0],), "real numbers")
    check_finite("fitness", values)


def optimiser(given: Any) -> None:
    """It must be an optimiser of optax, with its numbers filled in."""
    if not all(hasattr(given, part) for part in ("init", "update")):
        raise InputError(
            f"optimiser: it is {type(given).__name__}; give one of optax, optax.sgd(0.1) say."
        )
