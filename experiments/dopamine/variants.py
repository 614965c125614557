"""What table 2 calls a model of dopamine: a rule, in one of the readings of who has fired."""

import dataclasses
import itertools

from nne_jax import plasticity, plasticity_rules
from nne_jax.random_features import FIRED_HIDDEN
from nne_jax.types import InputError


@dataclasses.dataclass(frozen=True)
class Variant:
    """A rule and what counts as having fired on either side of a synapse."""

    rule: str
    fired_output: str
    fired_hidden: str = "graded"
    uncertainty: float = 0.0  # of the reward, for the rules that have it

    @property
    def name(self) -> str:
        """Such as ``agrel-sampled-graded-u0.1``."""
        unsure = f"-u{self.uncertainty:g}" if self.uncertainty else ""
        return f"{self.rule}-{self.fired_output}-{self.fired_hidden}{unsure}"

    @property
    def model(self) -> str:
        """What a table calls it; the delta rule of every output is gradient descent, a control."""
        is_gradient = self.rule == "prediction_error" and self.fired_output == "every"
        return "sgd:unit" if is_gradient else f"dnn:{self.rule}"

    def __post_init__(self):
        self.make()
        plasticity.check(self.fired_output, 1.0)
        if self.fired_hidden not in FIRED_HIDDEN:
            known = ", ".join(FIRED_HIDDEN)
            raise InputError(
                f"--fired_hidden={self.fired_hidden}: unknown; the known ones are {known}."
            )

    def make(self) -> plasticity.Rule:
        """The rule itself; an InputError says what is wrong with it."""
        options = {"uncertainty": self.uncertainty} if self.uncertainty else {}
        return plasticity_rules.make(self.rule, **options)


_C2 = [name for name in plasticity_rules.RULES if name.startswith("c2")]
# Both descriptions of the paper in every reading: "every" output fired is the one without fired(j).
PAPER_VARIANTS = [
    Variant(rule, output, hidden)
    for rule, outputs in [
        ("c1", ("winner", "threshold", "graded", "every")),
        *((rule, ("winner", "every")) for rule in _C2),
    ]
    for output in outputs
    for hidden in ("graded", "binary")
]
WITH_UNCERTAINTY = ("prediction_error", "agrel")
OUR_VARIANTS = [
    Variant("c1", "sampled"),
    Variant("c1_baseline", "winner"),
    Variant("c1_baseline", "sampled"),
    Variant("reward_baseline", "sampled"),
    *(
        Variant(rule, output, uncertainty=uncertainty)
        for rule, output, uncertainties in (
            ("prediction_error", "winner", (0.0, 0.1)),
            ("prediction_error", "sampled", (0.0, 0.3)),
            ("agrel", "sampled", (0.0, 0.1, 0.3)),
        )
        for uncertainty in uncertainties
    ),
    Variant("prediction_error", "every"),  # plain SGD, one image at a time
]


def variants(rules: list[str], **replaced: list) -> list[Variant]:
    """The readings of some rules.

    Args:
      rules: names of ``plasticity_rules.RULES``.
      **replaced: values of fields of ``Variant``, all of which take the place of their own.

    Raises:
      InputError: a rule or a kind of firing that is unknown.

    >>> [variant.name for variant in variants(["c1_baseline"], fired_output=["every"])]
    ['c1_baseline-every-graded']
    """
    chosen = []
    for rule in rules:
        plasticity_rules.make(rule)  # or it says which there are
        own = [variant for variant in PAPER_VARIANTS + OUR_VARIANTS if variant.rule == rule]
        new = {k: v for k, v in replaced.items() if k != "uncertainty" or rule in WITH_UNCERTAINTY}
        for variant, values in itertools.product(own, itertools.product(*new.values())):
            chosen.append(dataclasses.replace(variant, **dict(zip(new, values, strict=True))))
    return list(dict.fromkeys(chosen))
