"""What every method of `frontier` gives back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from nne_jax.data import Batch

Setting = dict[str, Any]  # of JSON's types
STOP = "num_generations"  # in the setting of an evolution, once it is chosen


class Learnt(NamedTuple):
    """What was learned by a setting."""

    setting: Setting  # with where it was stopped, if that is to be chosen too
    accuracy: Callable[[Batch], dict[str, float]]  # by network; validation looks at the first one


def stops_of(setting: Setting, most: int) -> tuple[int, ...]:
    """Generations after which an evolution is looked at: a quarter, half and all, or the chosen.

    >>> stops_of({}, 400), stops_of({"num_generations": 100}, 400)
    ((100, 200, 400), (100,))
    """
    if STOP in setting:
        return (setting[STOP],)
    return tuple(sorted({max(1, most // 4), max(1, most // 2), most}))
