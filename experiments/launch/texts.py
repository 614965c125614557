"""What a user could type behind a flag: ordinary values, those at its bounds, and absurd ones."""

import random
import typing
from typing import Any

from absl import flags as absl_flags

_DURATIONS = {  # as long as asked for is no hang
    "num_generations", "lifetime_iterations", "epochs", "search_epochs", "wide_gradient_epochs",
    "search_settings", "search_seconds", "seconds", "rounds", "scale", "epsilons",
    "epsilon_generations", "ceiling_steps",
}  # fmt: skip
_WORDS = ["", " ", "x", "nan", "inf", "-inf", "1e308", "-1", "1" + "0" * 18, "0x10", "1e3", "1.5",
          "é", "٣", "'", '"', "$HOME", "--", "-", "a b", "\\", "None", "true", "9" * 5000,
          ",", "1,,2", "0-99999999999", "a\nb", "a\0b"]  # fmt: skip
_PATHS = ["", "~", "~/x.json", "~no_such_user/x", "file", "folder", "link", "file/x.json", ".",
          "/", "/dev/null", "/dev/full", "x.json", "new/é.json", "own.npz", "digits", "-x",
          "y" * 300 + ".json", "new folder/it's", "folder/x.json", "folder/../z.json"]  # fmt: skip


def value(rng: random.Random, flag: absl_flags.Flag) -> str:
    """A text for a flag, by its type and bounds."""
    if flag.boolean:
        return rng.choice(["true", "false", "1", "0", "maybe", ""])
    if rng.random() < 0.15:
        return rng.choice(_WORDS)
    kind, metadata = flag.parser.kind, flag.parser.metadata
    if metadata["is_path"]:
        return rng.choice(_PATHS)
    if metadata["repeated"]:
        return rng.choice(["temperature=1,3", "seed=1,2", "hidden=3,4", "x=1", "num_genes=5,5.0",
                           "classes=0-1,0-2", "temperature=1,1.0", "antithetic=true,false",
                           "dataset=../x,digits", "epsilon=1"])  # fmt: skip
    if typing.get_origin(kind) is not tuple:
        return _one(rng, flag.name, kind, metadata)
    (inner, _) = typing.get_args(kind)
    parts = [_one(rng, flag.name, inner, metadata) for _ in range(rng.choice([1, 1, 2, 3]))]
    return ",".join(parts)


def _one(rng: random.Random, name: str, kind: type, metadata: Any) -> str:
    """A text for one value: often an ordinary one, or one at its bounds."""
    bounds = metadata["bounds"]
    if bounds.choices:
        return rng.choice([*bounds.choices, "best"])
    if kind is str or metadata["parse"]:
        return rng.choice(["0-1", "0-4", "3", "00-1", "5-2", "0,1", "12", "inf", "0", "10000001"])
    edges = [edge for edge in (bounds.low, bounds.high, bounds.above, bounds.below) if edge]
    if kind is int:
        whole = [*map(int, edges), *(int(edge) - 1 for edge in edges), 0, 1, 2, 3, 4, 5]
        whole += [] if name in _DURATIONS else [2**31 - 1, 2**31, 2**32, 10**12, 7, 20]
        return str(rng.choice([x for x in whole if x < 1000 or name not in _DURATIONS]))
    numbers = [*edges, 0.0, -0.0, 0.01, 0.3, 0.5, 1.0, 1e-30, 1e-300, 1e6, 1e7, 1e38, -0.5]
    small = [0.0, -1.0, 0.005, 0.01, 1e-300, 1.5]
    return repr(rng.choice(small if name in _DURATIONS else numbers))
