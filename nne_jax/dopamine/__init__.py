"""Dopaminergic neural nets, the paper's section 3.2: an output layer that learns by reward.

``features`` draws a random hidden layer, ``kernels`` are all that learning needs of a wide one,
``learn`` sees the examples, by one of the ``rules``; ``ridge`` is a control in closed form.
"""

from nne_jax.dopamine import features, kernels, ridge, rules
from nne_jax.dopamine.firing import FIRED_HIDDEN, FIRED_OUTPUT
from nne_jax.dopamine.learning import DNNState, init, learn, scan_examples
from nne_jax.dopamine.rules import Rule
from nne_jax.dopamine.synapses import Dual, Primal

__all__ = [
    "FIRED_HIDDEN",
    "FIRED_OUTPUT",
    "DNNState",
    "Dual",
    "Primal",
    "Rule",
    "features",
    "init",
    "kernels",
    "learn",
    "ridge",
    "rules",
    "scan_examples",
]
