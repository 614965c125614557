"""A step that is no network: a random walk."""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Walk(NamedTuple):
    key: jax.Array
    generation: jax.Array
    position: jax.Array


def start(seed=0):
    return Walk(jax.random.key(seed), jnp.int32(0), jnp.zeros(3))


def walk(state, batch):
    """Moves by a random step, and by the batch if there is one."""
    key = jax.random.fold_in(state.key, state.generation)
    position = state.position + 0.1 * jax.random.normal(key, (3,))
    position = position if batch is None else position + batch
    after = state._replace(generation=state.generation + 1, position=position)
    return after, {"mean": jnp.mean(position), "positive": jnp.sum(position > 0)}
