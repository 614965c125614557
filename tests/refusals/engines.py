"""The engines: how the fitness of a population is computed."""

import dataclasses

import jax
import jax.numpy as jnp

from nne_jax import engines, fitness
from nne_jax.engines import Sizes
from nne_jax.network import Network
from tests.refusals import parts
from tests.refusals.parts import BATCH, GEN, GENOTYPES, LABELS, NAN, NET, OTHER_NET, P

SIZES = Sizes.of(NET, GEN)


def make(net=NET, gen=GEN, fitness_fn=fitness.reward, **options):
    return engines.make(net, gen, fitness_fn, **options)


def measured(genotypes=GENOTYPES, batch=BATCH, fitness_fn=fitness.reward):
    return make(fitness_fn=fitness_fn)(genotypes, batch)


def each(fitness_fn=lambda x, b: jnp.sum(x), gen=None, genotypes=GENOTYPES, **options):
    return engines.per_individual(fitness_fn, gen, **options)(genotypes, None)


def links(**fields):
    first = dataclasses.replace(NET.layers[0], **fields)
    return Network((first, *NET.layers[1:]))


def entries(**fields):
    return dataclasses.replace(GEN, **fields)


def individuals(call):
    return [
        (lambda: call(GENOTYPES.tolist()), "genotypes: it is list; give an array of alleles or"),
        (lambda: call(GENOTYPES[0]), "genotypes: bool of shape (9,); give alleles or frequencies"),
        (lambda: call(GENOTYPES[:0]), "genotypes: bool of shape (0, 9); give alleles or frequen"),
    ]


def answers(call):
    scalar = "fitness_fn: the fitness of one individual must be a scalar, and it is "
    return [
        (lambda: call(lambda x, y: P), f"{scalar}float32 of shape (9,); take the mean"),
        (lambda: call(lambda x, y: P[0] > 0), f"{scalar}bool of shape (); take"),
        (lambda: call(lambda x, y: P[0].astype(complex)), f"{scalar}complex64 of shape ()"),
        (lambda: call(lambda x, y: {"f": P[0]}), f"{scalar}a dict;"),
        (lambda: call(lambda x, y: (P[0], P[0])), f"{scalar}a tuple;"),
        (lambda: call(lambda x, y: None), f"{scalar}a NoneType;"),
        (lambda: call(0.5), "fitness_fn: it is float; give a function of"),
    ]


ENDS = "are not those of 6 to 5 units, each once, ordered by receiver and then by sender."
TABLE = {
    "engines.make": [
        *parts.networks(lambda x: make(net=x)),
        *parts.genomes(lambda x: make(gen=x)),
        *individuals(lambda x: measured(genotypes=x)),
        *answers(lambda x: measured(fitness_fn=x)),
        *parts.counts(lambda x: make(chunk_size=x), "chunk_size"),
        *parts.labels(lambda x: measured(batch=BATCH._replace(labels=x)), "batch.labels")[4:],
        (
            lambda: make(gen=dataclasses.replace(GEN, num_chromosomes=3)),
            "gen: its num_chromosomes=3 have not each the genes of as many hidden units of this n",
        ),
        (
            lambda: make(gen=dataclasses.replace(GEN, num_chromosomes=5)),
            "gen: its num_chromosomes=5 have not each the genes of as many hidden units of this n",
        ),
        (lambda: measured(GENOTYPES[:, :8]), "genotypes: bool of shape (4, 8); give alleles or f"),
        (
            lambda: measured(GENOTYPES.astype(float) + 2),
            "genotypes: 2 is among them; give alleles or frequen",
        ),
        (lambda: measured(GENOTYPES.astype(float) + NAN), "genotypes: nan is among them"),
        (lambda: measured(batch=LABELS), "batch: it is ArrayImpl; give a data.Batch of inputs a"),
        (
            lambda: measured(batch=BATCH._replace(labels=LABELS[:3])),
            "batch.labels: int32 of shape (3,); there are 4 inputs, give an array of as many.",
        ),
        (lambda: measured(batch=BATCH._replace(labels=[0] * 4)), "batch.labels: a list; there ar"),
        (
            lambda: measured(batch=BATCH._replace(inputs=jnp.ones((4, 7)))),
            "batch.inputs: float32 of shape (4, 7); give real numbers of shape (B, 6).",
        ),
        (
            lambda: measured(batch=jax.tree.map(lambda leaf: leaf[:0], BATCH)),
            "batch.inputs: float32 of shape (0, 6); give real numbers of shape (B, 6), none of",
        ),
        (
            lambda: measured(fitness_fn=lambda z, y: -fitness.cross_entropy(z, y)),
            "fitness of one individual must be a scalar, and it is float32 of shape (4,)",
        ),
        (lambda: make(net=OTHER_NET), "links; draw a genome for this network."),
        (lambda: make(inputs=jnp.ones((2, 7))), "inputs: float32 of shape (2, 7); give real numb"),
        (lambda: make(engine="swift"), "engine=swift: unknown; give an Engine or one of auto, d"),
        (lambda: make(engine=["dense"]), "engine=['dense']: unknown; give an Engine or one of"),
        (lambda: make(precision="int8"), "precision=int8: unknown; the known ones are float32, b"),
        (lambda: make(engine="fused"), "engine=fused: it needs a GPU, this is a cpu; possible"),
        (lambda: make(devices=["cpu"]), "devices: 'cpu' is no device; give jax.devices(), say."),
        (lambda: make(devices=[]), "devices: there are none among them; give jax.devices(), say"),
        (lambda: make(net=links(senders=NET.layers[0].senders + 6)), ENDS),
        (lambda: make(net=links(receivers=NET.layers[0].receivers[::-1])), ENDS),
        (
            lambda: make(gen=entries(genes=GEN.genes + 9)),
            "is among them; give indices from 0 to 8.",
        ),
        (lambda: make(gen=entries(rows=GEN.rows - 1)), "gen.rows: -1 is among them; give indices"),
        (lambda: make(gen=entries(rows=GEN.rows[::-1])), "gen.rows: they do not ascend; sort the"),
        (lambda: make(gen=entries(effects=GEN.effects * NAN)), "gen.effects: nan is among them"),
    ],
    "engines.per_individual": [
        *individuals(lambda x: each(genotypes=x)),
        *answers(each),
        *parts.genomes(lambda x: each(gen=x)),
        *parts.counts(lambda x: each(chunk_size=x), "chunk_size"),
        (lambda: each(gen=GEN, genotypes=GENOTYPES[:, :8]), "genotypes: bool of shape (4, 8); gi"),
        (
            lambda: each(gen=GEN, genotypes=GENOTYPES.astype(float) + 2),
            "genotypes: 2 is among them; give all",
        ),
        (lambda: each(gen=entries(genes=GEN.genes + 9)), "is among them; give indices from 0 to 8"),
        (lambda: each(devices=[3]), "devices: 3 is no device; give jax.devices(), say."),
    ],
    "engines.check": [
        (lambda: engines.check(SIZES, "swift", "float32", "cpu"), "engine=swift: unknown; give"),
        (lambda: engines.check(SIZES, "dense", "int8", "cpu"), "precision=int8: unknown; the k"),
        (lambda: engines.check(NET, "dense", "float32", "cpu"), "sizes: it is Network; give Siz"),
    ],
    "engines.choose": [(lambda: engines.choose(NET, "cpu"), "sizes: it is Network; give Sizes.of")],
    "engines.find": [(lambda: engines.find("swift"), "engine=swift: unknown; give an Engine or")],
}
