import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nne_jax.theory import infinite
from tests import oracles


def test_generations_against_sums_over_genotypes(rng):
    """In float64, by the independent formulas, gene by gene."""
    fitness, p = rng.normal(size=16), rng.uniform(0.1, 0.9, 4)
    with jax.enable_x64(True):
        run = infinite.generations(jnp.asarray(fitness), jnp.asarray(p), 0.2, 5)
        run = jax.tree.map(np.asarray, run)
    genotypes = oracles.all_genotypes(4)
    assert run.allele_freqs.shape == run.gradient.shape == (6, 4)
    for generation in range(6):
        weights = oracles.probabilities(genotypes, p)
        f1, f0 = (
            np.array(
                [np.average(fitness[x == allele], weights=weights[x == allele])
                 for x in genotypes.T]
            )
            for allele in (1, 0)
        )  # fmt: skip
        np.testing.assert_allclose(run.allele_freqs[generation], p, atol=1e-12)
        np.testing.assert_allclose(run.fitness_mean[generation], weights @ fitness, atol=1e-12)
        np.testing.assert_allclose(run.gradient[generation], f1 - f0, atol=1e-12)
        p = oracles.weak_selection(p, f1, f0, 0.2)


def test_the_replicator_equation_of_one_gene_is_the_logistic_curve():
    with jax.enable_x64(True):
        fitness, p = jnp.array([1.0, 4.0]), jnp.array([0.2])
        for time in (0.3, 1.0):
            after = infinite.replicator_equation(fitness, p, time, 100)
            odds = 0.2 / 0.8 * np.exp(3 * time)
            np.testing.assert_allclose(after, odds / (1 + odds), atol=1e-9)


def test_short_generations_approach_the_replicator_equation(rng):
    with jax.enable_x64(True):
        fitness, p = jnp.asarray(rng.normal(size=8)), jnp.asarray(rng.uniform(0.2, 0.8, 3))
        flow = infinite.replicator_equation(fitness, p, 1.0, 50)
        ends = [infinite.generations(fitness, p, 1 / t, t).allele_freqs[-1] for t in (50, 100)]
        errors = [float(jnp.max(jnp.abs(end - flow))) for end in ends]
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.1)
