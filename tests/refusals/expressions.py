"""What units fire, how genes are expressed, and diploid individuals."""

import jax
import jax.numpy as jnp

from nne_jax import elementwise, ploidy
from tests.refusals import parts
from tests.refusals.parts import GENOTYPES, NET, P

X = jnp.ones((2, 3))


def named(given):
    return elementwise.named("activation", given, elementwise.ACTIVATIONS)


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
