"""Plasticity rules by name, and what a rule of your own has to be.

In all of them z is the softmax of the logits, ℓ the one-hot label, err_j = z_j - ℓ_j, and fired(j)
one of ``FIRED_OUTPUT``; fired(j) = 1 for every j is the reading without it.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import jax

from nne_jax.dopamine.paper_rules import C1, C2, C1Baseline
from nne_jax.dopamine.reward_rules import Agrel, PredictionError, RewardBaseline
from nne_jax.errors import InputError


class Rule(Protocol):
    """What δ is: any pytree with these two methods, all of whose numbers are leaves.

    Then equal rules share one compilation, and ``vmap`` can learn with several of a kind at once.

    >>> import dataclasses
    >>> import jax.numpy as jnp
    >>> from nne_jax.dopamine import Primal, init, learn
    >>> from nne_jax.types import pytree
    >>> @pytree
    ... @dataclasses.dataclass(frozen=True)
    ... class Habit:
    ...     strength: float
    ...
    ...     def init(self):
    ...         return ()
    ...
    ...     def update(self, z, target, fired, state):
    ...         return self.strength * fired, state
    >>> synapses = Primal(jnp.eye(2), jnp.eye(2))
    >>> state = init(synapses, Habit(0.5), num_classes=2)
    >>> key, labels = jax.random.key(0), jnp.array([0, 1])
    >>> learn(key, state, synapses, labels, Habit(0.5), "every", 1, 1.0).params
    Array([[0.5, 0.5],
           [0.5, 0.5]], dtype=float32)
    """

    def init(self) -> Any:
        """State before the first example: a pytree; a Python float gets the weights' dtype."""
        ...

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any, /
    ) -> tuple[jax.Array, Any]:
        """The (C,) change δ that an example makes, and the next state.

        Args:
          z: (C,) softmax of the logits.
          target: (C,) one-hot label.
          fired: (C,) in [0, 1], by one of ``FIRED_OUTPUT``.
          state: of the rule.
        """
        ...


RULES: dict[str, Callable[..., Rule]] = {
    "c1": C1,
    "c1_baseline": C1Baseline,
    "c2_plus_below": partial(C2, 1, "below"),
    "c2_plus_above": partial(C2, 1, "above"),
    "c2_minus_below": partial(C2, -1, "below"),
    "c2_minus_above": partial(C2, -1, "above"),
    "reward_baseline": RewardBaseline,
    "prediction_error": PredictionError,
    "agrel": Agrel,
}


def make(name: str, **options: Any) -> Rule:
    """The rule of a name, with its options.

    Raises:
      InputError: an unknown name or option; the message lists the known ones.

    >>> make("agrel", uncertainty=0.1)
    Agrel(uncertainty=0.1, largest_gain=10.0)
    >>> make("c3")
    Traceback (most recent call last):
    nne_jax.errors.InputError: rule=c3: unknown; the known ones are c1, c1_baseline, ...
    """
    known = option_names(name)
    if unknown := [option for option in options if option not in known]:
        has = f"its options are {', '.join(known)}" if known else "it has no options"
        raise InputError(f"{unknown[0]}={options[unknown[0]]}: unknown to the rule {name}; {has}.")
    return RULES[name](**options)


def option_names(name: str) -> tuple[str, ...]:
    """What a rule of a known name can be made with.

    Raises:
      InputError: an unknown name.

    >>> option_names("c1"), option_names("c2_plus_below"), option_names("prediction_error")
    ((), ('epsilon0',), ('uncertainty',))
    """
    if not isinstance(name, str) or name not in RULES:
        raise InputError(f"rule={name}: unknown; the known ones are {', '.join(RULES)}.")
    return tuple(inspect.signature(RULES[name]).parameters)
