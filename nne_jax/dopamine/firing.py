"""Who has fired, on either side of a synapse: the readings that a rule can be learned in."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

# What the hidden side of a synapse remembers of an example, (..., H) activations -> (..., H).
FIRED_HIDDEN: dict[str, Callable[[jax.Array], jax.Array]] = {
    "graded": lambda hidden: hidden,  # an eligibility trace as large as the activation
    "binary": lambda hidden: (hidden > 0).astype(hidden.dtype),
}

# Which outputs fire, given (C,) logits and (C,) Gumbel noise -> (C,) in [0, 1].
FIRED_OUTPUT: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "winner": lambda logits, noise: _one_hot(jnp.argmax(logits), logits),
    "threshold": lambda logits, noise: (jax.nn.softmax(logits) > 0.5).astype(logits.dtype),
    "graded": lambda logits, noise: jax.nn.softmax(logits),
    "every": lambda logits, noise: jnp.ones_like(logits),
    # the Gumbel-max trick: output j wins with probability z_j, which is exploration
    "sampled": lambda logits, noise: _one_hot(jnp.argmax(logits + noise), logits),
}


def _one_hot(index: jax.Array, like: jax.Array) -> jax.Array:
    return jax.nn.one_hot(index, like.shape[-1], dtype=like.dtype)
