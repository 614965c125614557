"""A population in equal shares, one on each device along a mesh's axis; only sums of it travel."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AbstractMesh, AxisType, Mesh, NamedSharding, PartitionSpec

from nne_jax._pytrees import is_key, pytree, static
from nne_jax.errors import InputError

AXIS = "population"
SEEDS = "seeds"  # the axis of a mesh along which replicates lie
WHOLE = PartitionSpec()  # on every device
BY_ROWS = PartitionSpec(AXIS)  # the first axis is that of the individuals


class Shares(NamedTuple):
    """Which devices have a share: those along the axis of a mesh."""

    mesh: Mesh | AbstractMesh
    is_callers: bool  # who has set it, so that it is not named again

    @property
    def number(self) -> int:
        """How many shares there are."""
        return self.mesh.shape[AXIS]

    @property
    def is_explicit(self) -> bool:
        """Whether arrays are to say how they lie along the axis: inside of a step they are not."""
        return AXIS in self.mesh.explicit_axes

    def of(self, size: int) -> int:
        """Individuals on each device; the last ones may be none."""
        return -(-size // self.number)

    def fill_up(self, array: jax.Array, axis: int = 0) -> jax.Array:
        """Fills an axis of individuals up with zeros, so that all shares are equal."""
        missing = self.of(array.shape[axis]) * self.number - array.shape[axis]
        widths = [(0, missing if i == axis else 0) for i in range(array.ndim)]
        return jnp.pad(array, widths) if missing else array

    def map(self, function: Callable, in_specs: Any, out_specs: Any) -> Callable:
        """A function that each device computes of its share.

        Along other axes of the caller's mesh all devices do the same, but for what ``vmap`` with
        that axis as ``spmd_axis_name`` spreads over it.
        """
        return jax.shard_map(
            function,
            mesh=None if self.is_callers else self.mesh,
            in_specs=in_specs,
            out_specs=out_specs,
            check_vma=False,
        )


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Spread:
    """Genotypes of which each device has as many; stands where genotypes (N, n) do.

    More may have been drawn than there are individuals, so that all shares are equal: to cut them
    off would have the others move from device to device.
    """

    rows: jax.Array  # (M, n) bool, M at least N: the first N are the population
    size: int = static()  # N

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of individuals and of genes, (N, n)."""
        return self.size, self.rows.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """That of the alleles."""
        return self.rows.dtype

    def __getitem__(self, index: int | jax.Array) -> jax.Array:
        """The genotype (n,) of one individual, or of some (..., n)."""
        return self.rows[index]

    def genotypes(self) -> jax.Array:
        """The genotypes (N, n)."""
        return self.rows[: self.size]


def listed_devices(devices: Any) -> tuple[jax.Device, ...]:
    """Devices as they may be given: some, one by itself, or the array of a mesh.

    Raises:
      InputError: one that is none.

    >>> len(listed_devices(jax.devices()[0])), len(listed_devices(np.array(jax.devices()[:1])))
    (1, 1)
    """
    if isinstance(devices, np.ndarray):
        devices = devices.ravel()
    is_one = isinstance(devices, jax.Device | str) or not isinstance(devices, Iterable)
    listed = (devices,) if is_one else tuple(devices)
    for device in listed:
        if not isinstance(device, jax.Device):
            raise InputError(f"devices: {device!r} is no device; give jax.devices(), say.")
    return listed


def shares(devices: Sequence[jax.Device]) -> Shares | None:
    """Shares along the axis of the mesh that the caller has set, or else of some devices.

    None where there is but one share, and inside of the caller's ``shard_map``, where each device
    has work of its own.

    Raises:
      InputError: devices are given, and the mesh that is set has no axis for them.
    """
    context, devices = jax.sharding.get_abstract_mesh(), listed_devices(devices)
    if context.empty:
        return Shares(mesh(devices), False) if len(devices) > 1 else None
    if context._any_axis_manual:
        return None
    if AXIS not in context.axis_names:
        if devices:
            raise InputError(
                f"devices: {len(devices)} are to share a population, and the mesh that is set has "
                f"the axes {', '.join(context.axis_names)}; name one {AXIS!r}, or set none."
            )
        return None
    return Shares(context, True) if context.shape[AXIS] > 1 else None


def along_seeds() -> str | None:
    """The axis for replicates of the mesh that the caller has set, where they are to lie along it.

    Not inside of ``over_seeds``, which has seen to it.
    """
    context = jax.sharding.get_abstract_mesh()
    return SEEDS if context.shape.get(SEEDS, 1) > 1 and not context._any_axis_manual else None


def over_seeds(function: Callable) -> Callable:
    """A function of replicates, (R, ...), and of something else, each device with its own of them.

    It is the function itself where there is no axis for them, and where each of them is shared
    among devices, too: then ``vmap`` is told of that axis.
    """
    context = jax.sharding.get_abstract_mesh()
    if along_seeds() is None or context.shape.get(AXIS, 1) > 1:
        return function
    by_seeds = PartitionSpec(SEEDS)
    return jax.shard_map(function, in_specs=(by_seeds, WHOLE), out_specs=by_seeds, check_vma=False)


def automatic(function: Callable) -> Callable:
    """A function of pytrees inside of which arrays need not say how they lie along the axis.

    What it takes and returns is whole on each device; where the caller's mesh has no such explicit
    axis, it is the function itself.
    """
    if AXIS not in jax.sharding.get_abstract_mesh().explicit_axes:
        return function
    return jax.sharding.auto_axes(function, axes=AXIS, out_sharding=WHOLE)


def on_each(devices: Sequence[jax.Device], tree: Any) -> Any:
    """A pytree whose arrays are whole on each of some devices; as it is where they share nothing.

    What a program returns is there already. An argument that is not, the first state say, would be
    copied at each call, and the program compiled for it once more.
    """
    among = shares(devices)
    if among is None or among.is_callers:
        return tree
    everywhere = NamedSharding(among.mesh, WHOLE)

    def put(leaf):
        is_array = isinstance(leaf, jax.Array | np.ndarray)
        return _put(leaf, everywhere) if is_array else leaf

    return jax.tree.map(put, tree)


def _put(array: jax.Array | np.ndarray, everywhere: NamedSharding) -> jax.Array:
    """An array on all devices, also those of other processes, where it is the same."""
    if everywhere.is_fully_addressable:
        return jax.device_put(array, everywhere)
    if isinstance(array, jax.Array) and not array.is_fully_addressable:
        return array  # it is there
    if is_key(array):
        with jax.ensure_compile_time_eval():  # where something is traced, too: the key is known
            data = _put(jax.random.key_data(array), everywhere)
            return jax.random.wrap_key_data(data, impl=jax.random.key_impl(array))
    values = np.asarray(array)
    return jax.make_array_from_callback(values.shape, everywhere, lambda index: values[index])


def mesh(devices: Sequence[jax.Device]) -> Mesh:
    """A mesh of one axis, that of the individuals."""
    return Mesh(np.array(devices), (AXIS,), axis_types=(AxisType.Auto,))
