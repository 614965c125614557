"""A population in equal shares, one on each of some devices; only sums of it travel."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

AXIS = "individuals"
WHOLE = PartitionSpec()  # on every device
BY_ROWS = PartitionSpec(AXIS)  # the first axis is that of the individuals


class Shares(NamedTuple):
    """Which devices have a share."""

    mesh: Mesh

    def of(self, size: int) -> int:
        """Individuals on each device; the last ones may be none."""
        return -(-size // self.mesh.size)

    def fill_up(self, array: jax.Array, axis: int = 0) -> jax.Array:
        """Fills an axis of individuals up with zeros, so that all shares are equal."""
        missing = self.of(array.shape[axis]) * self.mesh.size - array.shape[axis]
        widths = [(0, missing if i == axis else 0) for i in range(array.ndim)]
        return jnp.pad(array, widths) if missing else array

    def map(self, function: Callable, in_specs: Any, out_specs: Any) -> Callable:
        """A function that each device computes of its share."""
        return jax.shard_map(
            function, mesh=self.mesh, in_specs=in_specs, out_specs=out_specs, check_vma=False
        )


def shares(devices: Sequence[jax.Device]) -> Shares | None:
    """Shares of some devices; None where there are none, or where the caller has set a mesh."""
    if len(devices) < 2 or not jax.sharding.get_abstract_mesh().empty:
        return None
    return Shares(mesh(tuple(devices)))


def on_each(devices: Sequence[jax.Device], tree: Any) -> Any:
    """A pytree whose arrays are whole on each of some devices; as it is where ``shares`` is None.

    What a program returns is there already. An argument that is not, the first state say, would be
    copied at each call, and the program compiled for it once more.
    """
    if (among := shares(devices)) is None:
        return tree
    everywhere = NamedSharding(among.mesh, WHOLE)

    def put(leaf):
        is_array = isinstance(leaf, jax.Array | np.ndarray)
        return jax.device_put(leaf, everywhere) if is_array else leaf

    return jax.tree.map(put, tree)


def mesh(devices: Sequence[jax.Device]) -> Mesh:
    """A mesh of one axis, that of the individuals."""
    return Mesh(np.array(devices), (AXIS,), axis_types=(AxisType.Auto,))
