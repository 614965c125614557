"""What table 2 calls a model of dopamine: a rule, in one of the readings of who has fired."""

import dataclasses
import itertools

from nne_jax.dopamine import FIRED_HIDDEN, Rule, learning, rules
from nne_jax.errors import InputError


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
        unsure = f"-u{self.uncertainty}" if self.uncertainty else ""
        return f"{self.rule}-{self.fired_output}-{self.fired_hidden}{unsure}"

    @property
    def model(self) -> str:
        """What a table calls it; the delta rule of every output is gradient descent, a control."""
        is_gradient = dataclasses.replace(self, uncertainty=0.0) == DELTA_RULE
        return "sgd:unit" if is_gradient else f"dnn:{self.rule}"

    def __post_init__(self):
        self.make()
        learning.check(self.fired_output, 1.0)
        if self.fired_hidden not in FIRED_HIDDEN:
            known = ", ".join(FIRED_HIDDEN)
            raise InputError(
                f"fired_hidden={self.fired_hidden}: unknown; the known ones are {known}."
            )

    @property
    def has_uncertainty(self) -> bool:
        """Whether the rule looks at the uncertainty."""
        return "uncertainty" in rules.option_names(self.rule)

    def make(self) -> Rule:
        """The rule itself; an InputError says what is wrong with it."""
        options = {"uncertainty": self.uncertainty} if self.uncertainty else {}
        return rules.make(self.rule, **options)


_C2 = [name for name in rules.RULES if name.startswith("c2")]
# Both descriptions of the paper in every reading: "every" output fired is the one without fired(j).
PAPER_VARIANTS = [
    Variant(rule, output, hidden)
    for rule, outputs in [
        ("c1", ("winner", "threshold", "graded", "every")),
        *((rule, ("winner", "every")) for rule in _C2),
    ]
    for output in outputs
    for hidden in FIRED_HIDDEN
]
DELTA_RULE = Variant("prediction_error", "every")  # plain SGD, one example at a time
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
    DELTA_RULE,
]


def variants(
    names: tuple[str, ...],
    fired_output: tuple[str, ...] = (),
    fired_hidden: tuple[str, ...] = (),
    uncertainty: tuple[float, ...] = (),
) -> list[Variant]:
    """The readings of some rules.

    Args:
      names: of ``rules.RULES``.
      fired_output, fired_hidden, uncertainty: what to read them in, in place of their own readings
        where any is given; rules without an uncertainty ignore one.

    Raises:
      InputError: a rule or a kind of firing that is unknown, an uncertainty outside [0, 1).

    >>> [variant.name for variant in variants(["c1_baseline"], fired_output=["every"])]
    ['c1_baseline-every-graded']
    """
    chosen = []
    for rule in names:
        rules.make(rule)  # or it says which there are
        own = [variant for variant in PAPER_VARIANTS + OUR_VARIANTS if variant.rule == rule]
        has_uncertainty = "uncertainty" in rules.option_names(rule)
        readings = itertools.product(
            own,
            fired_output or [None],
            fired_hidden or [None],
            (has_uncertainty and uncertainty) or [None],
        )
        for variant, *values in readings:
            given = zip(("fired_output", "fired_hidden", "uncertainty"), values, strict=True)
            new = {name: value for name, value in given if value is not None}
            chosen.append(dataclasses.replace(variant, **new))
    return list(dict.fromkeys(chosen))
