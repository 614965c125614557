"""What every method of `frontier` gives back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from nne_jax.data import Batch

Setting = dict[str, Any]  # of JSON's types


class Learnt(NamedTuple):
    """What was learned by a setting."""

    setting: Setting  # with where it was stopped, if that is to be chosen too
    accuracy: Callable[[Batch], dict[str, float]]  # by network; validation looks at the first one
