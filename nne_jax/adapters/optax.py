"""The selection equation as an optax optimiser: it moves allele frequencies by a gradient of loss.

The other way, any optax optimiser as a selection rule, is ``selection.log_odds_gradient``.
"""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from nne_jax._checks import check_array, check_values, difference, shape_of, within
from nne_jax.errors import InputError
from nne_jax.selection.rules import STRONGEST
from nne_jax.selection.schedules import Count, Schedule, at, schedule, start_count


def replicator(epsilon: Schedule) -> optax.GradientTransformation:
    """Multiplicative weights on allele frequencies: odds multiply by exp(-ε ∂L/∂p).

    By Lemma 1 (A8) the gradient of the expected loss in p is f0 - f1. This is the selection
    equation (A7) of individuals with relative fitness exp(ε δ), of which only that difference
    counts, p' = p exp(ε f1) / (p exp(ε f1) + (1 - p) exp(ε f0)); with the paper's 1 + ε δ the mean
    fitness would count too, and a gradient does not know it. The two are the same in the limit of
    weak selection, p' = p - ε p (1 - p) ∂L/∂p. Frequencies stay in [0, 1], and 0 and 1 stay as they
    are; the steps of one gradient add up in log odds.

    It is the last of an ``optax.chain``, as its updates are p' - p. Beside frequencies, other
    parameters may have an optimiser of their own, by ``optax.partition``.

    Args:
      epsilon: strength ε of selection, positive; a number or a schedule of the step.

    Returns:
      An optax optimiser of any pytree of frequencies.

    Raises:
      InputError: ``epsilon`` not positive, or above a billion; an update without the frequencies,
        or with what is none, a gradient of another form, the state of another optimiser.

    Source: Freund and Schapire, A decision-theoretic generalization of on-line learning, 1997;
    Chastain, Livnat, Papadimitriou and Vazirani, Algorithms, games, and evolution, 2014.

    >>> optimiser, p = replicator(jnp.log(2.0)), jnp.array([0.5, 0.5, 1.0])
    >>> steps, _ = optimiser.update(jnp.array([-1.0, 1.0, 1.0]), optimiser.init(p), p)
    >>> optax.apply_updates(p, steps).tolist()  # odds of 1:1 become 2:1 and 1:2
    [0.66667, 0.33333, 1.0]
    """
    strength = schedule("epsilon", epsilon, above=0, high=STRONGEST)

    def init(params: Any) -> Count:
        _check_freqs(params)
        return start_count()

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Count]:
        if params is None:
            raise InputError("params: None; give optimiser.update the allele frequencies too.")
        if not isinstance(state, Count):
            raise InputError(f"state: it is {type(state).__name__}; give that of optimiser.init.")
        _check_freqs(params)
        if words := difference(updates, params):
            raise InputError(f"updates: {words}; give the gradient in the allele frequencies.")
        rate = at("epsilon", strength, state.generation, STRONGEST)
        steps = jax.tree.map(lambda g, p: _step(p, -rate * g), updates, params)
        return steps, Count(state.generation + 1)

    return optax.GradientTransformation(init, update)


def _step(p: jax.Array, log_odds_gain: jax.Array) -> jax.Array:
    """The change of a frequency whose log odds grow by so much."""
    p = within(p, 0, 1)
    t = jnp.tanh(log_odds_gain / 2)  # odds multiply by (1 + t) / (1 - t)
    mean = 1 + (2 * p - 1) * t
    change = 2 * p * (1 - p) * t / jnp.where(mean > 0, mean, 1)  # A7; 0: p is 0 or 1
    return jnp.clip(change, -p, 1 - p)  # rounding


def _check_freqs(params: Any) -> None:
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        name = f"params{jax.tree_util.keystr(path)}"
        check_array(name, leaf, shape_of(leaf), "floats")
        check_values(name, leaf, 0, 1, "allele frequencies")
