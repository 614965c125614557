"""Who carries an allele."""

import jax.numpy as jnp

from nne_jax.types import AlleleFreqs, Genotypes


def share_of_carriers(genotypes: Genotypes) -> AlleleFreqs:
    """Frequencies (..., n) of allele 1 among (..., N, n) genotypes: exactly 1 where all carry it.

    XLA makes of a division by N a product with 1/N, and N (1/N) is below 1 for one N in eight.
    """
    carriers, size = jnp.sum(genotypes, axis=-2, dtype=jnp.float32), genotypes.shape[-2]
    return jnp.where(carriers == size, 1, carriers / size)
