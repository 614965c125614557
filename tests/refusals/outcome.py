"""What has evolved, and what learns: evaluation, lifetimes, gradients."""

import jax.numpy as jnp
import optax

from nne_jax import (
    evaluation,
    fitness,
    gradients,
    lifetime,
)
from tests.refusals import parts
from tests.refusals.parts import (
    BATCH,
    GEN,
    KEY,
    LABELS,
    LOGITS,
    NET,
    NUM_LINKS,
    POPULATION_FITNESS,
    WEIGHTS,
    P,
)

LEARNER = lifetime.LIFETIMES["sgd"](1.0)
SGD = optax.sgd(0.1)
WIDE = "float32 of shape (4, 7); give real numbers of shape (B, 6)."
SHORT = f"float32 of shape (3,); give floats of shape ({NUM_LINKS},)."


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


def loss(params, batch):
    return jnp.sum(params**2)


def evaluated(key=KEY, measure=POPULATION_FITNESS, p=P, batch=BATCH, num_sampled=3):
    return evaluation.evaluate(key, measure, p, batch, num_sampled)


def changed(labels=LABELS, inputs=BATCH.inputs):
    return BATCH._replace(labels=labels, inputs=inputs)


TABLE = {
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
}
