"""Output layers above a random layer: by the rules of dopamine, and by ridge regression."""

import jax

from experiments.sample_sizes.learnt import Learnt, Setting
from experiments.sample_sizes.output_layers import epoch, ridge
from experiments.sample_sizes.random_layer import RandomLayer
from experiments.sample_sizes.samples import Sample
from nne_jax.dopamine import rules

_LAST_STEP = 1 / 6  # of the first one: ε₁ is divided by 1 + decay x epoch


def learn(sample: Sample, setting: Setting, rule: str, fired_output: str) -> list[Learnt]:
    """Learns by a rule: the last weights and, as another choice, their mean over half the epochs.

    Args:
      sample: the images.
      setting: step, ε₁ times the mean of |h|², and the rule's own numbers; averaged if chosen.
      rule: one of ``rules.RULES``.
      fired_output: which outputs fire.
    """
    layer, _ = sample.layer
    key = jax.random.fold_in(sample.planned.keys.lifetime, 2)
    numbers = {k: v for k, v in setting.items() if k in rules.option_names(rule)}
    made, epochs = rules.make(rule, **numbers), sample.effort.epochs(len(layer.labels))
    output = average = layer.start
    for number in range(epochs):
        decay = 1 + (1 / _LAST_STEP - 1) * number / epochs
        rate = setting["step"] / layer.activity / decay
        seen = layer.hidden, layer.labels
        output = epoch(jax.random.fold_in(key, number), output, *seen, made, fired_output, rate)
        count = max(1, number + 1 - epochs // 2)
        average = average + (output - average) / count
    ends = {False: output, True: average}
    return [_learnt(layer, setting | {"averaged": name}, end) for name, end in ends.items()]


def regression(sample: Sample, setting: Setting) -> list[Learnt]:
    """Ridge regression.

    Args:
      sample: the images.
      setting: penalty, relative to the mean squared activity.
    """
    layer, _ = sample.layer
    return [_learnt(layer, setting, ridge(layer, setting["penalty"]))]


def seconds(sample: Sample, setting: Setting) -> float:
    """What drawing the layer and its activations took, which are made here if not before."""
    del setting
    return sample.layer[1]


def _learnt(layer: RandomLayer, setting: Setting, output: jax.Array) -> Learnt:
    return Learnt(setting, lambda split: {"accuracy": layer.accuracy(output, split)})
