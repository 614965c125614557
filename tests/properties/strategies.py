"""What may be handed in: of few shapes, so that few programs are compiled; of extreme values."""

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

NUM_GENES = 6
BIG = float(np.finfo(np.float32).max)
DENORMAL = float(np.finfo(np.float32).smallest_subnormal)
EXTREMES = (0.0, 1.0, -1.0, 1e38, -1e38, BIG, -BIG, 1e-38, DENORMAL, -DENORMAL, np.nan, -np.inf)

frequencies = st.one_of(
    st.sampled_from((0.0, 1.0, DENORMAL, 1e-30, 1 - 2**-24, 0.5)), st.floats(0, 1, width=32)
)
# 1 - p is exact, and so is an ordinary fitness: symmetries hold up to the rounding of sums
dyadic_frequencies = st.integers(0, 64).map(lambda number: number / 64)
ordinary_fitness = st.integers(-80, 80).map(lambda number: number / 16)
extreme_fitness = st.one_of(st.sampled_from(EXTREMES), st.floats(width=32))


def vector(elements, size):
    """(size,) float32."""
    return arrays.arrays(np.float32, size, elements=elements).map(jnp.asarray)


def genotypes(size, num_genes=NUM_GENES):
    """(N, n) bool, with genes of which everybody has the same allele."""
    drawn = arrays.arrays(bool, (size, num_genes))
    fixed = arrays.arrays(np.int8, num_genes, elements=st.integers(0, 3))  # 2: all 0, 3: all 1
    return st.builds(lambda x, f: jnp.asarray(np.where(f < 2, x, f == 3)), drawn, fixed)


def populations(size, fitness, p):
    """Genotypes, fitness and frequencies, to which nobody's alleles need be fitted."""
    return st.tuples(genotypes(size), vector(fitness, size), vector(p, NUM_GENES))


def orders(size):
    """Permutations."""
    return st.permutations(range(size)).map(np.array)
