"""The population: initial allele frequencies, sampled genotypes, and how much variation is left."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from nne_jax._carriers import share_of_carriers
from nne_jax._checks import (
    check_array,
    check_count,
    check_freqs,
    check_key,
    check_scalar,
    shape_of,
    within,
)
from nne_jax._shares import AXIS, BY_ROWS, WHOLE, Spread, shares
from nne_jax.types import AlleleFreqs, Genotypes, Key

_CPU_GENES = 160_000  # of the individuals whose random bits are in the cache together: measured
_ALLELES_A_WORD = 4


def init_allele_freqs(key: Key, num_genes: int, spread: float | jax.Array = 1.0) -> AlleleFreqs:
    """Draws the first generation's allele frequencies, p₁(i) ~ U[1/2 - r/2, 1/2 + r/2].

    Args:
      key: typed key.
      num_genes: number n of genes, at least 1.
      spread: r in [0, 1]; 1 is the paper's U[0, 1], 0 gives every gene the frequency 1/2, where its
        heterozygosity, and with it the response to selection, is largest.

    Returns:
      (n,) float32 in [0, 1].

    Raises:
      InputError: ``num_genes`` below 1 or ``spread`` outside [0, 1]. (One that is traced gives
        frequencies of NaN.)

    Source: the paper, section 3.1 (r = 1).

    >>> init_allele_freqs(jax.random.key(0), 3, spread=0.0)
    Array([0.5, 0.5, 0.5], dtype=float32)
    """
    check_key("key", key)
    check_count("num_genes", num_genes)
    check_scalar("spread", spread, 0, 1)
    deviation = jax.random.uniform(key, (num_genes,), jnp.float32) - 0.5
    return 0.5 + jnp.float32(within(spread, 0, 1)) * deviation


def allele_freqs(genotypes: Genotypes) -> AlleleFreqs:
    """Share of the individuals that carry allele 1, p(i) = Σ_x x(i) / N: exactly 1 where all do.

    Args:
      genotypes: (N, n) alleles, or (..., N, n) of several populations.

    Returns:
      (n,) or (..., n) float32 in [0, 1].

    Raises:
      InputError: what is no (N, n) alleles.

    >>> allele_freqs(jnp.ones((41, 2), bool)).tolist(), allele_freqs(jnp.eye(2, dtype=bool))
    ([1.0, 1.0], Array([0.5, 0.5], dtype=float32))
    """
    several: tuple[int | str, ...] = shape_of(genotypes)[:-2]
    check_array("genotypes", genotypes, (*several, "N", "n"), "alleles or frequencies")
    return share_of_carriers(genotypes)


def sample(
    key: Key,
    allele_freqs: AlleleFreqs,
    population_size: int,
    antithetic: bool = False,
    devices: Sequence[jax.Device] = (),
) -> Genotypes:
    """Samples haploid genotypes at linkage equilibrium, x(i) ~ Bernoulli(p(i)) (A1).

    Individual k is drawn with ``fold_in(·, k)``: it is the same individual in a population of any
    size, and on any number of devices. (With JAX's default keys, threefry. What a ``vmap`` over
    keys of ``rbg`` draws depends on how many there are, and so do individuals, not their
    distribution.)

    x(i) is 1 where U(k, i) < 2^32 p(i). The first 8 bits of U are random, and decide but for one
    allele in 256; the other 24 are those of (v(k) + w(i)) mod 2^32, with one random number for each
    individual and one for each gene. So U is uniform, and any three of them are independent: the
    moments that frequencies, drift and linkage disequilibrium are made of are those of 32 random
    bits an allele, for a quarter of them.

    Args:
      key: typed key.
      allele_freqs: (n,) frequencies p in [0, 1], of which 32 bits count.
      population_size: number N of individuals, at least 1.
      antithetic: whether individual 2k + 1 is drawn with 1 - u where individual 2k is with u, so
        that the two differ as much as p allows: what they share cancels out of f1 - f0.
      devices: each draws an equal share of the individuals. Where the caller has set a mesh with
        an axis ``population``, those along it. The genotypes are the same.

    Returns:
      (N, n) bool.

    Raises:
      InputError: ``population_size`` below 1, frequencies outside [0, 1].

    >>> sample(jax.random.key(0), jnp.array([0.0, 1.0]), 2)
    Array([[False,  True],
           [False,  True]], dtype=bool)
    """
    drawn = spread(key, allele_freqs, population_size, antithetic, devices)
    return drawn.genotypes() if isinstance(drawn, Spread) else drawn


def spread(
    key: Key,
    allele_freqs: AlleleFreqs,
    population_size: int,
    antithetic: bool = False,
    devices: Sequence[jax.Device] = (),
) -> Genotypes | Spread:
    """The same as ``sample``; as they were drawn where shares of devices are not equal."""
    check_key("key", key)
    check_freqs("allele_freqs", allele_freqs)
    population_size = check_count("population_size", population_size)
    num_genes = allele_freqs.size
    width = -(-num_genes // _ALLELES_A_WORD)
    by_byte = _ALLELES_A_WORD, width
    missing = _ALLELES_A_WORD * width - num_genes
    last, is_there = _thresholds(jnp.pad(allele_freqs, (0, missing)).reshape(by_byte))
    key_individuals, key_genes = jax.random.split(key)
    of_gene = jax.random.bits(key_genes, by_byte, jnp.uint32)

    def draw(index, key_individuals, of_gene, last, is_there):
        words = jax.random.bits(
            jax.random.fold_in(key_individuals, index), (width + 1,), jnp.uint32
        )
        words, of_individual = jax.lax.optimization_barrier(words[:-1]), words[-1]
        # Each byte of the words for a quarter of the genes: loops over them become vector loops.
        u = [
            _top_byte(words << 8 * byte) | (of_individual + of_gene[byte]) >> 8
            for byte in range(_ALLELES_A_WORD)
        ]
        mirrored = (u, [~number for number in u]) if antithetic else (u,)
        return jnp.stack([jnp.concatenate(_carried(u, last, is_there)) for u in mirrored])  # A1

    count = -(-population_size // 2) if antithetic else population_size
    among, numbers = shares(devices), (key_individuals, of_gene, last, is_there)
    if among and not among.is_explicit:
        share = among.of(count)

        def on_one_device(*numbers):
            index = jax.lax.axis_index(AXIS) * share + jnp.arange(share)
            return _drawn(lambda index: draw(index, *numbers), index, num_genes)

        whole = (WHOLE,) * len(numbers)
        drawn = among.map(on_one_device, in_specs=whole, out_specs=BY_ROWS)(*numbers)
    else:
        drawn = _drawn(lambda index: draw(index, *numbers), jnp.arange(count), num_genes)
    if among and not among.is_explicit and drawn.shape[0] != population_size:
        return Spread(drawn[:, :num_genes], population_size)
    return drawn[:population_size, :num_genes]


def _drawn(draw: Callable, index: jax.Array, num_genes: int) -> Genotypes:
    """Individuals, as many at a time as suits the platform that it runs on; they are the same."""
    # In equal batches where that is possible: what is left over would be put together by a copy.
    most = max(2, _CPU_GENES // num_genes)
    equal = (size for size in range(min(most, index.size), 1, -1) if index.size % size == 0)
    batch_size = next(equal, most)
    drawn = jax.lax.platform_dependent(
        index,
        cpu=lambda index: jax.lax.map(draw, index, batch_size=batch_size),
        default=jax.vmap(draw),
    )
    return drawn.reshape(-1, drawn.shape[-1])


def _thresholds(p: AlleleFreqs) -> tuple[jax.Array, jax.Array]:
    """The last of the 2^32 numbers with which allele 1 is carried, and whether there is one."""
    high = jnp.floor(p * 2**16)  # exact, as is what is left
    low = jnp.round((p * 2**16 - high) * 2**16)
    total = (high.astype(jnp.uint32) << 16) + low.astype(jnp.uint32)  # of p = 1 it is 2^32, so 0
    return total - 1, (high > 0) | (low > 0)


def _top_byte(words: jax.Array) -> jax.Array:
    return words & jnp.uint32(0xFF000000)


def _carried(u: list[jax.Array], last: jax.Array, is_there: jax.Array) -> list[jax.Array]:
    return [(u <= last) & there for u, last, there in zip(u, last, is_there, strict=True)]


def heterozygosity(allele_freqs: AlleleFreqs) -> jax.Array:
    """Expected heterozygosity, the mean over genes of 2 p (1 - p): the variation that is left.

    Returns:
      () float32 in [0, 1/2]; NaN where a frequency is.

    >>> heterozygosity(jnp.array([0.5, 1.0]))
    Array(0.25, dtype=float32)
    """
    check_freqs("allele_freqs", allele_freqs)
    return jnp.mean(2 * allele_freqs * (1 - allele_freqs))


def distance_to_fixation(allele_freqs: AlleleFreqs) -> jax.Array:
    """Distance min(p, 1 - p) of each allele frequency to {0, 1}.

    Returns:
      (n,) float32 in [0, 1/2].

    >>> distance_to_fixation(jnp.array([0.25, 0.75, 1.0])).tolist()
    [0.25, 0.25, 0.0]
    """
    check_freqs("allele_freqs", allele_freqs)
    return jnp.minimum(allele_freqs, 1 - allele_freqs)


def fraction_near_fixation(allele_freqs: AlleleFreqs, distance: float) -> jax.Array:
    """Fraction of the genes whose allele frequency is at most ``distance`` away from {0, 1}.

    Returns:
      () float32 in [0, 1].

    Source: the paper, figure 2.

    >>> fraction_near_fixation(jnp.array([0.05, 0.5, 0.95, 1.0]), 0.1).tolist()
    0.75
    """
    check_scalar("distance", distance, 0, 0.5)
    return jnp.mean(distance_to_fixation(allele_freqs) <= distance)
