"""The core: fitness of answers, population, network, genome, phenotype."""

import dataclasses

import jax
import jax.numpy as jnp

from nne_jax import (
    assortment,
    fitness,
    genome,
    network,
    phenotype,
    population,
)
from tests.refusals import parts
from tests.refusals.parts import (
    BATCH,
    GEN,
    GENOTYPES,
    KEY,
    LABELS,
    LOGITS,
    NAN,
    NET,
    NUM_LINKS,
    WEIGHTS,
    P,
)

W = jnp.ones((2, 2))
WIDE = "float32 of shape (4, 7); give real numbers of shape (B, 6)."
SHORT = f"float32 of shape (3,); give floats of shape ({NUM_LINKS},)."


def layer(**fields):
    return dataclasses.replace(NET.layers[0], **fields)


def assorted(haplotypes=None, carried=None):
    haplotypes = jnp.zeros((2, 9), bool) if haplotypes is None else haplotypes
    return assortment.Assorted(haplotypes, jnp.zeros((4, 3), int) if carried is None else carried)


def samples(sample):
    """Of what samples genotypes."""
    return [
        *parts.keys(lambda x: sample(x, P, 4)),
        *parts.freqs(lambda x: sample(KEY, x, 4), "allele_freqs"),
        *parts.counts(lambda x: sample(KEY, P, x), "population_size"),
    ]


TABLE = {
    "fitness.cross_entropy": [
        *parts.labels(lambda x: fitness.cross_entropy(LOGITS, x), "labels"),
        *parts.numbers(
            lambda x: fitness.cross_entropy(LOGITS, LABELS, x), "temperature", 0.0, -1.0
        ),
        (
            lambda: fitness.cross_entropy(LOGITS, LABELS, 1e300),
            "temperature=1e+300: float32 has no",
        ),
        (
            lambda: fitness.cross_entropy(LOGITS[0], LABELS),
            "logits: float32 of shape (3,); give floats of shape (B, C).",
        ),
        (
            lambda: fitness.cross_entropy(LOGITS[:0], LABELS[:0]),
            "logits: float32 of shape (0, 3); give floats of shape (B, C), none of them 0.",
        ),
    ],
    "fitness.reward": parts.labels(lambda x: fitness.reward(LOGITS, x), "labels"),
    "fitness.log_likelihood": parts.labels(lambda x: fitness.log_likelihood(LOGITS, x), "labels"),
    "fitness.scheduled": [
        (
            lambda: fitness.scheduled(fitness.reward, temperature=2.0),
            "temperature=2.0: give a function, of the generation for an argument",
        ),
        (lambda: fitness.scheduled(2.0), "fitness_fn=2.0: give a function"),
    ],
    "fitness.fraction_correct": parts.labels(
        lambda x: fitness.fraction_correct(LOGITS, x), "labels"
    ),
    "population.init_allele_freqs": [
        *parts.keys(lambda x: population.init_allele_freqs(x, 9)),
        *parts.counts(lambda x: population.init_allele_freqs(KEY, x), "num_genes"),
        *parts.numbers(lambda x: population.init_allele_freqs(KEY, 9, x), "spread", -0.1, 1.1),
    ],
    "assortment.assort": [
        *parts.keys(lambda x: assortment.assort(x, P, 4, 2, 3)),
        *parts.freqs(lambda x: assortment.assort(KEY, x, 4, 2, 3), "allele_freqs"),
        *parts.counts(lambda x: assortment.assort(KEY, P, x, 2, 3), "population_size"),
        *parts.counts(lambda x: assortment.assort(KEY, P, 4, x, 3), "num_haplotypes"),
        *parts.counts(lambda x: assortment.assort(KEY, P, 4, 2, x), "num_chromosomes"),
        (
            lambda: assortment.assort(KEY, P, 4, 2, 2),
            "num_chromosomes=2: num_genes=9 cannot be shared among them equally; give a divisor",
        ),
        (
            lambda: assortment.assort(KEY, P, 4, 3, 3, antithetic=True),
            "num_haplotypes=3: antithetic ones come in pairs; give an even number.",
        ),
    ],
    "assortment.put_together": [
        (
            lambda: assortment.put_together(assorted(carried=jnp.zeros((4, 2), int))),
            "num_chromosomes=2: num_genes=9 cannot",
        ),
        (
            lambda: assortment.put_together(assorted(carried=jnp.full((4, 3), 2))),
            "genotypes.carried: 2 is among them; give haplotypes from 0 to 1.",
        ),
        (
            lambda: assortment.put_together(assorted(haplotypes=jnp.zeros((2, 9)))),
            "genotypes.haplotypes: float32 of shape (2, 9); give booleans of shape (K, n).",
        ),
    ],
    "population.allele_freqs": [
        (lambda: population.allele_freqs(GENOTYPES[0]), "genotypes: bool of shape (9,); give all"),
        (lambda: population.allele_freqs(GENOTYPES[:0]), "genotypes: bool of shape (0, 9); give"),
    ],
    "population.sample": samples(population.sample),
    "population.spread": samples(population.spread),
    "population.heterozygosity": parts.freqs(population.heterozygosity, "allele_freqs"),
    "population.distance_to_fixation": parts.freqs(population.distance_to_fixation, "allele_freqs"),
    "population.fraction_near_fixation": [
        *parts.freqs(lambda x: population.fraction_near_fixation(x, 0.1), "allele_freqs"),
        *parts.numbers(lambda x: population.fraction_near_fixation(P, x), "distance", -0.1, 0.6),
    ],
    "network.init": [
        *parts.keys(lambda x: network.init(x, (3, 2), (0.5,))),
        *parts.counts(lambda x: network.init(KEY, (3, x), (0.5,)), "layer_sizes"),
        *parts.numbers(lambda x: network.init(KEY, (3, 2), (x,)), "edge_probs", -0.1, 1.1),
        (lambda: network.init(KEY, (3, 2), (jnp.ones(2),)), f"edge_probs: {parts.TWO}"),
        (lambda: network.init(KEY, 3, (0.5,)), "layer_sizes=3: give a sequence of whole numbers."),
        (lambda: network.init(KEY, (3,), ()), "layer_sizes=(3,): give two or more sizes"),
        (lambda: network.init(KEY, (3, 2), 0.5), "edge_probs=0.5: give a sequence of probab"),
        (lambda: network.init(KEY, (3, 2), (0.5, 1.0)), "edge_probs=(0.5, 1.0): 2 layers have 1"),
        (
            lambda: jax.jit(lambda k: network.init(k, (3, 2), (0.5,)))(KEY),
            "network: it is drawn on",
        ),
    ],
    "network.he_uniform": [
        *parts.keys(lambda x: network.he_uniform(x, NET)),
        *parts.networks(lambda x: network.he_uniform(KEY, x)),
    ],
    "network.fan_in": [(lambda: network.fan_in(NET), "layer: it is Network; give one of net.laye")],
    "network.bernoulli_positions": [
        *parts.keys(lambda x: network.bernoulli_positions(x, 0.5, 3)),
        *parts.numbers(lambda x: network.bernoulli_positions(KEY, x, 3), "probability", -0.1, 1.1),
        (lambda: network.bernoulli_positions(KEY, 0.5, -1), "size=-1: give a whole number from 0"),
    ],
    "network.Network": [
        (lambda: NET.split(WEIGHTS[:3]), "weights: their shape is (3,), and there are"),
        (
            lambda: network.he_uniform(KEY, network.Network(())),
            "net: it has no layers; give one or more.",
        ),
        (
            lambda: phenotype.apply(network.Network(NET.layers[::-1]), WEIGHTS, BATCH.inputs),
            "net: layer 1 has num_in=6, and the layer below it sends 3; give the same.",
        ),
    ],
    "network.Layer": [
        (
            lambda: phenotype.apply(
                network.Network((layer(senders=jnp.zeros(2)),)), WEIGHTS, BATCH.inputs
            ),
            "net.layers[0].senders: float32 of shape (2,); give whole numbers of shape (2,).",
        ),
        (
            lambda: phenotype.apply(
                network.Network((layer(receivers=jnp.zeros(2, int)),)), WEIGHTS, BATCH.inputs
            ),
            "net.layers[0].receivers: int32 of shape (2,); give whole numbers of shape (",
        ),
    ],
    "genome.init": [
        *parts.keys(lambda x: genome.init(x, NET, 9, 0.4)),
        *parts.counts(lambda x: genome.init(KEY, NET, x, 0.4), "num_genes"),
        *parts.numbers(lambda x: genome.init(KEY, NET, 9, x), "density", -0.1, 1.1),
        *parts.numbers(
            lambda x: genome.init(KEY, NET, 9, genes_per_weight=x), "genes_per_weight", -1.0
        ),
        *parts.numbers(lambda x: genome.init(KEY, NET, 9, 0.4, scale=x), "scale", 0.0)[:2],
        (lambda: genome.init(KEY, NET, 9, jnp.ones(2)), f"density: {parts.TWO}"),
        (lambda: genome.init(KEY, NET, 9, 0.4, scale=jnp.ones(2)), f"scale: {parts.TWO}"),
        (
            lambda: genome.init(KEY, NET, 9, genes_per_weight=jnp.ones(2)),
            f"genes_per_weight: {parts.TWO}",
        ),
        (lambda: genome.init(KEY, NET, 9), "density=None, genes_per_weight=None: give one of the"),
        *parts.counts(
            lambda x: genome.init(KEY, NET, 9, 0.1, num_chromosomes=x), "num_chromosomes"
        ),
        (
            lambda: genome.init(KEY, NET, 9, 0.1, num_chromosomes=3),
            "num_chromosomes=3: num_units=5 cannot be shared among them equally; give a divisor of",
        ),
        (
            lambda: genome.init(KEY, W, 9, 0.1, num_chromosomes=3),
            "num_chromosomes=3: it is the hidden units of a Network with one hidden layer that are",
        ),
        (
            lambda: genome.init(KEY, NET, 10, 0.4, num_chromosomes=5),
            "num_chromosomes=5: a weight depends on 4 genes, and a chromosome has 2; give fewer",
        ),
        (lambda: genome.init(KEY, NET, 9, 0.1, 3), "density=0.1, genes_per_weight=3: give one of"),
        (lambda: genome.init(KEY, NET, 3, None, 5), "genes_per_weight=5: there are num_genes=3; "),
        (lambda: genome.init(KEY, NET, 9, 0.4, scale="he"), "scale=he: give unit, fan_in or a p"),
        (lambda: genome.init(KEY, NET, 9, 0.4, base=jnp.zeros(3)), "base: its shape is (3,); a n"),
        (
            lambda: genome.init(KEY, NET, 9, 0.4, base=WEIGHTS + NAN),
            "base: nan is among them; give",
        ),
        (
            lambda: genome.init(KEY, W, 9, 0.4, base={"x": P}),
            "base: its form PyTreeDef",
        ),
        (
            lambda: genome.init(KEY, W, 9, 0.4, base={"x": "y"}),
            "base: not all of its leaves",
        ),
        (
            lambda: genome.init(KEY, W, 9, 0.4, scale="fan_in", output_axis=2),
            "output_axis=2: a leaf of the model has shape (2, 2).",
        ),
        (lambda: genome.init(KEY, {}, 9, 0.4), "model: it has no parameters to evolve; give"),
        (lambda: genome.init(KEY, {"n": LABELS}, 9, 0.4), "model['n']: it is int32, and only arr"),
        (lambda: genome.init(KEY, 3.0, 9, 0.4), "model: it is float, and only arrays of floats ev"),
        (
            lambda: jax.vmap(lambda d: genome.init(KEY, NET, 9, d))(jnp.array([0.1])),
            "genome: it is drawn on the host",
        ),
    ],
    "genome.identity": [(lambda: genome.identity({"n": LABELS}), "model['n']: it is int32, and o")],
    "genome.fix": [
        *parts.genomes(lambda x: genome.fix(x, P)),
        *parts.freqs(lambda x: genome.fix(GEN, x), "allele_freqs"),
        (lambda: genome.fix(GEN, P[:8]), "allele_freqs: float32 of shape (8,); give floats of sha"),
        (lambda: genome.fix(genome.identity(NET), jnp.ones(NUM_LINKS)), "gen: its genes are weig"),
        (lambda: jax.jit(lambda p: genome.fix(GEN, p))(P), "allele_freqs: the number of entr"),
    ],
    "genome.express": [
        *parts.genomes(lambda x: genome.express(x, P)),
        (
            lambda: genome.express(GEN, GENOTYPES[:, :8]),
            "genotypes: bool of shape (4, 8); give alleles or frequencies of shape (N, 9).",
        ),
        (lambda: genome.express(GEN, P[:8]), "genotypes: float32 of shape (8,); give alleles or f"),
        (lambda: genome.express(GEN, GENOTYPES[None]), "genotypes: bool of shape (1, 4, 9); give"),
        (lambda: genome.express(GEN, P.tolist()), "genotypes: it is list; give an array of"),
        (lambda: genome.express(GEN, 3 * P), "genotypes: 1.5 is among them; give alleles or"),
        (lambda: genome.express(GEN, P * NAN), "genotypes: nan is among them"),
    ],
    "genome.parameters": [
        *parts.genomes(lambda x: genome.parameters(x, P)),
        (lambda: genome.parameters(GEN, GENOTYPES), "genotype: bool of shape (4, 9); give alleles"),
        (lambda: genome.parameters(GEN, 3 * P), "genotypes: 1.5 is among them"),
    ],
    "genome.Genome": [
        (
            lambda: genome.express(dataclasses.replace(GEN, genes=GEN.genes[:2]), P),
            "gen.genes: int32 of shape (2,); give whole numbers of shape (",
        ),
        (
            lambda: genome.express(dataclasses.replace(GEN, base=jnp.zeros(2)), P),
            "gen.base: float32 of shape (2,); give floats of shape (",
        ),
    ],
    "phenotype.apply": [
        *parts.networks(lambda x: phenotype.apply(x, WEIGHTS, BATCH.inputs)),
        (lambda: phenotype.apply(NET, WEIGHTS[:3], BATCH.inputs), f"weights: {SHORT}"),
        (lambda: phenotype.apply(NET, WEIGHTS, jnp.ones((4, 7))), f"inputs: {WIDE}"),
        (lambda: phenotype.apply(NET, WEIGHTS, BATCH.inputs[:0]), "shape (B, 6), none of them 0."),
        (lambda: phenotype.apply(NET, WEIGHTS, BATCH.inputs, jnp.int8), "give one of floats, jnp."),
    ],
    "phenotype.hidden_and_output": [
        (lambda: phenotype.hidden_and_output(NET, WEIGHTS[:3], BATCH.inputs), f"weights: {SHORT}"),
    ],
    "phenotype.weight_matrix": [
        (
            lambda: phenotype.weight_matrix(NET.layers[1], WEIGHTS[:3]),
            "weights: float32 of shape (3,); give floats of shape (15,).",
        ),
    ],
}
