"""Diploid individuals, against loops over individuals and all pairs of haplotypes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import ploidy, selection
from nne_jax.theory import enumeration

every_dominance = pytest.mark.parametrize("dominance", [*ploidy.DOMINANCE, (0.25, 1.0, 0.0)])


def table(num_genes):
    """Fitness of what is expressed, no sum over genes: a polynomial of random coefficients."""
    rng = np.random.default_rng(0)
    linear, pairs = rng.normal(size=num_genes), rng.normal(size=(num_genes, num_genes))

    def fitness(expressed):
        return 3 + expressed @ linear + expressed @ pairs @ expressed

    return fitness


@every_dominance
def test_what_is_expressed_is_the_value_of_the_number_of_alleles(dominance, rng):
    haplotypes = rng.integers(0, 2, (6, 5)).astype(bool)
    values = ploidy.values_of(dominance)
    expected = [
        [values[int(haplotypes[k, i]) + int(haplotypes[3 + k, i])] for i in range(5)]
        for k in range(3)
    ]
    actual = ploidy.express(jnp.asarray(haplotypes), dominance)
    np.testing.assert_array_equal(actual, np.array(expected, np.float32))


@every_dominance
def test_marginal_fitness_is_the_mean_over_those_that_carry_an_allele(dominance, rng):
    haplotypes = jnp.asarray(rng.integers(0, 2, (8, 4)).astype(bool))
    fitness = table(4)
    of_diploid = ploidy.diploid(lambda x, batch: jax.vmap(fitness)(x), dominance)
    f1, f0 = selection.marginal_fitness(haplotypes, of_diploid(haplotypes, None))
    expressed = np.asarray(ploidy.express(haplotypes, dominance))
    for gene, (one, none) in enumerate(zip(f1, f0, strict=True)):
        of_alleles = {True: [], False: []}
        for k in range(4):
            for row in (k, 4 + k):
                of_alleles[bool(haplotypes[row, gene])].append(fitness(expressed[k]))
        np.testing.assert_allclose(one, np.mean(of_alleles[True]), rtol=1e-5)
        np.testing.assert_allclose(none, np.mean(of_alleles[False]), rtol=1e-5)


@pytest.mark.slow
@every_dominance
def test_the_mean_excess_of_an_allele_is_half_the_gradient_of_mean_fitness(dominance):
    """Lemma 1 of diploids: of 2n haplotype genes with the same frequencies, by enumeration."""
    n, fitness = 3, table(3)
    pairs = enumeration.all_genotypes(2 * n)
    haplotypes = jnp.stack([pairs[:, :n], pairs[:, n:]])
    values = [float(fitness(np.asarray(ploidy.express(h, dominance)[0]))) for h in
              jnp.swapaxes(haplotypes, 0, 1)]  # fmt: skip
    values, p = jnp.array(values), jnp.array([0.2, 0.5, 0.9])

    def mean_fitness(p):
        return enumeration.extension(values, jnp.concatenate([p, p]))

    f1, f0 = enumeration.marginal_fitness(values, jnp.concatenate([p, p]))
    excess = (f1 - f0)[:n]
    np.testing.assert_allclose(2 * excess, jax.grad(mean_fitness)(p), rtol=1e-4, atol=1e-5)


@every_dominance
def test_modal_and_mean_are_those_of_hardy_weinberg(dominance):
    values = ploidy.values_of(dominance)
    for p in (0.0, 0.1, 0.32, 0.35, 0.6, 0.68, 1.0):
        probability = {0: (1 - p) ** 2, 1: 2 * p * (1 - p), 2: p**2}
        modal, mean = ploidy.modal_and_mean(jnp.array([p]), dominance)
        assert modal[0] == values[max(probability, key=probability.get)]
        expected = sum(values[k] * q for k, q in probability.items())
        np.testing.assert_allclose(mean[0], expected, atol=1e-6)


@pytest.mark.slow
def test_overdominance_keeps_both_alleles_and_dominance_does_not():
    """The fitter heterozygote's equilibrium, p = s / (s + t), and fixation of the dominant."""
    rule = selection.replicator(0.2)
    found = {}
    for dominance in ("overdominant", "dominant"):
        one_gene = nne.engines.per_individual(lambda expressed, batch: expressed[0])
        step = nne.evolution.make_generation_step(
            ploidy.diploid(one_gene, dominance), rule, 4000, antithetic=True
        )
        state = nne.evolution.init(jax.random.key(0), 1, rule, spread=0.0)
        found[dominance] = nne.evolution.evolve(step, state, None, 150)[0].allele_freqs[0]
    # 0, 1 and 1/2: 1 + ε v is lower by s = 0.2 and t = 0.1 than the heterozygote's.
    np.testing.assert_allclose(found["overdominant"], 0.2 / 0.3, atol=0.02)
    assert found["dominant"] > 0.9


@pytest.mark.slow
def test_an_additive_diploid_network_is_that_of_the_mean_of_two_haplotypes(small):
    fitness = nne.engines.make(small.net, small.gen, nne.fitness.log_likelihood)
    haplotypes = nne.population.sample(jax.random.key(0), small.p, 10)
    actual = ploidy.diploid(fitness)(haplotypes, small.batch)
    for k in range(5):
        weights = [nne.genome.express(small.gen, haplotypes[row]) for row in (k, 5 + k)]
        logits = nne.phenotype.apply(small.net, sum(weights) / 2, small.batch.inputs)
        expected = nne.fitness.log_likelihood(logits, small.batch.labels)
        np.testing.assert_allclose(actual[jnp.array([k, 5 + k])], expected, rtol=1e-5)


def test_evaluation_of_diploids_is_of_what_they_express():
    """Sampled ones against Hardy-Weinberg, by the number of genes that express a value."""
    sum_of = nne.engines.per_individual(lambda expressed, batch: jnp.sum(expressed))
    p = jnp.full(2000, 0.25)
    found = nne.evaluation.evaluate(jax.random.key(0), sum_of, p, None, 50, dominance="dominant")
    per_gene = 1 - 0.75**2
    error = np.sqrt(2000 * per_gene * (1 - per_gene) / 50)
    np.testing.assert_allclose(found.sampled_mean, 2000 * per_gene, atol=4 * error)
    assert (found.modal, found.mean) == (0, 2000 * per_gene)


@pytest.mark.slow
def test_mirrored_haplotypes_are_of_different_individuals():
    seen = []

    def fitness(expressed, batch):
        seen.append(expressed)
        return jnp.sum(expressed, axis=1)

    rule = selection.intensity(1.0)
    step = nne.evolution.make_generation_step(ploidy.diploid(fitness), rule, 8, antithetic=True)
    state = nne.evolution.init(jax.random.key(0), 400, rule, spread=0.0)
    step(state, None)
    heterozygous = np.mean(np.asarray(seen[-1]) == 0.5, axis=1)
    np.testing.assert_allclose(heterozygous, 0.5, atol=0.1)
