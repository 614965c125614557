"""Sums of fitness over the carriers of each allele: exact, so that no order of summation matters.

Fitness is rounded once, to a few digits in base 2^w, and these whole numbers are added without any
rounding, each place by itself in int32. A product of float32 matrices makes the sums, at most 4096
individuals at a time: within such a block every partial sum is a whole number up to 2^24, which
float32 holds exactly. On a CPU it is 50 at a time, so that the block of alleles stays in the cache.

Rounding has no derivative; those of the sums, which are linear in fitness, are given instead.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_assorted
from nne_jax._shares import AXIS, BY_ROWS, WHOLE, Spread, listed_devices, shares
from nne_jax.assortment import Assorted, put_together
from nne_jax.selection.scale import power_of_two
from nne_jax.types import Fitness, Genotypes

_CPU_BLOCK = 50  # individuals; measured, 16 times as fast as the whole population at a time
_BITS = 12  # w at most: sums of 2^12 such digits have 24 bits, those of N < 2^19 have 31
_BLOCK = 2**_BITS  # on a GPU, where 164 products of 50 take 20 times as long as two of 4096


class CarriersSums(NamedTuple):
    """Sums over those who carry allele 1, and over those who carry allele 0."""

    fitness1: jax.Array  # (n,) float32
    fitness0: jax.Array  # (n,) float32
    count1: jax.Array  # (n,) int32
    count0: jax.Array  # (n,) int32
    marked1: jax.Array  # (n,) int32: of those who are marked
    marked0: jax.Array  # (n,) int32


def over_carriers(
    genotypes: Genotypes | Assorted | Spread,
    fitness: Fitness,
    marked: jax.Array,
    devices: Sequence[jax.Device] = (),
) -> CarriersSums:
    """Sums of fitness, and numbers, of the carriers of each allele of each gene.

    Args:
      genotypes: (N, n) alleles in {0, 1}; of ``Assorted`` ones each haplotype is looked at once.
      fitness: (N,) finite float32.
      marked: (N,) bool, individuals who are counted by themselves.
      devices: that share the individuals, see ``population.sample``; the sums are the same.

    Returns:
      The sums. An individual's fitness is off by at most 2^-2w of the largest magnitude, w = 12 up
      to N = 2^19 - 1 and 31 - bits(N) beyond it, 6 at N = 2^24, since N digits of w bits must fit
      31 (of float64 it is 2^-4w). Sums over nobody are 0. All are NaN where one is not finite.

    >>> sums = over_carriers(jnp.array([[0], [1]]), jnp.array([1.0, 4.0]), jnp.array([True, False]))
    >>> sums.fitness1.tolist(), sums.count1.tolist(), sums.marked1.tolist()
    ([4.0], [1], [0])
    """
    return _exact(genotypes, fitness, marked, listed_devices(devices))


@partial(jax.custom_jvp, nondiff_argnums=(3,))
def _exact(
    genotypes: Genotypes | Assorted | Spread,
    fitness: Fitness,
    marked: jax.Array,
    devices: tuple[jax.Device, ...],
) -> CarriersSums:
    size = genotypes.shape[0]
    bits = min(_BITS, 31 - size.bit_length())
    scale = power_of_two(fitness)  # at most 1.5 over the largest magnitude
    digits = _digits(fitness * scale / 2, bits)
    ones = jnp.where(fitness < 0, 1.0, 1.0).astype(fitness.dtype)  # spread as fitness is
    rows = jnp.stack([*digits, ones, marked.astype(fitness.dtype)])
    if isinstance(genotypes, Assorted):
        sums1 = _products_of_haplotypes(rows, genotypes, devices)
    elif (among := shares(devices)) and not among.is_explicit:
        alleles = genotypes.rows if isinstance(genotypes, Spread) else among.fill_up(genotypes)
        share = alleles.shape[0] // among.number
        counted = jnp.pad(rows, ((0, 0), (0, alleles.shape[0] - size)))  # nobody else counts

        def on_one_device(rows, genotypes):
            start = jax.lax.axis_index(AXIS) * share
            own = jax.lax.dynamic_slice_in_dim(rows, start, share, axis=1)
            return jax.lax.psum(_products(own, genotypes), AXIS)

        # rows are whole on every device, as is all that they are made of: no float sum is split
        shared = among.map(on_one_device, in_specs=(WHOLE, BY_ROWS), out_specs=WHOLE)
        sums1 = shared(counted, alleles)
    else:
        sums1 = _products(rows, put_together(genotypes))
    total = jnp.sum(rows.astype(jnp.int32), axis=1, dtype=jnp.int32)
    sums0 = total[:, None] - sums1
    scale = jnp.where(jnp.all(jnp.isfinite(fitness)), scale, jnp.nan)

    def value(sums):
        places = enumerate(sums[:-2].astype(fitness.dtype), start=1)
        return 2 * sum(digit * 2.0 ** (-bits * place) for place, digit in places) / scale

    counts = (sums[row] for row in (-2, -1) for sums in (sums1, sums0))
    return CarriersSums(value(sums1), value(sums0), *counts)


@_exact.defjvp
def _derivatives(devices, primals, tangents):
    """Of fitness, in which the sums are linear; digits have none."""
    genotypes, fitness, _ = primals
    sums = _exact(*primals, devices)
    alleles = put_together(genotypes).astype(fitness.dtype)
    of_carriers1 = jnp.matmul(tangents[1], alleles, precision="highest")
    of_carriers0 = jnp.matmul(tangents[1], 1 - alleles, precision="highest")
    of_counts: Any = [np.zeros(count.shape, jax.dtypes.float0) for count in sums[2:]]
    return sums, CarriersSums(of_carriers1, of_carriers0, *of_counts)


def _digits(values: jax.Array, bits: int) -> list[jax.Array]:
    """Values of magnitude below 1 as digits in base 2^bits, the last one rounded; all but the first
    are not negative."""
    digits = []
    for is_last in (False,) * (2 * values.dtype.itemsize // 4 - 1) + (True,):
        values = values * 2**bits
        digits.append(jnp.round(values) if is_last else jnp.floor(values))
        values = values - digits[-1]
    return digits


def _products(rows: jax.Array, genotypes: Genotypes) -> jax.Array:
    """Rows (R, N) of whole numbers times genotypes (N, n), (R, n) int32."""
    on_cpu, elsewhere = (partial(_in_blocks, size) for size in (_CPU_BLOCK, _BLOCK))
    return jax.lax.platform_dependent(rows, genotypes, cpu=on_cpu, default=elsewhere)


def _in_blocks(block: int, rows: jax.Array, genotypes: Genotypes) -> jax.Array:
    """The same, so many individuals at a time."""
    size, num_genes = genotypes.shape
    width = min(block, size)
    first = np.arange(0, size, width)
    start = np.minimum(first, size - width)  # the last block reaches back into the one before
    index = start[:, None] + np.arange(width)[None]
    is_new = jnp.asarray(index >= first[:, None], rows.dtype)
    weights = jnp.swapaxes(rows[:, index] * is_new[None], 0, 1)

    def add(total, block):
        start, weights = block
        alleles = jax.lax.dynamic_slice_in_dim(genotypes, start, width).astype(weights.dtype)
        sums = jnp.matmul(weights, alleles, precision="highest")
        return total + sums.astype(jnp.int32), None

    none = jnp.zeros((rows.shape[0], num_genes), jnp.int32)
    return jax.lax.scan(add, none, (jnp.asarray(start, jnp.int32), weights))[0]


def _products_of_haplotypes(
    rows: jax.Array, genotypes: Assorted, devices: Sequence[jax.Device]
) -> jax.Array:
    """The same of individuals that share haplotypes: first the rows' sums over those of each.

    In int32 throughout, where nothing is rounded. Each device has some of the chromosomes.
    """
    check_assorted(genotypes)
    num_haplotypes, num_genes = genotypes.haplotypes.shape

    def of_chromosomes(rows, carried, haplotypes):
        def of_each_haplotype(carried):
            return jax.ops.segment_sum(rows.T.astype(jnp.int32), carried, num_haplotypes)

        def of_carriers(sums):  # (chromosomes, K), of one row
            return jnp.sum(jnp.where(haplotypes, sums[..., None], 0), axis=1, dtype=jnp.int32)

        sums = jnp.moveaxis(jax.vmap(of_each_haplotype)(carried), 2, 0)
        # One row after the other: the sums over all at once do not stay in the cache.
        return jnp.swapaxes(jax.lax.map(of_carriers, sums), 0, 1)  # (chromosomes, R, n/C)

    by_chromosome = genotypes.haplotypes.reshape(num_haplotypes, genotypes.num_chromosomes, -1)
    each = genotypes.carried.T, jnp.swapaxes(by_chromosome, 0, 1)  # (C, N) and (C, K, n/C)
    if (among := shares(devices)) and not among.is_explicit:
        shared = among.map(of_chromosomes, in_specs=(WHOLE, BY_ROWS, BY_ROWS), out_specs=BY_ROWS)
        sums = shared(rows, *map(among.fill_up, each))[: genotypes.num_chromosomes]
    else:
        sums = of_chromosomes(rows, *each)
    return jnp.swapaxes(sums, 0, 1).reshape(rows.shape[0], num_genes)
