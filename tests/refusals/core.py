"""The core: fitness, population, network, genome, phenotype, evolution, what is measured."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax

from nne_jax import (
    evaluation,
    evolution,
    fitness,
    genome,
    gradients,
    lifetime,
    metrics,
    network,
    phenotype,
    population,
    selection,
    wright_fisher,
)
from nne_jax.data import Minibatches
from nne_jax.generation import GenerationStep
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
    POPULATION_FITNESS,
    RULE,
    STATE,
    STEP,
    WEIGHTS,
    WF_STATE,
    WF_STEP,
    Bare,
    NoPytree,
    P,
)

LEARNER = lifetime.LIFETIMES["sgd"](1.0)
SGD = optax.sgd(0.1)


def loss(params, batch):
    return jnp.sum(params**2)


def live(**changed):
    right = {"key": KEY, "net": NET, "gen": GEN, "allele_freqs": P, "train": BATCH, "test": BATCH}
    right |= {"learner": LEARNER, "num_iterations": 1, "batch_size": 2}
    return lifetime.evaluate(**(right | changed))


def learn(**changed):
    right = {"key": KEY, "net": NET, "weights": WEIGHTS, "split": BATCH, "learner": LEARNER}
    return lifetime.learn_output_layer(**(right | {"num_iterations": 1, "batch_size": 2} | changed))


def train(**changed):
    right = {"key": KEY, "params": jnp.ones(2), "loss_fn": loss, "batches": None}
    return gradients.train(**(right | {"optimiser": SGD, "num_iterations": 1} | changed))


def generations(step=STEP, state=STATE, batches=BATCH, number=1):
    return evolution.evolve(step, state, batches, number)


def a_step(population_fitness=POPULATION_FITNESS, rule=RULE, size=4, **options):
    return evolution.make_generation_step(population_fitness, rule, size, **options)


def evaluated(key=KEY, measure=POPULATION_FITNESS, p=P, batch=BATCH, num_sampled=3):
    return evaluation.evaluate(key, measure, p, batch, num_sampled)


def changed(labels=LABELS, inputs=BATCH.inputs):
    return BATCH._replace(labels=labels, inputs=inputs)


def layer(**fields):
    return dataclasses.replace(NET.layers[0], **fields)


W = jnp.ones((2, 2))
WIDE = "float32 of shape (4, 7); give real numbers of shape (B, 6)."
SHORT = f"float32 of shape (3,); give floats of shape ({NUM_LINKS},)."
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
    "fitness.fraction_correct": parts.labels(
        lambda x: fitness.fraction_correct(LOGITS, x), "labels"
    ),
    "population.init_allele_freqs": [
        *parts.keys(lambda x: population.init_allele_freqs(x, 9)),
        *parts.counts(lambda x: population.init_allele_freqs(KEY, x), "num_genes"),
        *parts.numbers(lambda x: population.init_allele_freqs(KEY, 9, x), "spread", -0.1, 1.1),
    ],
    "population.sample": [
        *parts.keys(lambda x: population.sample(x, P, 4)),
        *parts.freqs(lambda x: population.sample(KEY, x, 4), "allele_freqs"),
        *parts.counts(lambda x: population.sample(KEY, P, x), "population_size"),
    ],
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
            "net: layer 1 has num_in=6, and the layer below it num_out=3; give the same.",
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
        (lambda: genome.init(KEY, NET, 9), "density=None, genes_per_weight=None: give one of the"),
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
    "evaluation.modal_genotype": parts.freqs(evaluation.modal_genotype, "allele_freqs"),
    "evaluation.evaluate": [
        *parts.keys(lambda x: evaluated(key=x)),
        *parts.freqs(lambda x: evaluated(p=x), "allele_freqs"),
        *parts.counts(lambda x: evaluated(num_sampled=x), "num_sampled"),
        *parts.labels(lambda x: evaluated(batch=changed(x)), "batch.labels")[4:],
        (lambda: evaluated(measure=3), "population_accuracy: it is int; give a function"),
        (lambda: evaluated(measure=lambda x, b: 1.0), "population_accuracy: a float; it must be a"),
        (lambda: evaluated(p=P[:8]), "allele_freqs: 8 genes, and the genome has 9"),
        (lambda: evaluated(batch=changed(inputs=jnp.ones((4, 7)))), f"batch.inputs: {WIDE}"),
        (lambda: evaluated(batch=(BATCH, "x")), "batch[1]: it is str; give a pytree of arrays."),
    ],
    "lifetime.learn_output_layer": [
        *parts.keys(lambda x: learn(key=x)),
        *parts.networks(lambda x: learn(net=x)),
        *parts.labels(lambda x: learn(split=changed(x)), "split.labels"),
        *parts.counts(lambda x: learn(num_iterations=x), "num_iterations", 0),
        *parts.counts(lambda x: learn(batch_size=x), "batch_size", 1, 4),
        *parts.numbers(lambda x: learn(temperature=x), "temperature", 0.0),
        (lambda: learn(weights=WEIGHTS[:3]), f"weights: {SHORT}"),
        (lambda: learn(split=changed(inputs=jnp.ones((4, 7)))), f"split.inputs: {WIDE}"),
        (lambda: learn(split=BATCH.inputs), "split: it is ArrayImpl; give a data.Batch"),
        (lambda: learn(learner="sgd"), "learner: it is str; give one that learns, lifetime.LIFE"),
    ],
    "lifetime.evaluate": [
        *parts.keys(lambda x: live(key=x)),
        *parts.networks(lambda x: live(net=x)),
        *parts.genomes(lambda x: live(gen=x)),
        *parts.freqs(lambda x: live(allele_freqs=x), "allele_freqs"),
        *parts.labels(lambda x: live(train=changed(x)), "train.labels"),
        *parts.labels(lambda x: live(test=changed(x)), "test.labels"),
        *parts.counts(lambda x: live(num_sampled=x), "num_sampled"),
        *parts.counts(lambda x: live(batch_size=x), "batch_size", 1, 4),
        (lambda: live(net=parts.OTHER_NET), "gen: it has "),
        (lambda: live(allele_freqs=P[:8]), "allele_freqs: float32 of shape (8,); give floats of"),
        (lambda: live(train=changed(LABELS[:0], BATCH.inputs[:0])), "(B, 6), none of them 0."),
    ],
    "lifetime.ByGradient": parts.numbers(
        lambda x: lifetime.ByGradient(x, optax.sgd), "rate", 0.0, -1.0
    )[:-1],
    "lifetime.ByDopamine": parts.numbers(lifetime.ByDopamine, "epsilon1", 0.0, -1.0)[:-1],
    "gradients.train": [
        *parts.labels(
            lambda x: train(
                params=LOGITS, loss_fn=lambda z, y: -fitness.reward(z, y), batches=jnp.asarray(x)
            ),
            "labels",
        )[4:],
        *parts.keys(lambda x: train(key=x)),
        *parts.counts(lambda x: train(num_iterations=x), "num_iterations", 0),
        (lambda: train(params=jnp.arange(2)), "params: gradients need floating-point parameters"),
        (lambda: train(params={}), "params: gradients need floating-point parameters"),
        (lambda: train(params={"f": jnp.tanh}), "params['f']: it is "),
        (lambda: train(loss_fn=3), "loss_fn: it is int; give a function of the parameters and a b"),
        (lambda: train(loss_fn=lambda w, b: w), "loss_fn: the loss of a batch must be a scalar, a"),
        (lambda: train(loss_fn=lambda w, b: (w[0], b)), "a float, and it is a tuple; return its m"),
        (lambda: train(loss_fn=lambda w, b: jnp.argmax(w)), "and it is int32 of shape (); return"),
        (lambda: train(optimiser=optax.sgd), "optimiser: it is function; give one of optax, opt"),
        (lambda: train(batches=("x",)), "batches[0]: it is str; give a pytree of arrays"),
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
        (lambda: a_step(rule=NoPytree()), "rule: it is NoPytree; register its class with jax.tr"),
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
