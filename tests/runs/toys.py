"""A step that is no network: a random walk."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp

from nne_jax import runs


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


def position(state):
    """An evaluation, with one number inside another."""
    return {"position": state.position, "far": {"square": jnp.sum(state.position**2)}}


def quiet(step, state, batches, num_generations, workdir=None, **options):
    return runs.run(step, state, batches, num_generations, workdir, **{"progress": False} | options)


def timeless(rows):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def same(one, other):
    chex.assert_trees_all_equal(
        one._replace(key=jax.random.key_data(one.key)),
        other._replace(key=jax.random.key_data(other.key)),
    )
