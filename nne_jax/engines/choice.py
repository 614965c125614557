"""Which engine: the names, the fastest one by rule, and whether one can do what is asked."""

import importlib

import jax.numpy as jnp

from nne_jax.engines.interface import Engine, Sizes
from nne_jax.errors import InputError

_WORTH_GATHERING = 20_000  # inputs times units of the first layer: dense products are then slow
PRECISIONS = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}
# A file each, whose ``ENGINE`` it is.
ENGINES = ("dense", "gathered", "layered", "batched", "fused")


def find(engine: str | Engine) -> Engine:
    """The engine of a name; an engine of your own as it is. The file is loaded when it is used.

    Raises:
      InputError: an unknown name.
    """
    if isinstance(engine, Engine):
        return engine
    if engine not in ENGINES:
        known = ", ".join(["auto", *ENGINES])
        raise InputError(f"engine={engine}: unknown; give an Engine or one of {known}.")
    return importlib.import_module(f"nne_jax.engines.{engine}").ENGINE


def choose(sizes: Sizes, platform: str) -> str:
    """The fastest engine for a network, by rule.

    On a CPU the gathered products, where the first layer is sparse and large enough to be worth
    the compilation; ``layered`` where the gathered ones are not all. Elsewhere dense products.
    """
    _check_sizes(sizes)
    pairs, links = sizes.layer_sizes[0] * sizes.layer_sizes[1], sizes.layer_links[0]
    sparse = pairs >= _WORTH_GATHERING and links <= 0.5 * pairs
    if platform == "cpu" and sparse:
        possible = (e for e in ("gathered", "layered") if not find(e).problem(sizes, platform))
        return next(possible, "dense")
    return "dense"


def check(sizes: Sizes, engine: str | Engine, precision: str, platform: str) -> None:
    """Raises an InputError unless an engine can do this; see ``network_fitness.make``."""
    _check_sizes(sizes)
    found = find(engine)
    if precision not in PRECISIONS:
        raise InputError(
            f"precision={precision}: unknown; the known ones are {', '.join(PRECISIONS)}."
        )
    if problem := found.problem(sizes, platform):
        name = engine if isinstance(engine, str) else "your own"
        possible = [other for other in ENGINES if not find(other).problem(sizes, platform)]
        raise InputError(f"engine={name}: {problem}; possible here: {', '.join(possible)}.")


def _check_sizes(sizes: Sizes) -> None:
    if not isinstance(sizes, Sizes):
        raise InputError(f"sizes: it is {type(sizes).__name__}; give Sizes.of(net, gen).")
