"""Dopaminergic plasticity: an output layer learned one example at a time, without gradients.

A synapse from hidden unit i to output j changes when an example is seen by ε₁ pre(i) δ(j): what its
hidden side fired, times what a rule makes of the output's firing and of the reward. A rule is a
pair of pure functions, ``init() -> state`` and ``update(z, target, fired, state) -> (δ, state)``;
``plasticity_rules`` registers them.

The hidden layer never changes, so there are two exact forms of the same learning. ``Primal`` holds
the weights, a step costs H x C. ``Dual`` holds how much each of the S training examples has
contributed, w_ij = Σ_t pre_t(i) a_tj, and needs h_s only in K[s,t] = h_s · pre_t: a step costs
S x C whatever H is, even infinite.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nne_jax.types import InputError, Key, Labels, Logits


class Rule(NamedTuple):
    """A plasticity rule of the output side; see the module's docstring."""

    init: Callable[[], Any]
    update: Callable[[jax.Array, jax.Array, jax.Array, Any], tuple[jax.Array, Any]]


# Which outputs fire, given (C,) logits and (C,) Gumbel noise -> (C,) in [0, 1].
FIRED_OUTPUT: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "winner": lambda logits, noise: _one_hot(jnp.argmax(logits), logits),
    "threshold": lambda logits, noise: (jax.nn.softmax(logits) > 0.5).astype(logits.dtype),
    "graded": lambda logits, noise: jax.nn.softmax(logits),
    "every": lambda logits, noise: jnp.ones_like(logits),
    # the Gumbel-max trick: output j wins with probability z_j, which is exploration
    "sampled": lambda logits, noise: _one_hot(jnp.argmax(logits + noise), logits),
}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Primal:
    """The synapses as weights: parameters are (C, H)."""

    hidden: jax.Array  # (S, H): what the forward pass reads
    presynaptic: jax.Array  # (S, H): what a synapse remembers

    @property
    def shape(self) -> tuple[int, int]:
        """Number S of examples, and of parameters an output."""
        return self.hidden.shape

    def logits(self, weights: jax.Array, example: jax.Array) -> jax.Array:
        """(C,) logits of one example."""
        return weights @ self.hidden[example]

    def add(self, weights: jax.Array, example: jax.Array, change: jax.Array) -> jax.Array:
        """Weights after the outer product of a (C,) change and what the hidden units fired."""
        return weights + change[:, None] * self.presynaptic[example]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Dual:
    """The synapses as contributions of the examples: parameters are (C, S)."""

    kernel: jax.Array  # (S, S): K[s,t] = h_s · pre_t

    @property
    def shape(self) -> tuple[int, int]:
        """Number S of examples, and of parameters an output."""
        return self.kernel.shape

    def logits(self, contributions: jax.Array, example: jax.Array) -> jax.Array:
        """(C,) logits of one example."""
        return contributions @ self.kernel[example]

    def add(self, contributions: jax.Array, example: jax.Array, change: jax.Array) -> jax.Array:
        """Contributions after one more (C,) change made while an example was seen."""
        return contributions.at[:, example].add(change)


Synapses = Primal | Dual


class DNNState(NamedTuple):
    """State of a dopaminergic network's output layer."""

    params: jax.Array  # (C, H) weights or (C, S) contributions
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
      num_classes: C.
      params: (C, H) or (C, S) to start from; zeros by default.
    """
    if params is None:
        array = next(iter(vars(synapses).values()))
        params = jnp.zeros((num_classes, synapses.shape[1]), array.dtype)
    return DNNState(params, params, rule.init(), jnp.int32(0))


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
      labels: (S,) int32.
      rule: what δ is.
      fired_output: which outputs fire, one of ``FIRED_OUTPUT``.
      num_epochs: how many more epochs.
      epsilon1: ε₁, positive. An array is taken as it is, so that ``vmap`` can learn with several.
      decay: how fast ε₁ is annealed, not negative; 0 keeps it (Robbins and Monro, 1951).
      average_after: the epochs after this one count in the average of the weights, each with its
        last weights (Polyak and Juditsky, 1992).

    Returns:
      The ``DNNState`` after those epochs.

    Raises:
      InputError: an unknown ``fired_output``, or an ε₁ that is not positive.

    >>> from nne_jax.plasticity_rules import RULES
    >>> hidden, labels, rule = jnp.eye(2), jnp.array([0, 1]), RULES["prediction_error"]()
    >>> synapses = Primal(hidden, hidden)
    >>> state = init(synapses, rule, num_classes=2)
    >>> learn(jax.random.key(0), state, synapses, labels, rule, "every", 1, 1.0).params
    Array([[ 0.5, -0.5],
           [-0.5,  0.5]], dtype=float32)
    """
    check(fired_output, epsilon1)
    schedule = epsilon1, decay, average_after
    return _learn(key, state, synapses, labels, rule, fired_output, num_epochs, schedule)


@partial(jax.jit, static_argnames=("rule", "fired_output", "num_epochs"))
def _learn(key, state, synapses, labels, rule, fired_output, num_epochs, schedule):
    epsilon1, decay, average_after = schedule

    def epoch(state, _):
        key_order, key_noise = jax.random.split(jax.random.fold_in(key, state.epoch))
        order = jax.random.permutation(key_order, synapses.shape[0])
        rate = epsilon1 / (1 + decay * state.epoch)
        params, rule_state = see(
            key_noise, state, synapses, labels, order, rule, fired_output, rate
        )
        count = jnp.maximum(state.epoch + 1 - average_after, 1).astype(params.dtype)
        average = state.average + (params - state.average) / count
        return DNNState(params, average, rule_state, state.epoch + 1), None

    return jax.lax.scan(epoch, state, length=num_epochs)[0]


def see(
    key: Key,
    state: DNNState,
    synapses: Synapses,
    labels: Labels,
    order: jax.Array,
    rule: Rule,
    fired_output: str,
    epsilon1: float | jax.Array,
) -> tuple[jax.Array, Any]:
    """Sees examples one at a time in a given order; the arguments are those of ``learn``.

    Args:
      order: (steps,) int32 examples.

    Returns:
      Parameters and the rule's state after the last of them.
    """
    fire = FIRED_OUTPUT[fired_output]
    num_classes, dtype = state.params.shape[0], state.params.dtype
    targets = jax.nn.one_hot(labels, num_classes, dtype=dtype)
    noise = jax.random.gumbel(key, (order.shape[0], num_classes), dtype)
    rate = jnp.asarray(epsilon1, dtype)

    def step(carry, inputs):
        params, rule_state = carry
        example, noise = inputs
        logits = synapses.logits(params, example)
        fired, z = fire(logits, noise), jax.nn.softmax(logits)
        change, rule_state = rule.update(z, targets[example], fired, rule_state)
        return (synapses.add(params, example, rate * change), rule_state), None

    return jax.lax.scan(step, (state.params, state.rule_state), (order, noise))[0]


def accuracy(logits: Logits, labels: Labels) -> jax.Array:
    """Fraction of (B, C) logits whose largest is the label's; () float32."""
    return jnp.mean(jnp.argmax(logits, axis=-1) == labels)


def check(fired_output: str, epsilon1: float | jax.Array) -> None:
    """Raises an InputError for an unknown kind of firing or a step that is not positive."""
    if fired_output not in FIRED_OUTPUT:
        known = ", ".join(FIRED_OUTPUT)
        raise InputError(f"fired_output={fired_output}: unknown; the known ones are {known}.")
    if not isinstance(epsilon1, jax.Array) and not 0 < epsilon1 < float("inf"):
        raise InputError(f"epsilon1={epsilon1}: the step must be positive, and finite.")


def _one_hot(index: jax.Array, like: jax.Array) -> jax.Array:
    return jax.nn.one_hot(index, like.shape[-1], dtype=like.dtype)
