"""Plasticity rules after what is known of dopamine: it reports errors in predicting a reward.

The symbols are those of ``rules``.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax._checks import check_field
from nne_jax._pytrees import pytree


@pytree
@dataclass(frozen=True)
class RewardBaseline:
    """One reward for all outputs: δ(j) = fired(j) (r - r̄), r = Σ_j fired(j) ℓ_j.

    r̄ follows r at a rate, from 0: the reward prediction error of an animal that predicts its
    average reward.

    Args:
      rate: of the running average, in (0, 1].

    Source: Williams, Simple statistical gradient-following algorithms, 1992, with a reinforcement
    baseline; Schultz, Dayan and Montague, 1997.
    """

    rate: float | jax.Array = 0.01

    def __post_init__(self):
        check_field("rate", self.rate, above=0, high=1)

    def init(self) -> float:
        """r̄ of no example."""
        return 0.0

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any
    ) -> tuple[jax.Array, Any]:
        """δ, and r̄ after this example."""
        reward = jnp.sum(fired * target)
        return fired * (reward - state), state + self.rate * (reward - state)


@pytree
@dataclass(frozen=True)
class PredictionError:
    """The reward prediction error of the output that fired: δ(j) = fired(j) (r_j - z_j).

    z_j, how sure the network was of j, predicts the reward r_j for choosing it: 1 - u where j is
    right and u / (C - 1) where it is wrong, the chance of being paid by an environment that errs
    with probability u. With u > 0 the error vanishes at a finite margin for every example, instead
    of fading for ever, so that learning goes on to fit them all alike.

    Args:
      uncertainty: u in [0, 1).

    Source: Rescorla and Wagner, 1972; Fiorillo, Tobler and Schultz, Discrete coding of reward
    probability and uncertainty by dopamine neurons, 2003.
    """

    uncertainty: float | jax.Array = 0.0

    def __post_init__(self):
        check_field("uncertainty", self.uncertainty, 0, below=1)

    def init(self) -> tuple[()]:
        """Nothing to remember."""
        return ()

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any
    ) -> tuple[jax.Array, Any]:
        """δ of an example."""
        return fired * (_reward(target, self.uncertainty) - z), state


@pytree
@dataclass(frozen=True)
class Agrel:
    """Attention-gated reinforcement: δ(j) = fired(j) (r_j - z_j) min{1/z_j, g}.

    A surprising choice teaches more. Where the firing output is sampled from z the mean of δ(j) is
    r_j - z_j wherever z_j ≥ 1/g, what supervised learning by gradients would do: by chance and
    reward alone, with no output told what it should have been.

    Args:
      uncertainty: u in [0, 1), see ``PredictionError``.
      largest_gain: g, at least 1.

    Source: Roelfsema and van Ooyen, Attention-gated reinforcement learning of internal
    representations for classification, 2005 (u = 0).
    """

    uncertainty: float | jax.Array = 0.0
    largest_gain: float | jax.Array = 10.0

    def __post_init__(self):
        check_field("uncertainty", self.uncertainty, 0, below=1)
        check_field("largest_gain", self.largest_gain, 1)

    def init(self) -> tuple[()]:
        """Nothing to remember."""
        return ()

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any
    ) -> tuple[jax.Array, Any]:
        """δ of an example."""
        error = _reward(target, self.uncertainty) - z
        return fired * error / jnp.maximum(z, 1 / self.largest_gain), state


def _reward(target: jax.Array, uncertainty: float | jax.Array) -> jax.Array:
    """(C,) reward of choosing each output: 1 - u for the right one, u / (C - 1) for the others."""
    wrong = uncertainty / (target.shape[-1] - 1)
    return wrong + (1 - uncertainty - wrong) * target
