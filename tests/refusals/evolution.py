"""Evolution: of frequencies and of living populations; generations, states and batches."""

import jax.numpy as jnp
import numpy as np
import optax

from nne_jax import (
    evolution,
    metrics,
    replicates,
    selection,
    wright_fisher,
)
from nne_jax.data import Minibatches
from nne_jax.generation import GenerationStep
from tests.refusals import parts
from tests.refusals.parts import (
    BATCH,
    GENOTYPES,
    KEY,
    LABELS,
    NAN,
    POPULATION_FITNESS,
    RULE,
    STATE,
    STEP,
    WF_STATE,
    WF_STEP,
    Bare,
    NoPytree,
    P,
)

SGD = optax.sgd(0.1)
WIDE = "float32 of shape (4, 7); give real numbers of shape (B, 6)."


def generations(step=STEP, state=STATE, batches=BATCH, number=1):
    return evolution.evolve(step, state, batches, number)


def a_step(population_fitness=POPULATION_FITNESS, rule=RULE, size=4, **options):
    return evolution.make_generation_step(population_fitness, rule, size, **options)


def changed(labels=LABELS, inputs=BATCH.inputs):
    return BATCH._replace(labels=labels, inputs=inputs)


def together(number=2, **of_the_step):
    return replicates.make_generation_step([a_step(**of_the_step)] * number, BATCH)


TABLE = {
    "replicates.init": [
        (lambda: replicates.init([]), "states: there are none; give one for each population."),
        (lambda: replicates.init([3]), "states: int has no generation, () int32."),
        (
            lambda: replicates.init([STATE, STATE._replace(allele_freqs=P[:2])]),
            "states: number 1 differs from the first in more than its numbers",
        ),
        (
            lambda: replicates.init([STATE, STATE._replace(generation=jnp.int32(3))]),
            "states: they are at generations [0, 3]",
        ),
        (lambda: replicates.init([STATE, NoPytree()]), "states: "),
    ],
    "replicates.make_generation_step": [
        (
            lambda: replicates.make_generation_step([]),
            "steps: there are none; give one for each population.",
        ),
        (
            lambda: replicates.make_generation_step([a_step(), a_step(size=6)]),
            "steps: number 1 differs from the first in more than its numbers, in sizes or in its "
            "kind; let those evolve one after the other.",
        ),
        (
            lambda: replicates.make_generation_step([a_step(), WF_STEP]),
            "steps: number 1 differs from the first",
        ),
    ],
    "replicates.Replicates": [
        (
            lambda: generations(together(), replicates.init([STATE] * 2), BATCH),
            "batches: replicates have theirs from replicates.make_generation_step; give None.",
        ),
        (
            lambda: generations(together(), STATE, None),
            "state: it is NNEState; give the Populations of replicates.init.",
        ),
        (
            lambda: generations(together(), replicates.init([STATE] * 3), None),
            "state: it is not of 2 populations, as the step is",
        ),
        (
            lambda: generations(together(), replicates.init([WF_STATE] * 2), None),
            "state: WrightFisherState has no rule_state",
        ),
    ],
    "metrics.summarise": [
        (
            lambda: metrics.summarise(
                GENOTYPES, parts.FITNESS, jnp.int32(0), STATE._replace(allele_freqs=3 * P)
            ),
            "allele_freqs: 1.5 is among them; give frequencies from 0 to 1.",
        ),
    ],
    "evolution.init": [
        *parts.keys(lambda x: evolution.init(x, 9, RULE)),
        *parts.counts(lambda x: evolution.init(KEY, x, RULE), "num_genes"),
        *parts.numbers(lambda x: evolution.init(KEY, 9, RULE, x), "spread", -0.1, 1.1),
        (lambda: evolution.init(KEY, 9, 0.5), "rule: float has no init, relative_fitness and upd"),
    ],
    "evolution.make_generation_step": [
        *parts.counts(lambda x: a_step(size=x), "population_size"),
        (lambda: a_step(3), "population_fitness: it is int; give a function, from engines.make"),
        (lambda: a_step(summarise=None), "summarise: it is NoneType; give a function"),
        (lambda: a_step(rule=lambda p: p), "rule: function has no init, relative_fitness and upda"),
        *parts.counts(lambda x: a_step(num_haplotypes=x, num_chromosomes=3), "num_haplotypes")[:4],
        (
            lambda: a_step(num_haplotypes=4),
            "num_haplotypes=4, num_chromosomes=None: haplotypes are of chromosomes; give both",
        ),
        (
            lambda: a_step(num_haplotypes=3, num_chromosomes=3, antithetic=True),
            "num_haplotypes=3: antithetic ones come in pairs; give an even number.",
        ),
        (
            lambda: generations(a_step(num_haplotypes=4, num_chromosomes=3)),
            "num_chromosomes=3: the genome has 1; give as many to genome.init.",
        ),
        (lambda: a_step(rule=NoPytree()), "rule: it is NoPytree; register its class with nne_ja"),
    ],
    "evolution.FromFrequencies": [
        (
            lambda: generations(
                GenerationStep(
                    POPULATION_FITNESS, evolution.FromFrequencies(RULE, 0, False), metrics.summarise
                )
            ),
            "population_size=0: give a whole number, at least 1.",
        ),
    ],
    "evolution.generation_keys": [
        *parts.keys(lambda x: evolution.generation_keys(STATE._replace(key=x)), "state.key"),
        (
            lambda: evolution.generation_keys(STATE._replace(generation=1.5)),
            "state.generation: it is float; give an array of whole numbers of shape ().",
        ),
        (lambda: evolution.generation_keys({}), "state: dict has no key and generation"),
    ],
    "evolution.evolve": [
        *parts.counts(lambda x: generations(number=x), "num_generations", 0),
        *parts.labels(lambda x: generations(batches=changed(x)), "batch.labels")[4:],
        *parts.keys(lambda x: generations(state=STATE._replace(key=x)), "state.key"),
        (lambda: generations(STATE, STEP), "step: it is NNEState; give a function of a state and"),
        (lambda: generations(state=(STATE, BATCH)), "state: tuple has no key; give the state of"),
        (lambda: generations(state=WF_STATE), "state: WrightFisherState has no rule_state"),
        (lambda: generations(WF_STEP, STATE), "state: NNEState has no genotypes; give the state"),
        (
            lambda: generations(state=evolution.init(KEY, 9, selection.log_odds_gradient(SGD))),
            "state.rule_state: it is ",
        ),
        (
            lambda: generations(state=STATE._replace(allele_freqs=jnp.ones(100))),
            "allele_freqs: 100 genes, and the genome has 9; make the state with as many.",
        ),
        (
            lambda: generations(
                state=evolution.init(KEY, 9, RULE, keep_fittest=True)._replace(
                    fittest=evolution.init(KEY, 8, RULE, keep_fittest=True).fittest
                )
            ),
            "state.fittest.genotype: bool of shape (8,); give booleans of shape (9,).",
        ),
        (lambda: generations(batches=(BATCH, "x")), "batches[1]: it is str; give a pytree of arra"),
        (lambda: generations(batches={"a": np.array([None])}), "batches['a']: it is ndarray; giv"),
        (lambda: generations(batches={"a": P}), "batch: it is dict; give a data.Batch of inputs"),
        (lambda: generations(batches=(BATCH.inputs, LABELS)), "batch: it is tuple; give a data.B"),
        (
            lambda: generations(batches=Minibatches(changed(LABELS - 1), 2)),
            "batch.labels: -1 is among them, and there are 3 classes; count them from 0 to 2.",
        ),
        (lambda: generations(batches=lambda key: "x"), "batches(key): it is str; give a pytree"),
        (lambda: generations(batches=changed(inputs=jnp.ones((4, 7)))), f"batch.inputs: {WIDE}"),
        (lambda: generations(lambda s, b: s[:3], STATE), "step: it returned tuple; it must return"),
        (lambda: generations(lambda s, b: s, {"x": P}, None), "step: it returned dict; it must re"),
        (
            lambda: generations(lambda s, b: ({"x": s["x"][:2]}, P), {"x": P}, None),
            "step: of the state that it returned ['x'] is float32 of shape (2,), not float32 of",
        ),
        (
            lambda: generations(a_step(lambda x, b: jnp.sum(x))),
            "population_fitness: int32 of shape (); it must be a real number for each of 4 indiv",
        ),
        (lambda: generations(a_step(lambda x, b: x[:, :1])), "population_fitness: bool of shape "),
        (
            lambda: generations(a_step(lambda x, b: P[:4].astype(complex))),
            "population_fitness: complex64 of",
        ),
        (lambda: generations(a_step(lambda x, b: 1.0)), "population_fitness: a float; it must be"),
        (lambda: generations(a_step(lambda x, b: {"f": x})), "population_fitness: a dict; it must"),
        (
            lambda: generations(
                a_step(rule=selection.cga(0.1), size=3), evolution.init(KEY, 9, selection.cga(0.1))
            ),
            "population_size=3: cga compares two genotypes a generation; give 2.",
        ),
    ],
    "evolution.maximise": [
        *parts.keys(lambda x: evolution.maximise(x, jnp.sum, 9, RULE)),
        *parts.counts(lambda x: evolution.maximise(KEY, jnp.sum, x, RULE), "num_genes"),
        *parts.counts(lambda x: evolution.maximise(KEY, jnp.sum, 9, RULE, x), "population_size"),
        *parts.counts(
            lambda x: evolution.maximise(KEY, jnp.sum, 9, RULE, 4, x), "num_generations", 0
        ),
        (lambda: evolution.maximise(KEY, 3, 9, RULE), "fitness_fn: it is int; give a function"),
        (lambda: evolution.maximise(KEY, jnp.any, 9, RULE), "must be a scalar, and it is bool of"),
    ],
    "wright_fisher.init": [
        *parts.keys(lambda x: wright_fisher.init(x, 9, 4)),
        *parts.counts(lambda x: wright_fisher.init(KEY, x, 4), "num_genes"),
        *parts.counts(lambda x: wright_fisher.init(KEY, 9, x), "population_size"),
        *parts.numbers(lambda x: wright_fisher.init(KEY, 9, 4, x), "spread", -0.1, 1.1),
    ],
    "wright_fisher.make_generation_step": [
        *parts.numbers(
            lambda x: wright_fisher.make_generation_step(POPULATION_FITNESS, RULE, x),
            "mutation_rate",
            *(-0.1, 0.6),
        ),
        *parts.numbers(
            lambda x: wright_fisher.make_generation_step(POPULATION_FITNESS, RULE, 0.1, x),
            "recombination_rate",
            *(-0.1, 0.6),
        ),
        (
            lambda: wright_fisher.make_generation_step(POPULATION_FITNESS, selection.umda()),
            "rule: PBIL is not reproduction by relative fitness alone",
        ),
        (
            lambda: wright_fisher.make_generation_step(POPULATION_FITNESS, 1),
            "rule: int has no init",
        ),
        (
            lambda: wright_fisher.make_generation_step(3, RULE),
            "population_fitness: it is int; give",
        ),
    ],
    "wright_fisher.OfPopulation": [
        (
            lambda: WF_STEP(WF_STATE._replace(genotypes=GENOTYPES.astype(int)), BATCH),
            "state.genotypes: int32 of shape (4, 9); give booleans of shape (N, n).",
        ),
        (
            lambda: WF_STEP(WF_STATE._replace(genotypes=GENOTYPES[:0]), BATCH),
            "state.genotypes: bool of shape (0, 9); give booleans of shape (N, n), none of them 0.",
        ),
        (lambda: WF_STEP(Bare(), BATCH), "state: Bare has no key; give the state of evolution.in"),
    ],
    "wright_fisher.inherit": [
        *parts.keys(lambda x: wright_fisher.inherit(x, jnp.ones(4), 9)),
        *parts.counts(lambda x: wright_fisher.inherit(KEY, jnp.ones(4), x), "num_genes"),
        *parts.numbers(
            lambda x: wright_fisher.inherit(KEY, jnp.ones(4), 9, 0.1, x), "recombination_rate", 0.6
        ),
        (
            lambda: wright_fisher.inherit(KEY, GENOTYPES, 9),
            "relative_fitness: bool of shape (4, 9); give real numbers of shape (N,).",
        ),
        (lambda: wright_fisher.inherit(KEY, -jnp.ones(4), 9), "relative_fitness: -1 is among them"),
    ],
    "wright_fisher.reproduce": [
        *parts.keys(lambda x: wright_fisher.reproduce(x, GENOTYPES, jnp.ones(4))),
        *parts.numbers(
            lambda x: wright_fisher.reproduce(KEY, GENOTYPES, jnp.ones(4), x), "mutation_rate", 0.6
        ),
        (
            lambda: wright_fisher.reproduce(KEY, GENOTYPES, jnp.ones(3)),
            "relative_fitness: float32 of shape (3,); give real numbers of shape (4,).",
        ),
        (
            lambda: wright_fisher.reproduce(KEY, GENOTYPES, -jnp.ones(4)),
            "relative_fitness: -1 is among them; give relative fitness from 0 to inf.",
        ),
        (lambda: wright_fisher.reproduce(KEY, GENOTYPES, NAN * jnp.ones(4)), "nan is among them"),
        (lambda: wright_fisher.reproduce(KEY, P, jnp.ones(4)), "genotypes: float32 of shape (9,)"),
    ],
}
