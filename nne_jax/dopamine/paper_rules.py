"""The paper's two descriptions of a plasticity rule, which do not agree: C1 and C2.

The symbols are those of ``rules``.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax._checks import check_field
from nne_jax._pytrees import pytree, static
from nne_jax.errors import InputError


@pytree
@dataclass(frozen=True)
class C1:
    """The paper's introduction (C1): δ(j) = fired(j) (1/4 - err_j²).

    "The weight of a link that fired is modified by a multiple of (1/4 - err²)": links that fired
    are rewarded if the result was good, and punished if it was not.

    Source: the paper, section 1; Yagishita et al., Science 345, 2014.
    """

    def init(self) -> tuple[()]:
        """Nothing to remember."""
        return ()

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any
    ) -> tuple[jax.Array, Any]:
        """δ of an example."""
        return fired * (0.25 - (z - target) ** 2), state  # C1


@pytree
@dataclass(frozen=True)
class C1Baseline:
    """C1 with the running average of err² for its constant: δ(j) = fired(j) (b - err_j²).

    b follows the fired outputs' mean err² at a rate, from 1/4: dopamine reports how much better the
    outcome was than expected, not how good it was.

    Args:
      rate: of the running average, in (0, 1].

    Source: Schultz, Dayan and Montague, A neural substrate of prediction and reward, 1997.
    """

    rate: float | jax.Array = 0.01

    def __post_init__(self):
        check_field("rate", self.rate, above=0, high=1)

    def init(self) -> float:
        """b of no example."""
        return 0.25

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any
    ) -> tuple[jax.Array, Any]:
        """δ, and b after this example; where no output fires b stays."""
        error = (z - target) ** 2
        firing = jnp.sum(fired)
        mean = jnp.sum(fired * error) / jnp.where(firing > 0, firing, 1)
        moved = state + self.rate * (mean - state)
        return fired * (state - error), jnp.where(firing > 0, moved, state)


@pytree
@dataclass(frozen=True)
class C2:
    """The paper's section 3.2 (C2): δ(j) = ± fired(j) 1[err_j² < 1/4] gate.

    In the displayed formula each max{0, a}/a is the step 1[a > 0]; its gate is 1[L > ε₀], that of
    the words around it 1[L ≤ ε₀] ("if the loss is at most ε₀ the weight is increased by a small
    amount, provided the output neuron has low error"), L = -log z_label. The sign in front is lost.

    Args:
      sign: 1 or -1.
      gate: ``below``, L ≤ ε₀, or ``above``, L > ε₀.
      epsilon0: ε₀, positive.
    """

    sign: int = static()
    gate: str = static()
    epsilon0: float | jax.Array = 0.75

    def __post_init__(self):
        if self.sign not in (1, -1) or self.gate not in ("below", "above"):
            raise InputError(
                f"sign={self.sign}, gate={self.gate}: the sign is 1 or -1, the gate below or above."
            )
        check_field("epsilon0", self.epsilon0, above=0)

    def init(self) -> tuple[()]:
        """Nothing to remember."""
        return ()

    def update(
        self, z: jax.Array, target: jax.Array, fired: jax.Array, state: Any
    ) -> tuple[jax.Array, Any]:
        """δ of an example."""
        low_error = (z - target) ** 2 < 0.25
        loss = -jnp.log(jnp.sum(z * target))
        is_open = loss <= self.epsilon0 if self.gate == "below" else loss > self.epsilon0
        return jnp.where(low_error & is_open, self.sign * fired, 0), state  # C2
