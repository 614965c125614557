"""Dopaminergic nets: hidden layers, their kernels, learning and its control."""

import jax
import jax.numpy as jnp

from nne_jax import dopamine
from nne_jax.dopamine import Dual, Primal, features, kernels, ridge, rules
from tests.refusals import parts
from tests.refusals.parts import KEY, Bare, NoPytree

HIDDEN, RULE = jnp.ones((4, 3)), rules.make("c1")
SYNAPSES, LABELS = Primal(HIDDEN, HIDDEN), jnp.array([0, 1, 0, 1])
STATE = dopamine.init(SYNAPSES, RULE, 2)
X, UNITS, KERNEL = jnp.ones((2, 3)), jnp.arange(2), jnp.eye(4)
ACTIVE = kernels.MostActive(jnp.ones((2, 1)), jnp.ones((2, 1), int))
RIGHT = {"key": KEY, "state": STATE, "synapses": SYNAPSES, "labels": LABELS, "rule": RULE}
RIGHT |= {"fired_output": "winner", "epsilon1": 0.1}


def learn(**changed):
    return dopamine.learn(**(RIGHT | {"num_epochs": 1} | changed))


def scan(**changed):
    return dopamine.scan_examples(**(RIGHT | {"order": jnp.array([0])} | changed))


def init(synapses=SYNAPSES, rule=RULE, num_classes=2, params=None):
    return dopamine.init(synapses, rule, num_classes, params)


def blocked(key=KEY, num_hidden=4, left=X, right=X, num_classes=2, size=2):
    return kernels.blocked(key, num_hidden, left, right, num_classes, size)


def capped(key=KEY, num_hidden=4, left=ACTIVE, right=ACTIVE, num_classes=2):
    return kernels.capped(key, num_hidden, left, right, num_classes)


def most_active(key=KEY, num_hidden=4, inputs=X, k=2, size=1):
    return kernels.most_active(key, num_hidden, inputs, k, size)


def solve(kernel=KERNEL, labels=LABELS, num_classes=2, penalty=1.0):
    return ridge.solve(kernel, labels, num_classes, penalty)


@jax.tree_util.register_static
class Odd:
    """A rule whose update returns something else."""

    def __init__(self, returned):
        self.returned = returned

    def init(self):
        return ()

    def update(self, z, target, fired, state):
        return self.returned


def synapses(call):
    """What is no synapses."""
    floats = "give floats of shape (S, H)"
    return [
        (lambda: call(HIDDEN), "synapses: it is ArrayImpl; give a Primal or a Dual."),
        (
            lambda: call(Primal(HIDDEN, HIDDEN[:, :2])),
            "presynaptic: float32 of shape (4, 2); give the shape and dtype of hidden, (4, 3) and",
        ),
        (
            lambda: call(Primal(HIDDEN, HIDDEN.astype("bfloat16"))),
            "presynaptic: bfloat16 of shape (4, 3); give the shape and dtype of hidden",
        ),
        (lambda: call(Primal(HIDDEN > 0, HIDDEN)), f"hidden: bool of shape (4, 3); {floats}."),
        (lambda: call(Primal(HIDDEN[0], HIDDEN)), f"hidden: float32 of shape (3,); {floats}."),
        (lambda: call(Primal(HIDDEN[:0], HIDDEN[:0])), f"(0, 3); {floats}, none of them 0."),
        (lambda: call(Dual(HIDDEN)), "kernel of shape (4, 3): it needs a column for each of its 4"),
    ]


def problems(call):
    """What is no problem to learn."""
    params = "for these synapses give (C, 3) float32, C at least 2."
    return [
        *parts.keys(lambda x: call(key=x)),
        *synapses(lambda x: call(synapses=x)),
        *parts.labels(lambda x: call(labels=x), "labels", 4, 2),
        *parts.numbers(lambda x: call(epsilon1=x), "epsilon1", 0.0, -1.0),
        (lambda: call(epsilon1=jnp.ones(2)), "epsilon1: float32 of shape (2,); it must be one rea"),
        (lambda: call(state=STATE.params), "state: it is ArrayImpl; give what init returns."),
        (
            lambda: call(state=STATE._replace(params=STATE.params[:1])),
            f"state.params: float32 of shape (1, 3); {params}",
        ),
        (
            lambda: call(state=STATE._replace(params=STATE.params.astype("bfloat16"))),
            f"state.params: bfloat16 of shape (2, 3); {params}",
        ),
        (
            lambda: call(state=STATE._replace(average=STATE.average[:, :2])),
            f"state.average: float32 of shape (2, 2); {params}",
        ),
        (
            lambda: call(rule=rules.make("c1_baseline")),
            "state: it is not of the rule C1Baseline; m",
        ),
        (lambda: call(rule=Bare()), "rule: Bare has no init and update; give one, rules.make say."),
        (lambda: call(rule=NoPytree()), "rule: it is NoPytree; register its class with nne_jax."),
        (
            lambda: call(rule=Odd((jnp.ones(3), ()))),
            "rule.update: float32 of shape (3,); give real",
        ),
        (lambda: call(rule=Odd((jnp.ones(2), 0))), "rule.update: of the state that it returned it"),
        (lambda: call(fired_output="loser"), "fired_output=loser: unknown; the known ones are win"),
        (lambda: call(fired_output=["winner"]), "fired_output=['winner']: unknown; the known ones"),
    ]


def rows_of(call, name):
    """What is no inputs."""
    return [
        (lambda: call(X[0]), f"{name}: float32 of shape (3,); give real numbers of shape (B, D)."),
        (
            lambda: call(X[:0]),
            f"{name}: float32 of shape (0, 3); give real numbers of shape (B, D), ",
        ),
        (lambda: call(X.tolist()), f"{name}: it is list; give an array of real numbers of shape"),
    ]


TABLE = {
    "dopamine.init": [
        *synapses(lambda x: init(synapses=x)),
        *parts.counts(lambda x: init(num_classes=x), "num_classes", 2),
        (lambda: init(rule=Bare()), "rule: Bare has no init and update"),
        (lambda: init(params=jnp.ones((3, 3))), "params of shape (3, 3): give 2 rows, one a class"),
        (lambda: init(params=jnp.ones((2, 4))), "params: float32 of shape (2, 4); for these synap"),
        (lambda: init(params=[[0.0] * 3] * 2), "params: a list; for these synapses give (C, 3) f"),
    ],
    "dopamine.learn": [
        *problems(learn),
        *parts.counts(lambda x: learn(num_epochs=x), "num_epochs", 0),
        *parts.numbers(lambda x: learn(decay=x), "decay", -0.1),
        *parts.numbers(lambda x: learn(average_after=x), "average_after", -1),
    ],
    "dopamine.scan_examples": [
        *problems(scan),
        (
            lambda: scan(order=jnp.array([0, 4])),
            "order: 4 is among them; give examples from 0 to 3",
        ),
        (lambda: scan(order=jnp.array([-1])), "order: -1 is among them; give examples from 0 to 3"),
        (lambda: scan(order=jnp.array([1.0])), "order: float32 of shape (1,); give whole numbers"),
        (lambda: scan(order=jnp.array([[1]])), "order: int32 of shape (1, 1); give whole numbers"),
    ],
    "dopamine.features.hidden_weights": [
        *parts.keys(lambda x: features.hidden_weights(x, 3, UNITS)),
        *parts.counts(lambda x: features.hidden_weights(KEY, x, UNITS), "num_inputs"),
        (lambda: features.hidden_weights(KEY, 3, UNITS - 1), "units: -1 is among them; give units"),
        (lambda: features.hidden_weights(KEY, 3, X), "units: float32 of shape (2, 3); give whole"),
    ],
    "dopamine.features.output_weights": [
        *parts.keys(lambda x: features.output_weights(x, 3, 2, UNITS)),
        *parts.counts(lambda x: features.output_weights(KEY, x, 2, UNITS), "num_hidden"),
        *parts.counts(lambda x: features.output_weights(KEY, 3, x, UNITS), "num_classes"),
        (lambda: features.output_weights(KEY, 3, 2, UNITS + 2), "units: 3 is among them; give un"),
    ],
    "dopamine.features.activations": [
        *rows_of(lambda x: features.activations(x, X), "weights"),
        *rows_of(lambda x: features.activations(X, x), "inputs"),
        (
            lambda: features.activations(jnp.ones((5, 4)), X),
            "inputs of unequal length (weights: 4 and inputs: 3); give examples of one kind.",
        ),
    ],
    "dopamine.features.k_cap": [
        *parts.counts(lambda x: features.k_cap(X, x), "k_cap"),
        (lambda: features.k_cap(X, 4), "k_cap=4: of 3 hidden units at least 1 and at most 3 can f"),
        (lambda: features.k_cap(X > 0, 1), "hidden: bool of shape (2, 3); give real numbers of"),
        (lambda: features.k_cap(X.tolist(), 1), "hidden: it is list; give an array of real numb"),
    ],
    "dopamine.features.check_k_cap": [
        (lambda: features.check_k_cap(10, 9), "k_cap=10: of 9 hidden units at least 1 and at mos"),
    ],
    "dopamine.kernels.blocked": [
        *parts.keys(lambda x: blocked(key=x)),
        *rows_of(lambda x: blocked(left=x), "left"),
        *rows_of(lambda x: blocked(right=x), "right"),
        *parts.counts(lambda x: blocked(num_hidden=x), "num_hidden"),
        *parts.counts(lambda x: blocked(num_classes=x), "num_classes"),
        *parts.counts(lambda x: blocked(size=x), "block_size"),
        (lambda: blocked(right=jnp.ones((2, 4))), "inputs of unequal length (left: 3 and right: 4"),
    ],
    "dopamine.kernels.most_active": [
        *parts.keys(lambda x: most_active(key=x)),
        *rows_of(lambda x: most_active(inputs=x), "inputs"),
        *parts.counts(lambda x: most_active(num_hidden=x), "num_hidden"),
        *parts.counts(lambda x: most_active(k=x), "k_cap"),
        *parts.counts(lambda x: most_active(size=x), "block_size"),
        (lambda: most_active(k=5), "k_cap=5: of 4 hidden units at least 1 and at most 4 can fire"),
    ],
    "dopamine.kernels.capped": [
        *parts.keys(lambda x: capped(key=x)),
        *parts.counts(lambda x: capped(num_classes=x), "num_classes"),
        (lambda: capped(left=X), "left: it is ArrayImpl; give what most_active returns."),
        (lambda: capped(num_hidden=1), "left.units: 1 is among them; give units from 0 to 0."),
        (
            lambda: capped(right=ACTIVE._replace(units=UNITS)),
            "right.units: int32 of shape (2,); give whole numbers of shape (2, 1).",
        ),
    ],
    "dopamine.kernels.arc_cosine": [
        *rows_of(lambda x: kernels.arc_cosine(x, X), "left"),
        *rows_of(lambda x: kernels.arc_cosine(X, x), "right"),
    ],
    "dopamine.ridge.solve": [
        *parts.labels(lambda x: solve(labels=x), "labels", 4, 2),
        *parts.counts(lambda x: solve(num_classes=x), "num_classes", 2),
        *parts.numbers(lambda x: solve(penalty=x), "penalty", 0.0, -1.0),
        (lambda: solve(jnp.ones((4, 5))), "kernel of shape (4, 5): give the examples' own, (S, S)"),
        (lambda: solve(jnp.ones(4)), "kernel: float32 of shape (4,); give floats of shape (S, S)."),
        (lambda: solve([[1.0]]), "kernel: it is list; give an array of floats of shape (S, S)."),
    ],
    "dopamine.rules.make": [
        (lambda: rules.make("hebb"), "rule=hebb: unknown; the known ones are c1, c1_baseline, c2_"),
        (lambda: rules.make(["c1"]), "rule=['c1']: unknown; the known ones are c1, c1_baseline"),
        (lambda: rules.make("c1", rate=0.1), "rate=0.1: unknown to the rule c1; it has no option"),
        (
            lambda: rules.make("agrel", rate=0.1),
            "rate=0.1: unknown to the rule agrel; its options are uncertainty, largest_gain.",
        ),
        *[
            row
            for rule, option, outside in (
                ("agrel", "uncertainty", (-0.1, 1.0)),
                ("agrel", "largest_gain", (0.5,)),
                ("prediction_error", "uncertainty", (-0.1, 1.0)),
                ("c1_baseline", "rate", (0.0, 1.1)),
                ("reward_baseline", "rate", (0.0, 1.1)),
                ("c2_plus_below", "epsilon0", (0.0, -1.0)),
            )
            for row in parts.numbers(
                lambda x, rule=rule, option=option: rules.make(rule, **{option: x}),
                option,
                *outside,
            )[:-1]
        ],
        (lambda: rules.C2(0, "below"), "sign=0, gate=below: the sign is 1 or -1, the gate below o"),
        (lambda: rules.C2(1, "at"), "sign=1, gate=at: the sign is 1 or -1, the gate below or abo"),
    ],
    "dopamine.rules.option_names": [
        (lambda: rules.option_names("hebb"), "rule=hebb: unknown; the known ones are c1, c1_base"),
    ],
}
