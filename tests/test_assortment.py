"""Individuals that share haplotypes: what they are made of, and what selection makes of them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import assortment
from nne_jax.engines import assorted
from nne_jax.selection.sums import over_carriers


@pytest.mark.parametrize("antithetic", [False, True])
def test_an_individual_carries_a_haplotype_of_each_chromosome(antithetic):
    p = jax.random.uniform(jax.random.key(0), (12,))
    population = assortment.assort(jax.random.key(1), p, 30, 4, 3, antithetic)
    genotypes = np.asarray(population.genotypes())
    assert genotypes.shape == population.shape == (30, 12)
    for individual, chromosome in itertools.product(range(30), range(3)):
        own = slice(4 * chromosome, 4 * chromosome + 4)
        haplotype = population.haplotypes[population.carried[individual, chromosome], own]
        np.testing.assert_array_equal(genotypes[individual, own], haplotype)
    np.testing.assert_array_equal(population[7], genotypes[7])


def test_every_haplotype_is_as_likely_and_chromosomes_assort_independently():
    population = assortment.assort(jax.random.key(2), jnp.full(2, 0.5), 60_000, 3, 2)
    pairs = 3 * population.carried[:, 0] + population.carried[:, 1]
    counts = np.bincount(pairs, minlength=9)
    np.testing.assert_allclose(counts / 60_000, 1 / 9, atol=5 * np.sqrt(8 / 81 / 60_000))


@pytest.mark.slow
def test_each_individual_by_itself_has_independent_alleles():
    p = jnp.array([0.2, 0.5, 0.9, 0.5])  # two genes on each of two chromosomes

    def first(key):
        return assortment.assort(key, p, 3, 2, 2)[1]

    x = np.asarray(jax.vmap(first)(jax.random.split(jax.random.key(3), 40_000)), float)
    np.testing.assert_allclose(x.mean(axis=0), p, atol=4 * 0.5 / np.sqrt(40_000))
    np.testing.assert_allclose(np.cov(x.T), np.diag(p * (1 - p)), atol=0.006)


@pytest.mark.slow
def test_an_individual_does_not_depend_on_the_population_size():
    p = jax.random.uniform(jax.random.key(4), (20,))
    for antithetic in (False, True):
        few, many = (assortment.assort(jax.random.key(5), p, n, 4, 5, antithetic) for n in (3, 17))
        np.testing.assert_array_equal(few.genotypes(), many.genotypes()[:3])


@pytest.mark.slow
def test_mirrored_individuals_differ_as_much_as_they_can():
    p = jnp.tile(jnp.array([0.5, 0.2]), 100)
    x = np.asarray(assortment.assort(jax.random.key(6), p, 50, 8, 10, True).genotypes())
    even, odd = x[0::2], x[1::2]
    assert np.all(even[:, 0::2] ^ odd[:, 0::2])  # p = 1/2: exactly one of the two
    assert not np.any(even[:, 1::2] & odd[:, 1::2])  # p < 1/2: never both


@pytest.mark.slow
@pytest.mark.parametrize("size", [5, 257])
def test_sums_over_carriers_are_those_of_the_genotypes_to_the_bit(size):
    p = jax.random.uniform(jax.random.key(7), (60,))
    population = assortment.assort(jax.random.key(8), p, size, 6, 4, True)
    fitness = 1e3 * jax.random.normal(jax.random.key(9), (size,))
    together = over_carriers(population.genotypes(), fitness, fitness > 0)
    for sums, expected in zip(
        over_carriers(population, fitness, fitness > 0), together, strict=True
    ):
        np.testing.assert_array_equal(sums, expected)


def test_sums_of_many_carriers_are_exact():
    # All of 2^17 individuals carry one haplotype: sums of a digit have 29 bits.
    carried = jnp.zeros((2**17, 2), jnp.int32)
    population = assortment.Assorted(jnp.array([[True, False]]), carried)
    fitness = jnp.where(jnp.arange(2**17) % 2 == 0, -1.0, 0.999)
    sums = over_carriers(population, fitness, fitness > 0)
    total = float(np.sum(np.asarray(fitness, np.float64)))
    assert sums.fitness1[0] == pytest.approx(total, abs=2**17 * 2.0**-24)  # each by 24 bits
    assert (sums.fitness0[0], sums.fitness1[1]) == (0, 0)
    assert (int(sums.count1[0]), int(sums.marked1[0])) == (2**17, 2**16)


@pytest.mark.slow
def test_marginal_fitness_is_lemma_1_on_average():
    """Of a fitness with epistasis within and across chromosomes, by enumeration."""
    p = jnp.array([0.3, 0.6, 0.5, 0.7])
    effects = jax.random.normal(jax.random.key(10), (16,))

    def fitness_of(genotypes):
        return effects[genotypes.astype(jnp.int32) @ jnp.array([8, 4, 2, 1])]

    def differences(key):
        population = assortment.assort(key, p, 64, 16, 2)
        f1, f0 = nne.selection.marginal_fitness(population, fitness_of(population.genotypes()))
        return f1 - f0

    sampled = jax.jit(jax.vmap(differences))(jax.random.split(jax.random.key(11), 20_000))
    genotypes = np.array(list(itertools.product((0, 1), repeat=4)))
    probability = np.prod(np.where(genotypes, p, 1 - p), axis=1)
    for gene in range(4):
        f1, f0 = (
            np.average(effects, weights=probability * (genotypes[:, gene] == allele))
            for allele in (1, 0)
        )
        error = np.std(sampled[:, gene]) / np.sqrt(20_000)
        assert abs(np.mean(sampled[:, gene]) - (f1 - f0)) < 4 * error + 0.003  # few lack an allele


def test_steps_of_any_population_fitness_share_haplotypes():
    rule = nne.selection.intensity(0.3)
    num_ones = nne.engines.per_individual(
        lambda genotype, batch: jnp.sum(genotype, dtype=jnp.float32)
    )
    step = nne.evolution.make_generation_step(
        num_ones, rule, 128, True, num_haplotypes=16, num_chromosomes=8
    )
    state = nne.evolution.init(jax.random.key(12), 64, rule, 0.0, keep_fittest=True)
    state, history = nne.evolution.evolve(step, state, None, 60)
    assert history.fitness_mean[0] == pytest.approx(32, abs=2)
    assert history.fitness_mean[-1] > 62
    assert int(state.fittest.fitness) == np.sum(state.fittest.genotype)


def elsewhere(*arguments, cpu, default):
    """In place of ``jax.lax.platform_dependent``: what a GPU or a TPU computes, on a CPU."""
    return default(*arguments)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "equal"])  # equal: every digit as large as it can be
def test_a_gpu_adds_up_the_same_to_the_bit(monkeypatch, kind):
    size = 9001  # more than two blocks
    p = jax.random.uniform(jax.random.key(11), (12,))
    population = assortment.assort(jax.random.key(12), p, size, 4, 3)
    noise = jax.random.normal(jax.random.key(13), (size,))
    fitness = {"normal": 1e3 * noise, "equal": jnp.full(size, -(4 - 2.0**-20))}[kind]
    expected = over_carriers(population.genotypes(), fitness, noise > 0)
    for genotypes in (population, population.genotypes()):
        on_cpu = over_carriers(genotypes, fitness, noise > 0)
        with monkeypatch.context() as patch:
            patch.setattr(jax.lax, "platform_dependent", elsewhere)
            on_gpu = over_carriers(genotypes, fitness, noise > 0)
        for ours, same, whole in zip(on_gpu, on_cpu, expected, strict=True):
            np.testing.assert_array_equal(ours, whole)
            np.testing.assert_array_equal(same, whole)


def test_a_gpu_adds_up_the_same_logits(monkeypatch):
    shares = jax.random.normal(jax.random.key(14), (23, 4, 5, 3))  # of 23 chromosomes
    carried = jax.random.randint(jax.random.key(15), (64, 23), 0, 4)
    arguments = shares, carried, jnp.arange(5) % 3, nne.fitness.log_likelihood
    on_cpu = assorted.fitness(*arguments)
    monkeypatch.setattr(jax.lax, "platform_dependent", elsewhere)
    np.testing.assert_allclose(assorted.fitness(*arguments), on_cpu, rtol=1e-6)
