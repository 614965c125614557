"""The plasticity rules: what δ(j) an output's firing and the reward of an example make.

C1 and C2 are the readings of the paper's two descriptions, which do not agree; see each rule. In
all of them z is the softmax of the logits, ℓ the one-hot label, err_j = z_j - ℓ_j, and fired(j) one
of ``plasticity.FIRED_OUTPUT``; fired(j) = 1 for every j is the reading without it.
"""

from collections.abc import Callable
from functools import cache, partial

import jax
import jax.numpy as jnp

from nne_jax.plasticity import Rule
from nne_jax.types import InputError


@cache
def c1() -> Rule:
    """The paper's introduction (C1): δ(j) = fired(j) (1/4 - err_j²).

    "The weight of a link that fired is modified by a multiple of (1/4 - err²)": links that fired
    are rewarded if the result was good, and punished if it was not.

    Source: the paper, section 1; Yagishita et al., Science 345, 2014.
    """
    return _stateless(lambda z, target, fired: fired * (0.25 - (z - target) ** 2))  # C1


@cache
def c1_baseline(rate: float = 0.01) -> Rule:
    """C1 with the running average of err² for its constant: δ(j) = fired(j) (b - err_j²).

    b follows the fired outputs' mean err² at a rate, from 1/4: dopamine reports how much better the
    outcome was than expected, not how good it was.

    Args:
      rate: of the running average, in (0, 1].

    Source: Schultz, Dayan and Montague, A neural substrate of prediction and reward, 1997.
    """
    _check_fraction("rate", rate)

    def update(z, target, fired, baseline):
        error = (z - target) ** 2
        firing = jnp.sum(fired)
        mean = jnp.sum(fired * error) / jnp.where(firing > 0, firing, 1)
        moved = baseline + rate * (mean - baseline)
        return fired * (baseline - error), jnp.where(firing > 0, moved, baseline)

    return Rule(lambda: jnp.asarray(0.25, float), update)


@cache
def c2(sign: int, gate: str, epsilon0: float = 0.75) -> Rule:
    """The paper's section 3.2 (C2): δ(j) = ± fired(j) 1[err_j² < 1/4] gate.

    In the displayed formula each max{0, a}/a is the step 1[a > 0]; its gate is 1[L > ε₀], that of
    the words around it 1[L ≤ ε₀] ("if the loss is at most ε₀ the weight is increased by a small
    amount, provided the output neuron has low error"), L = -log z_label. The sign in front is lost.

    Args:
      sign: 1 or -1.
      gate: ``below``, L ≤ ε₀, or ``above``, L > ε₀.
      epsilon0: ε₀, positive.
    """
    if not epsilon0 > 0:
        raise InputError(f"epsilon0={epsilon0}: the bound on the loss must be positive.")

    def change(z, target, fired):
        low_error = (z - target) ** 2 < 0.25
        loss = -jnp.log(jnp.sum(z * target))
        is_open = loss <= epsilon0 if gate == "below" else loss > epsilon0
        return sign * fired * low_error * is_open  # C2

    return _stateless(change)


@cache
def reward_baseline(rate: float = 0.01) -> Rule:
    """One reward for all outputs: δ(j) = fired(j) (r - r̄), r = Σ_j fired(j) ℓ_j.

    r̄ follows r at a rate, from 0: the reward prediction error of an animal that predicts its
    average reward.

    Args:
      rate: of the running average, in (0, 1].

    Source: Williams, Simple statistical gradient-following algorithms, 1992, with a reinforcement
    baseline; Schultz, Dayan and Montague, 1997.
    """
    _check_fraction("rate", rate)

    def update(z, target, fired, baseline):
        reward = jnp.sum(fired * target)
        return fired * (reward - baseline), baseline + rate * (reward - baseline)

    return Rule(lambda: jnp.asarray(0.0, float), update)


@cache
def prediction_error(uncertainty: float = 0.0) -> Rule:
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
    _check_uncertainty(uncertainty)
    return _stateless(lambda z, target, fired: fired * (_reward(target, uncertainty) - z))


@cache
def agrel(uncertainty: float = 0.0, largest_gain: float = 10.0) -> Rule:
    """Attention-gated reinforcement: δ(j) = fired(j) (r_j - z_j) min{1/z_j, g}.

    A surprising choice teaches more. Where the firing output is sampled from z the mean of δ(j) is
    r_j - z_j wherever z_j ≥ 1/g, what supervised learning by gradients would do: by chance and
    reward alone, with no output told what it should have been.

    Args:
      uncertainty: u in [0, 1), see ``prediction_error``.
      largest_gain: g, at least 1.

    Source: Roelfsema and van Ooyen, Attention-gated reinforcement learning of internal
    representations for classification, 2005 (u = 0).
    """
    _check_uncertainty(uncertainty)
    if not largest_gain >= 1:
        raise InputError(f"largest_gain={largest_gain}: it must be at least 1.")

    def change(z, target, fired):
        return fired * (_reward(target, uncertainty) - z) / jnp.maximum(z, 1 / largest_gain)

    return _stateless(change)


RULES: dict[str, Callable[..., Rule]] = {
    "c1": c1,
    "c1_baseline": c1_baseline,
    "c2_plus_below": partial(c2, 1, "below"),
    "c2_plus_above": partial(c2, 1, "above"),
    "c2_minus_below": partial(c2, -1, "below"),
    "c2_minus_above": partial(c2, -1, "above"),
    "reward_baseline": reward_baseline,
    "prediction_error": prediction_error,
    "agrel": agrel,
}


def make(name: str, **options: float) -> Rule:
    """The rule of a name, with its options.

    Raises:
      InputError: an unknown name; the message lists the known ones.

    >>> make("c3")
    Traceback (most recent call last):
    nne_jax.types.InputError: rule=c3: unknown; the known ones are c1, c1_baseline, ...
    """
    if name not in RULES:
        raise InputError(f"rule={name}: unknown; the known ones are {', '.join(RULES)}.")
    return RULES[name](**options)


def _stateless(change: Callable[[jax.Array, jax.Array, jax.Array], jax.Array]) -> Rule:
    return Rule(lambda: (), lambda z, target, fired, state: (change(z, target, fired), state))


def _reward(target: jax.Array, uncertainty: float) -> jax.Array:
    """(C,) reward of choosing each output: 1 - u for the right one, u / (C - 1) for the others."""
    wrong = uncertainty / (target.shape[-1] - 1)
    return wrong + (1 - uncertainty - wrong) * target


def _check_fraction(name: str, value: float) -> None:
    if not 0 < value <= 1:
        raise InputError(f"{name}={value}: it must be more than 0 and at most 1.")


def _check_uncertainty(value: float) -> None:
    if not 0 <= value < 1:
        raise InputError(f"uncertainty={value} of the reward is outside [0, 1).")
