"""A dense network of one hidden layer, by Adam: on its gradients, or on direct feedback."""

from functools import partial

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import Partial

from experiments.sample_sizes import feedback_alignment
from experiments.sample_sizes.effort import BATCH_SIZE
from experiments.sample_sizes.learnt import Learnt, Setting
from experiments.sample_sizes.samples import Sample
from nne_jax import gradients
from nne_jax.data import Batch, Minibatches
from nne_jax.types import Key

Params = dict[str, jax.Array]


def learn(sample: Sample, setting: Setting, is_aligned: bool) -> list[Learnt]:
    """Trains one.

    Args:
      sample: the images.
      setting: learning_rate, of Adam.
      is_aligned: whether errors come back through random weights.
    """
    (inputs, labels), classes = sample.planned.dataset.train, sample.planned.dataset.classes
    sizes = inputs.shape[1], sample.effort.num_hidden, len(classes)
    key_start, key_feedback, key_batches = jax.random.split(
        jax.random.fold_in(sample.planned.keys.lifetime, 1), 3
    )
    start, feedback = _start(key_start, sizes), None
    if is_aligned:
        feedback = jax.random.normal(key_feedback, sizes[:0:-1]) / sizes[2] ** 0.5
    batches = Minibatches(sample.planned.dataset.train, min(BATCH_SIZE, len(labels)))
    iterations = sample.effort.gradient_iterations(len(labels))
    params = _train(key_batches, start, feedback, batches, setting["learning_rate"], iterations)
    return [Learnt(setting, lambda split: {"accuracy": _accuracy(params, split)})]


def _start(key: Key, sizes: tuple[int, int, int]) -> Params:
    """He uniform weights."""
    num_inputs, num_hidden, num_classes = sizes
    key_hidden, key_output = jax.random.split(key)
    draw = jax.nn.initializers.he_uniform()
    return {
        "hidden": draw(key_hidden, (num_inputs, num_hidden)),
        "output": draw(key_output, (num_hidden, num_classes)),
    }


@partial(jax.jit, static_argnames="num_iterations")
def _train(key, start, feedback, batches, rate, num_iterations) -> Params:
    loss = Partial(feedback_alignment.loss, feedback)
    return gradients.train(key, start, loss, batches, optax.adam(rate), num_iterations)


@jax.jit
def _accuracy_of(params: Params, split: Batch) -> jax.Array:
    logits = feedback_alignment.hidden(params, split.inputs) @ params["output"]
    return jnp.mean(jnp.argmax(logits, axis=1) == split.labels)


def _accuracy(params: Params, split: Batch) -> float:
    return float(_accuracy_of(params, split))
