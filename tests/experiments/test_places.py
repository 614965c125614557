"""On which devices a run is."""

from unittest import mock

import jax
import pytest

from experiments.run.config import Config
from experiments.run.plan import devices_for, is_by_haplotype
from experiments.run.side_by_side import mesh_for
from nne_jax.errors import InputError


@pytest.mark.parametrize(("population_size", "number"), [(20, None), (128, 2), (1000, 8)])
def test_a_device_has_a_share_that_is_worth_it(population_size, number):
    with mock.patch.multiple(jax, devices=lambda: list(range(8)), device_count=lambda: 8):
        devices = devices_for(population_size)
    assert devices == (number and list(range(number)))


@pytest.mark.parametrize(("platform", "number"), [("cpu", None), ("gpu", 8)])
def test_who_share_haplotypes_are_on_one_device_of_a_cpu(platform, number):
    """Where nobody says how many: measured, two take longer."""
    found = {"devices": lambda: list(range(8)), "device_count": lambda: 8}
    with mock.patch.multiple(jax, **found, default_backend=lambda: platform):
        assert devices_for(1024, by_haplotype=True) == (number and list(range(number)))
        assert devices_for(1024, 2, by_haplotype=True) == [0, 1]


def test_an_engine_without_them_computes_everybody_alone():
    assert is_by_haplotype(Config(num_haplotypes=8, num_chromosomes=4), "gathered")
    assert not is_by_haplotype(Config(num_haplotypes=8, num_chromosomes=4), "layered")
    assert not is_by_haplotype(Config(), "gathered")


def test_as_many_devices_as_are_asked_for():
    """A share that is not worth it too; no more than there are."""
    with mock.patch.multiple(jax, devices=lambda: list(range(8)), device_count=lambda: 8):
        assert devices_for(20, 3) == [0, 1, 2]
        assert devices_for(1000, 1) is None
        with pytest.raises(InputError, match="--num_devices=9: JAX finds 8; give at most as many"):
            devices_for(1000, 9)


@pytest.mark.parametrize(
    ("platform", "number", "num_devices", "shape"),
    [
        ("cpu", 3, 0, (1, 8)),  # one axis only: the same bits as alone
        ("cpu", 16, 0, (8, 1)),
        ("gpu", 2, 0, (2, 4)),
        ("gpu", 6, 4, (2, 2)),
        ("gpu", 1, 1, None),
    ],
)
@pytest.mark.parametrize("shared", [False, True])
def test_where_replicates_lie(platform, number, num_devices, shape, shared):
    made = {}

    def make_mesh(shape, names, axes, devices):
        made.update(shape=shape, names=names, devices=devices)
        return "mesh"

    found = {"devices": lambda: list(range(8)), "device_count": lambda: 8}
    with mock.patch.multiple(jax, **found, make_mesh=make_mesh, default_backend=lambda: platform):
        mesh = mesh_for(number, 1000, num_devices, shared)
    if (platform, shared, shape) == ("cpu", True, (1, 8)):
        shape = None  # one device
    if shape is None:
        assert mesh is None
        return
    assert made["shape"] == shape
    assert made["names"] == ("seeds", "population")
    assert made["devices"] == list(range(shape[0] * shape[1]))
