"""Dopaminergic plasticity: an output layer learned one example at a time, without gradients.

A synapse from hidden unit i to output j changes when an example is seen by ε₁ pre(i) δ(j): what its
hidden side fired, times what a rule makes of the output's firing and of the reward. ``rules`` has
the rules, ``synapses`` the two forms in which an output layer is held.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax._checks import (
    check_array,
    check_count,
    check_key,
    check_labels,
    check_scalar,
    check_values,
    difference,
    is_class,
    shape_of,
)
from nne_jax.dopamine import _checks
from nne_jax.dopamine.firing import FIRED_OUTPUT
from nne_jax.dopamine.rules import Rule
from nne_jax.dopamine.synapses import Synapses
from nne_jax.errors import InputError
from nne_jax.types import Key, Labels


class DNNState(NamedTuple):
    """State of a dopaminergic network's output layer."""

    params: jax.Array  # (C, H) weights or (C, S + E) contributions
    average: jax.Array  # the same shape: mean over the epochs that are averaged
    rule_state: Any
    epoch: jax.Array  # () int32: epochs seen so far


def init(
    synapses: Synapses, rule: Rule, num_classes: int, params: jax.Array | None = None
) -> DNNState:
    """An output layer before the first epoch.

    Args:
      synapses: ``Primal`` or ``Dual``.
      rule: the rule that it is to learn by.
      num_classes: C, at least 2.
      params: (C, H) or (C, S + E) to start from; zeros by default.

    Raises:
      InputError: sizes or dtypes that do not fit.
    """
    _checks.synapses(synapses)
    _checks.rule(rule)
    check_count("num_classes", num_classes, 2)
    if params is None:
        params = jnp.zeros((num_classes, synapses.shape[1]), synapses.dtype)
    _checks.params("params", params, synapses)
    if params.shape[0] != num_classes:
        raise InputError(f"params of shape {params.shape}: give {num_classes} rows, one a class.")

    def as_array(number):
        return jnp.asarray(number, params.dtype if isinstance(number, float) else None)

    return DNNState(
        jnp.array(params), jnp.array(params), jax.tree.map(as_array, rule.init()), jnp.int32(0)
    )


def learn(
    key: Key,
    state: DNNState,
    synapses: Synapses,
    labels: Labels,
    rule: Rule,
    fired_output: str,
    num_epochs: int,
    epsilon1: float | jax.Array,
    decay: float | jax.Array = 0.0,
    average_after: int | jax.Array = 0,
) -> DNNState:
    """Sees every example once an epoch, in a fresh random order, one at a time.

    Δw_ij = ε₁(t) pre(i) δ(j), ε₁(t) = ε₁ / (1 + decay t) in epoch t. Epoch t is drawn with
    ``fold_in(key, t)``: learning in pieces is the same learning.

    Args:
      key: typed key of the orders and of the exploration.
      state: from ``init`` or from an earlier piece.
      synapses: ``Primal`` or ``Dual``.
      labels: (S,) integers in [0, C).
      rule: what δ is.
      fired_output: which outputs fire, one of ``FIRED_OUTPUT``.
      num_epochs: how many more epochs.
      epsilon1: ε₁, positive. An array is taken as it is, so that ``vmap`` can learn with several;
        the same holds of the two that follow and of the labels.
      decay: how fast ε₁ is annealed, not negative; 0 keeps it (Robbins and Monro, 1951).
      average_after: the epochs after this one count in the average of the weights, each with its
        last weights (Polyak and Juditsky, 1992).

    Returns:
      The ``DNNState`` after those epochs.

    Raises:
      InputError: an unknown ``fired_output``, an ε₁ that is not positive, a decay or a number of
        epochs below 0, labels of no class, sizes or dtypes that do not fit. (Labels of no class
        that are traced make all parameters NaN, and so does an order of examples not there.)

    >>> from nne_jax.dopamine import Primal, rules
    >>> hidden, labels, rule = jnp.eye(2), jnp.array([0, 1]), rules.PredictionError()
    >>> synapses = Primal(hidden, hidden)
    >>> state = init(synapses, rule, num_classes=2)
    >>> learn(jax.random.key(0), state, synapses, labels, rule, "every", 1, 1.0).params
    Array([[ 0.5, -0.5],
           [-0.5,  0.5]], dtype=float32)
    """
    check_key("key", key)
    _check_problem(state, synapses, labels, rule)
    check(fired_output, epsilon1)
    check_scalar("decay", decay, 0)
    check_scalar("average_after", average_after, 0)
    check_count("num_epochs", num_epochs, 0)
    schedule = epsilon1, decay, average_after
    return _learn(key, state, synapses, labels, rule, fired_output, num_epochs, schedule)


@partial(jax.jit, static_argnames=("fired_output", "num_epochs"))
def _learn(key, state, synapses, labels, rule, fired_output, num_epochs, schedule):
    epsilon1, decay, average_after = schedule

    def epoch(state, _):
        key_order, key_noise = jax.random.split(jax.random.fold_in(key, state.epoch))
        order = jax.random.permutation(key_order, synapses.shape[0])
        rate = epsilon1 / (1 + decay * state.epoch.astype(float))
        seen = _scan(key_noise, state, synapses, labels, order, rule, fired_output, rate)
        count = jnp.maximum(state.epoch + 1 - average_after, 1).astype(seen.params.dtype)
        average = state.average + (seen.params - state.average) / count
        return seen._replace(average=average, epoch=state.epoch + 1), None

    return jax.lax.scan(epoch, state, length=num_epochs)[0]


def scan_examples(
    key: Key,
    state: DNNState,
    synapses: Synapses,
    labels: Labels,
    order: jax.Array,
    rule: Rule,
    fired_output: str,
    epsilon1: float | jax.Array,
) -> DNNState:
    """Sees examples one at a time in a given order; the other arguments are those of ``learn``.

    Args:
      order: (steps,) integers in [0, S).

    Returns:
      The ``DNNState`` after the last of them; its average and epoch are those before.

    Raises:
      InputError: as ``learn``, or an order of examples that are not there.
    """
    check_key("key", key)
    _check_problem(state, synapses, labels, rule)
    check(fired_output, epsilon1)
    check_array("order", order, shape_of(order)[:1], "whole numbers")
    check_values("order", order, 0, synapses.shape[0] - 1, "examples")
    return _scan(key, state, synapses, labels, order, rule, fired_output, epsilon1)


def _scan(key, state, synapses, labels, order, rule, fired_output, epsilon1) -> DNNState:
    fire = FIRED_OUTPUT[fired_output]
    num_classes, dtype = state.params.shape[0], state.params.dtype
    rule = jax.tree.map(partial(_of_dtype, dtype), rule)
    targets = jax.nn.one_hot(labels, num_classes, dtype=dtype)
    noise = jax.random.gumbel(key, (order.shape[0], num_classes), dtype)
    rate = jnp.asarray(epsilon1, dtype)

    def step(carry, inputs):
        params, rule_state = carry
        example, noise = inputs
        logits = synapses.logits(params, example)
        fired, z = fire(logits, noise), jax.nn.softmax(logits)
        change, after = rule.update(z, targets[example], fired, rule_state)
        check_array("rule.update", change, (num_classes,), "real numbers")
        if words := difference(after, rule_state):
            raise InputError(f"rule.update: of the state that it returned {words}.")
        return (synapses.add(params, example, rate * change.astype(dtype)), after), None

    is_there = (order >= 0) & (order < synapses.shape[0])
    is_sound = jnp.all(is_class(labels, num_classes)) & jnp.all(is_there)
    start = jnp.where(is_sound, state.params, jnp.nan), state.rule_state
    (params, rule_state), _ = jax.lax.scan(step, start, (order, noise))
    return state._replace(params=params, rule_state=rule_state)


def _of_dtype(dtype: jnp.dtype, number: Any) -> Any:
    """A rule's number, an array of floats of another dtype say, as one of the parameters'."""
    is_float = jnp.issubdtype(jnp.result_type(number), jnp.floating)
    return jnp.asarray(number, dtype) if is_float else number


def check(fired_output: str, epsilon1: float | jax.Array) -> None:
    """Raises an InputError for an unknown kind of firing or a step that is not positive."""
    if not isinstance(fired_output, str) or fired_output not in FIRED_OUTPUT:
        known = ", ".join(FIRED_OUTPUT)
        raise InputError(f"fired_output={fired_output}: unknown; the known ones are {known}.")
    check_scalar("epsilon1", epsilon1, above=0)


def _check_problem(state: DNNState, synapses: Synapses, labels: Labels, rule: Rule) -> None:
    """The parts of a problem must be of one size, and the state of this rule."""
    _checks.synapses(synapses)
    _checks.rule(rule)
    if not isinstance(state, DNNState):
        raise InputError(f"state: it is {type(state).__name__}; give what init returns.")
    _checks.params("state.params", state.params, synapses)
    _checks.params("state.average", state.average, synapses)
    check_labels("labels", labels, synapses.shape[0], state.params.shape[0])
    expected: Any = jax.tree.structure(rule.init())
    if jax.tree.structure(state.rule_state) != expected:
        raise InputError(
            f"state: it is not of the rule {type(rule).__name__}; make it by init(synapses, rule)."
        )
