"""The two exact forms of an output layer above a hidden layer that never changes.

``Primal`` holds the weights, a step costs H x C. ``Dual`` holds how much each of the S training
examples has contributed, w_ij = Σ_t pre_t(i) a_tj, and needs h_s only in K[s,t] = h_s · pre_t: a
step costs S x C whatever H is, even infinite.
"""

import dataclasses

import jax
import jax.numpy as jnp

from nne_jax._pytrees import pytree


@pytree
@dataclasses.dataclass(frozen=True)
class Primal:
    """The synapses as weights: parameters are (C, H)."""

    hidden: jax.Array  # (S, H): what the forward pass reads
    presynaptic: jax.Array  # (S, H): what a synapse remembers
    links: jax.Array | None = None  # (C, H) bool: those that exist; None: all

    @property
    def shape(self) -> tuple[int, ...]:
        """Number S of examples, and H of parameters an output."""
        return self.hidden.shape

    @property
    def dtype(self) -> jnp.dtype:
        """Of the parameters too."""
        return self.hidden.dtype

    def logits(self, weights: jax.Array, example: jax.Array) -> jax.Array:
        """(C,) logits of one example."""
        return weights @ self.hidden[example]

    def add(self, weights: jax.Array, example: jax.Array, change: jax.Array) -> jax.Array:
        """Weights after the outer product of a (C,) change and what the hidden units fired."""
        moved = weights + jnp.outer(change, self.presynaptic[example])
        return moved if self.links is None else jnp.where(self.links, moved, weights)


@pytree
@dataclasses.dataclass(frozen=True)
class Dual:
    """The synapses as contributions of the examples: parameters are (C, S + E).

    A start that is not zero is E further contributions, which no example changes: for weights w₀
    the columns h_s · w₀ of C classes, and the (C, C) identity as their contributions.
    """

    kernel: jax.Array  # (S, S + E): K[s,t] = h_s · pre_t, then the further columns

    @property
    def shape(self) -> tuple[int, ...]:
        """Number S of examples, and S + E of parameters an output."""
        return self.kernel.shape

    @property
    def dtype(self) -> jnp.dtype:
        """Of the parameters too."""
        return self.kernel.dtype

    def logits(self, contributions: jax.Array, example: jax.Array) -> jax.Array:
        """(C,) logits of one example."""
        return contributions @ self.kernel[example]

    def add(self, contributions: jax.Array, example: jax.Array, change: jax.Array) -> jax.Array:
        """Contributions after one more (C,) change made while an example was seen."""
        return contributions.at[:, example].add(change)


Synapses = Primal | Dual
