"""Runs of rules on functions of bit strings, and what is looked at in them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne

KEY = jax.random.key(0)
INTENSITY = np.sqrt(2 / np.pi)  # of truncation to the better half of normal fitness


class Seen(NamedTuple):
    """What these tests look at, of every generation."""

    mean: jax.Array  # of the frequencies
    heterozygosity: jax.Array
    best: jax.Array  # fitness of the fittest so far


def see(genotypes, fitness, non_finite, state):
    p = state.allele_freqs
    return Seen(jnp.mean(p), nne.population.heterozygosity(p), state.fittest.fitness)


def evolve(rule, num_genes, fitness, population_size, num_generations, batches=None, seeds=4):
    """Last frequencies, and what was seen, with a leading axis of seeds; all start from 1/2."""
    step = nne.evolution.make_generation_step(fitness, rule, population_size, summarise=see)

    def run(key):
        state = nne.evolution.init(key, num_genes, rule, spread=0.0, keep_fittest=True)
        state, seen = nne.evolution.evolve(step, state, batches, num_generations)
        return state.allele_freqs, seen

    return jax.vmap(run)(jax.random.split(KEY, seeds))


def one_max(genotypes, batch):
    return jnp.sum(genotypes, axis=1, dtype=jnp.float32)


def one_max_without_ties(genotypes, key):
    """OneMax whose ties chance decides, so that exactly a fraction is selected."""
    return one_max(genotypes, None) + 0.9 * jax.random.uniform(key, genotypes.shape[:1])


def leading_ones(genotypes, batch):
    return jnp.sum(jnp.cumprod(genotypes.astype(jnp.float32), axis=1), axis=1)


def trap(genotypes, batch):
    """Blocks of five: 5 for all ones, else 4 less the number of ones."""
    ones = jnp.sum(genotypes.reshape(-1, genotypes.shape[1] // 5, 5), axis=2, dtype=jnp.float32)
    return jnp.sum(jnp.where(ones == 5, 5, 4 - ones), axis=1)


def generations_to(best, fitness):
    """How many generations each seed took to a fitness, all of which reached it."""
    assert np.all(best[:, -1] >= fitness)
    return np.argmax(np.asarray(best) >= fitness, axis=1) + 1
