"""What units fire, where genes act, how they are expressed, and diploid individuals."""

import jax
import jax.numpy as jnp

from nne_jax import elementwise, genome, network, ploidy, receptive_fields
from tests.refusals import parts
from tests.refusals.parts import GEN, GENOTYPES, KEY, NET, P

X = jnp.ones((2, 3))
IMAGES = network.init(KEY, (9, 4, 2), (1.0, 1.0))


def named(given):
    return elementwise.named("activation", given, elementwise.ACTIVATIONS)


def of_images(num_genes=8, genes_per_weight=2):
    return genome.init(KEY, IMAGES, num_genes, genes_per_weight=genes_per_weight)


GEN_IMAGES = of_images()


def dominances(call):
    """What is no dominance."""
    known = "additive, dominant, recessive, overdominant"
    return [
        (lambda: call("strong"), f"dominance=strong: give one of {known}, or three numbers."),
        (lambda: call((0, 1)), "dominance: 2 numbers; give three, of none, one and two alleles 1"),
        (lambda: call((0, 1, 1.5)), "dominance=1.5: give a number"),
        (lambda: call((0, "1", 1)), "dominance='1': give a number"),
        (lambda: call(0.5), "dominance"),
    ]


TABLE = {
    "elementwise.named": [
        (lambda: named("rely"), "activation=rely: give one of relu, tanh, sigmoid, gelu, silu, or"),
        (lambda: named(None), "activation=None: give one of relu, tanh, sigmoid, gelu, silu, or a"),
        (lambda: named(jax.nn.softmax), "activation: what softmax makes of a number depends on ot"),
        (lambda: named(jnp.sum), "activation: sum does not map floats to as many floats; give a f"),
        (lambda: named(jnp.power), "activation: power cannot be called with one array; give a fu"),
        (lambda: named(lambda x: x > 0), "activation: <lambda> does not map floats to as many fl"),
    ],
    "elementwise.k_cap": [
        *parts.counts(lambda x: elementwise.k_cap(X, x), "k_cap"),
        (lambda: elementwise.k_cap(X, 4), "k_cap=4: of 3 hidden units at least 1 and at most 3"),
        (lambda: elementwise.k_cap(X > 0, 1), "hidden: bool of shape (2, 3); give real numbers of"),
    ],
    "elementwise.check_k_cap": [
        (lambda: elementwise.check_k_cap(10, 9), "k_cap=10: of 9 hidden units at least 1 and at m"),
    ],
    "receptive_fields.arrange": [
        *parts.keys(lambda x: receptive_fields.arrange(x, IMAGES, GEN_IMAGES, 1.0)),
        *parts.numbers(
            lambda x: receptive_fields.arrange(KEY, IMAGES, GEN_IMAGES, x), "sigma", 0.0, -1.0
        ),
        (
            lambda: receptive_fields.arrange(KEY, IMAGES, GEN_IMAGES, 1e-6),
            "sigma=1e-06: no gene reaches a pixel; give a larger one.",
        ),
        (lambda: receptive_fields.arrange(KEY, NET, GEN, 1.0), "inputs: 6 numbers are no square"),
        (lambda: receptive_fields.arrange(KEY, IMAGES, GEN, 1.0), "gen: it has "),
        (lambda: receptive_fields.arrange(KEY, GEN, GEN, 1.0), "net: it is Genome"),
        (
            lambda: receptive_fields.arrange(KEY, IMAGES, GEN_IMAGES, 1.0, (2, 4)),
            "image_shape=(2, 4): the network has 9 inputs; give the rows and columns of an image",
        ),
        (lambda: receptive_fields.arrange(KEY, IMAGES, GEN_IMAGES, 1.0, 9), "image_shape=9: give"),
        (
            lambda: receptive_fields.arrange(KEY, IMAGES, of_images(num_genes=3), 1.0),
            "gen: it has 3 genes, and the first layer 4 units, each with genes of its own; give m",
        ),
        (
            lambda: receptive_fields.arrange(KEY, IMAGES, of_images(genes_per_weight=0), 1.0),
            "gen: no gene has an effect on the first layer; draw it by genome.init.",
        ),
        (
            lambda: receptive_fields.arrange(KEY, IMAGES, genome.identity(IMAGES), 1.0),
            "gen: no gene has an effect on the first layer; draw it by genome.init.",
        ),
        (
            lambda: jax.jit(receptive_fields.arrange)(KEY, IMAGES, GEN_IMAGES, 1.0),
            "receptive fields: it is drawn on the host",
        ),
    ],
    "receptive_fields.genes_per_weight": [
        *parts.counts(lambda x: receptive_fields.genes_per_weight(x, 4, 9, 1.0), "num_genes"),
        *parts.counts(lambda x: receptive_fields.genes_per_weight(9, x, 9, 1.0), "num_units"),
        *parts.counts(lambda x: receptive_fields.genes_per_weight(9, 4, x, 1.0), "num_pixels"),
        *parts.numbers(lambda x: receptive_fields.genes_per_weight(9, 4, 9, x), "sigma", 0.0, -1.0),
    ],
    "ploidy.values_of": dominances(ploidy.values_of),
    "ploidy.express": [
        *dominances(lambda x: ploidy.express(GENOTYPES, x)),
        (lambda: ploidy.express(GENOTYPES[:3]), "haplotypes: there are 3, and every individual h"),
        (lambda: ploidy.express(GENOTYPES.astype(int)), "haplotypes: int32 of shape (4, 9); give"),
    ],
    "ploidy.modal_and_mean": [
        *dominances(lambda x: ploidy.modal_and_mean(P, x)),
        (lambda: ploidy.modal_and_mean(P + 1), "allele_freqs: 1.5 is among them; give frequencie"),
    ],
    "ploidy.diploid": [
        *dominances(lambda x: ploidy.diploid(parts.POPULATION_FITNESS, x)),
        (lambda: ploidy.diploid(NET), "population_fitness: it is Network"),
    ],
    "ploidy.DiploidFitness": [
        (
            lambda: ploidy.diploid(parts.POPULATION_FITNESS)(GENOTYPES[:3], parts.BATCH),
            "haplotypes: there are 3, and every individual has two; give an even number.",
        ),
    ],
}
