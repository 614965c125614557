"""A population in equal chunks one after the other, and shared among devices."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nne_jax._checks import check_count
from nne_jax._shares import AXIS, BY_ROWS, WHOLE, Spread, listed_devices, shares
from nne_jax.assortment import put_together
from nne_jax.errors import InputError
from nne_jax.types import Fitness, Genotypes

_GROUP = 32


def in_chunks(
    fitness: Callable[[Genotypes], Fitness], genotypes: Genotypes, most: int, lanes: int
) -> Fitness:
    """Fitness (N,) of a population in equal chunks, the last one filled up.

    Args:
      fitness: of a chunk.
      genotypes: (N, n).
      most: individuals of a chunk at most, before it is rounded up to a multiple of ``lanes``.
      lanes: individuals that are computed alike.
    """
    size = genotypes.shape[0]
    num_chunks = -(-size // most)
    width = -(-size // (num_chunks * lanes)) * lanes
    chunks = _fill_up(genotypes, num_chunks * width).reshape(num_chunks, width, -1)
    return jax.lax.map(fitness, chunks).reshape(-1)[:size]


def of_each(individual: Callable[[jax.Array], jax.Array], logits: jax.Array) -> Fitness:
    """Fitness (N,) of individuals by their logits (N, ...), N a multiple of 64.

    On a CPU 32 at a time, in a loop of its own. Outside of one XLA computes no more than what is
    left of them in the end, and its vector and scalar ``exp`` may differ in the last bit. (A loop
    of one round is none: so half of what engines compute together.)
    """

    def in_groups(logits):
        groups = logits.reshape(-1, _GROUP, *logits.shape[1:])
        return jax.lax.map(jax.vmap(individual), groups).reshape(-1)

    return jax.lax.platform_dependent(logits, cpu=in_groups, default=jax.vmap(individual))


def over_devices(
    fitness: Callable[[Any, jax.Array, Any], jax.Array],
    plan: Any,
    genotypes: jax.Array | Spread,
    batch: Any,
    devices: Sequence[jax.Device],
) -> jax.Array:
    """Fitness (N,) of a population of which each device computes an equal share; or of other rows.

    Genotypes that were drawn in shares stay where they are, and fitness is gathered. Which devices
    share: see ``shares``.
    """
    if (among := shares(devices)) is None:
        return fitness(plan, put_together(genotypes), batch)
    size = genotypes.shape[0]
    if isinstance(genotypes, Spread):
        rows = genotypes.rows
    else:
        rows = _fill_up(genotypes, among.of(size) * among.number)
    share = rows.shape[0] // among.number

    def on_one_device(plan, genotypes, batch):
        if among.is_explicit:  # outside of a step genotypes are whole, however they lie
            start = jax.lax.axis_index(AXIS) * share
            genotypes = jax.lax.dynamic_slice_in_dim(genotypes, start, share)
        return jax.lax.all_gather(fitness(plan, genotypes, batch), AXIS, tiled=True)

    in_specs = WHOLE, WHOLE if among.is_explicit else BY_ROWS, WHOLE
    return among.map(on_one_device, in_specs, WHOLE)(plan, rows, batch)[:size]


def check(chunk_size: int | None, devices: Sequence[jax.Device] | None) -> tuple[jax.Device, ...]:
    """The devices, none for None; also of one that is given by itself, or of a mesh's array.

    Raises:
      InputError: a chunk without individuals, or what is no list of devices.
    """
    if chunk_size is not None:
        check_count("chunk_size", chunk_size)
    if devices is None:
        return ()
    if not (listed := listed_devices(devices)):
        raise InputError("devices: there are none among them; give jax.devices(), say, or None.")
    return listed


def _fill_up(genotypes: Genotypes, size: int) -> Genotypes:
    """Adds copies of the last individual."""
    missing = size - genotypes.shape[0]
    if not missing:
        return genotypes
    return jnp.concatenate([genotypes, jnp.repeat(genotypes[-1:], missing, axis=0)])
