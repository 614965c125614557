"""A population in equal shares, one on each of some devices; only sums of it travel."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, PartitionSpec

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


def mesh(devices: Sequence[jax.Device]) -> Mesh:
    """A mesh of one axis, that of the individuals."""
    return Mesh(np.array(devices), (AXIS,), axis_types=(AxisType.Auto,))
