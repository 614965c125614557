"""Theory: tables of all genotypes, replicates of populations, the linear problem, the theorems."""

import jax.numpy as jnp
import numpy as np

from nne_jax import genome
from nne_jax.theory import bounds, enumeration, finite, genetics, infinite, linear, theorems
from tests.refusals import parts
from tests.refusals.parts import (
    BATCH,
    GEN,
    GENOTYPES,
    KEY,
    NAN,
    NET,
    NUM_LINKS,
    OTHER_NET,
    RULE,
    WEIGHTS,
    P,
)

HALF, TABLE_OF_3 = jnp.full(3, 0.5), jnp.arange(8.0)
S, MANY = jnp.zeros(2), jnp.full(17, 0.5)
MATRIX, TARGET = np.ones((3, 4)), np.ones(3)
W, A = jnp.ones((3, 4)), jnp.ones(3)
TOO_MANY = "17 genes have too many genotypes; enumerate those of 1 to 16 genes."
COEFFICIENT = "s=-1.0: give a number more than -1."


def tables(call, name):
    """What is no table of three genes."""
    return [
        (lambda: call(TABLE_OF_3[:6], HALF), f"{name} of shape (6,): 3 genes have 8 genotypes"),
        (lambda: call(TABLE_OF_3[None], HALF), f"{name} of shape (1, 8): 3 genes have 8"),
        (lambda: call(TABLE_OF_3 > 0, HALF), f"{name}: bool of shape (8,); give floats of"),
        (lambda: call(TABLE_OF_3, MANY), TOO_MANY),
        *parts.freqs(lambda x: call(TABLE_OF_3, x), "p", 3),
    ]


def problems(call):
    """What is no matrix with a target."""
    return [
        (lambda: call(W[0], A), "matrix: float32 of shape (4,); give real numbers of shape (m, n)"),
        (lambda: call(W, A[:2]), "target: float32 of shape (2,); give real numbers of shape (3,)"),
        (lambda: call(W.tolist(), A), "matrix: it is list; give an array of real numbers of shape"),
        (lambda: call(W * NAN, A), "matrix: nan is among them; give finite numbers."),
        (lambda: call(W, A * jnp.inf), "target: inf is among them; give finite numbers."),
    ]


def alleles(call):
    """What is no (N, n) alleles."""
    return [
        (lambda: call(GENOTYPES[0]), "genotypes: bool of shape (9,); give alleles or frequencies"),
        (
            lambda: call(GENOTYPES.astype(int) + 2),
            "genotypes: 2 is among them; give alleles from 0 to 1.",
        ),
        (lambda: call(GENOTYPES.astype(float) + NAN), "genotypes: nan is among them"),
        (lambda: call(GENOTYPES.tolist()), "genotypes: it is list"),
        (
            lambda: call(jnp.full((4, 9), 0.5)),
            "genotypes: 0.5 is among them; give alleles, 0 and 1.",
        ),
    ]


def lowest(net=NET, gen=GEN, inputs=BATCH.inputs, name="reward", temperature=1.0, batch_size=None):
    return bounds.lowest_fitness(net, gen, inputs, name, temperature, batch_size)


def freqs(key=KEY, s=S, start=0.5, size=4, number=1, replicates=2):
    return finite.allele_freqs(key, s, start, size, number, replicates)


def fixed(key=KEY, start=0.5, s=0.0, size=4, num_genes=2, replicates=1):
    return finite.fixed_share(key, start, s, size, num_genes, replicates)


def pair(key=KEY, s=0.0, rate=0.5, size=4, replicates=1):
    return finite.pair_disequilibrium(key, s, rate, size, replicates)


def decrease(p=HALF, gradient=HALF, epsilon=0.1, lowest_loss=0.0, delta=0.1):
    return theorems.guaranteed_decrease(p, gradient, epsilon, lowest_loss, delta)


TABLE = {
    "theory.bounds.weight_range": [
        *parts.genomes(bounds.weight_range),
        (lambda: bounds.weight_range(genome.identity(NET)), "gen: that of genome.identity has no"),
    ],
    "theory.bounds.logit_range": [
        *parts.networks(lambda x: bounds.logit_range(x, WEIGHTS, WEIGHTS, BATCH.inputs)),
        (
            lambda: bounds.logit_range(NET, WEIGHTS[:3], WEIGHTS, BATCH.inputs),
            f"lowest: float32 of shape (3,); give floats of shape ({NUM_LINKS},).",
        ),
        (
            lambda: bounds.logit_range(NET, WEIGHTS, WEIGHTS, jnp.ones((4, 7))),
            "inputs: float32 of shape (4, 7); give real numbers of shape (B, 6).",
        ),
    ],
    "theory.bounds.lowest_fitness": [
        *parts.networks(lambda x: lowest(net=x)),
        *parts.genomes(lambda x: lowest(gen=x)),
        *parts.numbers(lambda x: lowest(temperature=x), "temperature", 0.0, -1.0),
        *parts.counts(lambda x: lowest(batch_size=x), "batch_size", 1, 4),
        (lambda: lowest(name="luck"), "name=luck: the known fitness is reward, log_likelihood."),
        (lambda: lowest(net=OTHER_NET), "links; draw a genome for this network."),
        (lambda: lowest(inputs=jnp.ones((4, 7))), "inputs: float32 of shape (4, 7); give real"),
    ],
    "theory.enumeration.all_genotypes": parts.counts(enumeration.all_genotypes, "num_genes", 1, 16),
    "theory.enumeration.index": [
        *alleles(enumeration.index),
        (lambda: enumeration.index(jnp.zeros((2, 17), bool)), TOO_MANY),
    ],
    "theory.enumeration.probabilities": [
        *parts.freqs(enumeration.probabilities, "p"),
        (lambda: enumeration.probabilities(MANY), TOO_MANY),
    ],
    "theory.enumeration.extension": tables(enumeration.extension, "values"),
    "theory.enumeration.marginal_fitness": tables(enumeration.marginal_fitness, "fitness"),
    "theory.enumeration.largest_curvature": [
        (
            lambda size=size: enumeration.largest_curvature(jnp.zeros(size)),
            f"values of shape ({size},): give one for each of the 2^n genotypes of 1 to 16",
        )
        for size in (1, 3, 6, 2**17)
    ]
    + [
        (
            lambda: enumeration.largest_curvature(jnp.zeros((2, 2))),
            "values: float32 of shape (2, 2)",
        )
    ],
    "theory.finite.allele_freqs": [
        *parts.keys(lambda x: freqs(key=x)),
        *parts.numbers(lambda x: freqs(start=x), "start", -0.1, 1.1),
        *parts.counts(lambda x: freqs(size=x), "population_size"),
        *parts.counts(lambda x: freqs(number=x), "num_generations", 0),
        *parts.counts(lambda x: freqs(replicates=x), "num_replicates"),
        (lambda: freqs(s=0.1), "s: it is float; give an array of floats of shape (n,)."),
        (lambda: freqs(s=S - 1), COEFFICIENT),
    ],
    "theory.finite.neutral_freqs": [
        *parts.keys(lambda x: finite.neutral_freqs(x, GENOTYPES, 2)),
        *parts.counts(lambda x: finite.neutral_freqs(KEY, GENOTYPES, x), "num_replicates"),
        (lambda: finite.neutral_freqs(KEY, P, 2), "genotypes: float32 of shape (9,); give boole"),
    ],
    "theory.finite.fixed_share": [
        *parts.keys(lambda x: fixed(key=x)),
        *parts.numbers(lambda x: fixed(start=x), "start", -0.1, 1.1),
        *parts.counts(lambda x: fixed(size=x), "population_size"),
        *parts.counts(lambda x: fixed(num_genes=x), "num_genes"),
        *parts.counts(lambda x: fixed(replicates=x), "num_replicates"),
        (lambda: fixed(s=NAN), "s=nan: give a number more than -1."),
        (lambda: fixed(s=-1.0), COEFFICIENT),
        (lambda: fixed(s=S), "s: float32 of shape (2,); it must be one real number, vmap over s"),
    ],
    "theory.finite.pair_disequilibrium": [
        *parts.keys(lambda x: pair(key=x)),
        *parts.numbers(lambda x: pair(rate=x), "recombination_rate", -0.1, 0.6),
        *parts.counts(lambda x: pair(size=x), "population_size"),
        *parts.counts(lambda x: pair(replicates=x), "num_replicates"),
        (lambda: pair(s=-1.0), COEFFICIENT),
    ],
    "theory.genetics.multiplicative_fitness": [
        *alleles(lambda x: genetics.multiplicative_fitness(x, 0.1)),
        (lambda: genetics.multiplicative_fitness(GENOTYPES, S), "s of shape (2,): give one, or on"),
        (lambda: genetics.multiplicative_fitness(GENOTYPES, -1.0), COEFFICIENT),
    ],
    "theory.genetics.linkage_disequilibrium": alleles(genetics.linkage_disequilibrium),
    "theory.genetics.expected_disequilibrium": [
        *parts.counts(lambda x: genetics.expected_disequilibrium(x, 0.5), "population_size"),
        *parts.numbers(
            lambda x: genetics.expected_disequilibrium(10, x), "recombination_rate", 0.0, 0.6
        ),
    ],
    "theory.genetics.fixation_probability": [
        *parts.numbers(lambda x: genetics.fixation_probability(x, 0.1, 10), "p", -0.1, 1.1),
        *parts.numbers(lambda x: genetics.fixation_probability(0.1, x, 10), "s", -1.0),
        *parts.counts(lambda x: genetics.fixation_probability(0.1, 0.1, x), "population_size"),
        (lambda: genetics.fixation_probability(HALF, S, 10), "s of shape (2,): give one, or the"),
    ],
    "theory.infinite.generations": [
        *tables(lambda f, p: infinite.generations(f, p, 0.1, 2), "fitness"),
        *parts.numbers(lambda x: infinite.generations(TABLE_OF_3, HALF, x, 2), "epsilon", -0.1),
        *parts.counts(
            lambda x: infinite.generations(TABLE_OF_3, HALF, 0.1, x), "num_generations", 0
        ),
    ],
    "theory.infinite.replicator_equation": [
        *tables(lambda f, p: infinite.replicator_equation(f, p, 1.0, 2), "fitness"),
        *parts.numbers(
            lambda x: infinite.replicator_equation(TABLE_OF_3, HALF, x, 2), "time", -0.1
        ),
        *parts.counts(
            lambda x: infinite.replicator_equation(TABLE_OF_3, HALF, 1.0, x), "num_steps"
        ),
    ],
    "theory.linear.init_matrix": [
        *parts.keys(lambda x: linear.init_matrix(x, 3, 4, 2)),
        *parts.counts(lambda x: linear.init_matrix(KEY, x, 4, 1), "num_inputs"),
        *parts.counts(lambda x: linear.init_matrix(KEY, 3, x, 2), "num_genes"),
        *parts.counts(lambda x: linear.init_matrix(KEY, 3, 4, x), "genes_per_row", 1, 3),
        (lambda: linear.init_matrix(KEY, 6, 5, 1), "num_inputs=6: W p cannot reach every target"),
    ],
    "theory.linear.init_target": [
        *parts.keys(lambda x: linear.init_target(x, 3)),
        *parts.counts(lambda x: linear.init_target(KEY, x), "num_inputs"),
    ],
    "theory.linear.loss": [
        (lambda: linear.loss(W, A), "weights: float32 of shape (3, 4); give floats of shape (3, 3"),
        (
            lambda: linear.loss(A, W),
            "target: float32 of shape (3, 4); give real numbers of",
        ),
    ],
    "theory.linear.cosine": [
        (lambda: linear.cosine(W, A), "weights: float32 of shape (3, 4); give floats of shape ("),
    ],
    "theory.linear.MinusLoss": [
        (
            lambda: linear.MinusLoss(W, A, 1.0)(GENOTYPES, None),
            "genotypes: bool of shape (4, 9); give alleles or frequencies of shape (N, 4).",
        ),
    ],
    "theory.linear.make_generation_step": [
        *problems(lambda matrix, target: linear.make_generation_step(matrix, target, RULE, 4)),
        *parts.numbers(lambda x: linear.make_generation_step(W, A, RULE, 4, x), "gain", 0.0),
        *parts.counts(lambda x: linear.make_generation_step(W, A, RULE, x), "population_size"),
        (lambda: linear.make_generation_step(W, A, 0.5, 4), "rule: float has no init"),
    ],
    "theory.theorems.largest_epsilon": [
        *parts.numbers(lambda x: theorems.largest_epsilon(x, 1.0), "highest_loss", -0.1),
        *parts.numbers(lambda x: theorems.largest_epsilon(1.0, x), "curvature"),
    ],
    "theory.theorems.check_epsilon": [
        (lambda x=x: theorems.check_epsilon(x, 5.0, 1.0), f"epsilon={x}: Theorem 1 needs 0 < eps")
        for x in (0.11, 0.0, -1.0, NAN, "x")
    ],
    "theory.theorems.guaranteed_decrease": [
        *parts.numbers(lambda x: decrease(epsilon=x), "epsilon", 0.0),
        *parts.numbers(lambda x: decrease(delta=x), "delta", 0.0, 0.5),
        (lambda: decrease(p=3 * HALF), "p: 1.5 is among them; give frequencies from 0 to 1."),
        (lambda: decrease(gradient=S), "gradient: float32 of shape (2,); give floats of shape (3"),
        (lambda: decrease(lowest_loss=20.0), "lowest_loss=20.0: epsilon times it must be below 1"),
    ],
    "theory.theorems.is_reachable": problems(theorems.is_reachable),
    "theory.theorems.greedy_genotype": [
        *problems(theorems.greedy_genotype),
        (lambda: theorems.greedy_genotype(MATRIX, 0 * TARGET), "target: it is 0, and has no dire"),
    ],
}
