"""What ``peers`` chooses among: every model's own network, N, S and rates, drawn at random.

A setting is a dictionary of JSON's types, by the names of ``Config``'s options and three more:
a strategy's ``deviation`` σ, ``rate`` and ``rate_decay`` a: its rate
in generation t is rate / (1 + a t), as the intensity of NNE's selection is.
"""

import dataclasses
import random
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.run.config import Config
from experiments.run.presets import without_idle
from experiments.speed.known import KNOWN, Setting
from nne_jax._files import digest

Space = Mapping[str, Sequence[Any]]

_OF_EVOSAX: Space = {  # all weights of everybody are drawn: smaller networks and populations
    "hidden": ([32], [64], [128], [200]),
    "edge_prob": (0.1, 0.3, 1.0),
    "population_size": (64, 128, 256, 512, 1000),
    "batch_size": (25, 50, 100, 200),
    "deviation": (0.01, 0.02, 0.05, 0.1),
    "rate_decay": (0.0, 0.003, 0.03),
}
SPACES: dict[str, Space] = {
    "nne": {
        "hidden": ([100], [200], [300], [500]),
        "edge_prob": (0.03, 0.05, 0.1, 0.3),
        "num_genes": (2000, 4000, 8000, 20_000),
        "genes_per_link": (5.0,),
        "receptive_field": (0.0, 2.5),
        "antithetic": (True,),
        "num_chromosomes": (5, 10, 20, 50, 100),
        "num_haplotypes": (8, 16, 32),
        "population_size": (64, 128, 256, 512, 1024, 2048),
        "batch_size": (25, 50, 100),
        "temperature": (3.0, 10.0, 30.0, 60.0),
        "selection": ("intensity", "truncation", "adam", "pbil"),
        "selection_intensity": (1.5, 2.0, 3.0, 4.0, 8.0),
        "intensity_decay": (0.0005, 0.002, 0.005),
        "selected_fraction": (0.1, 0.2, 0.3),
        "learning_rate": (0.1, 0.2, 0.3),
    },
    "open_es": {**_OF_EVOSAX, "rate": (0.003, 0.01, 0.03, 0.1)},  # of Adam
    "pgpe": {**_OF_EVOSAX, "rate": (0.003, 0.01, 0.03, 0.1)},
    "snes": {**_OF_EVOSAX, "rate": (0.3, 1.0, 3.0, 10.0)},  # of natural gradients
    "rank_one": {
        "hidden": ([100], [200], [300], [500], [128, 128]),
        "edge_prob": (1.0,),
        "population_size": (128, 256, 512, 1000, 2000, 4000),
        "batch_size": (25, 50, 100, 200, 400),
        "deviation": (0.005, 0.01, 0.02, 0.05),
        "rate_decay": (0.0, 0.001, 0.003, 0.01),
        "rate": (0.003, 0.01, 0.03, 0.1),  # of Adam
    },
}


def settings_of(model: str, number: int) -> list[Setting]:
    """Those of a model that are tried: the ones in ``KNOWN``, and others, the same every time.

    Args:
      model: one of ``SPACES``.
      number: how many; fewer where the space has no more. More of them begin with the same ones.

    >>> len(settings_of("rank_one", 5)), settings_of("snes", 9)[:4] == settings_of("snes", 4)
    (5, True)
    """
    rng, found = random.Random(model), {}
    for setting in KNOWN.get(model, []):
        found[name_of(setting)] = without_idle(setting)
    for _ in range(20 * number):
        if len(found) >= number:
            break
        drawn = {name: rng.choice(values) for name, values in SPACES[model].items()}
        drawn = without_idle(drawn)
        found.setdefault(name_of(drawn), drawn)
    return list(found.values())[:number]


def config_of(setting: Setting, base: Config) -> Config:
    """The config of a setting on the data of another config; a strategy has no genes."""
    own = {name: setting[name] for name in setting if hasattr(base, name)}
    if "num_genes" not in own:
        own |= {"num_genes": 1, "genes_per_link": 0.0}
    return dataclasses.replace(base, **{**own, "hidden": tuple(setting["hidden"])})


def name_of(setting: Setting) -> str:
    """A few letters that stand for a setting, for the name of a file."""
    return digest(without_idle(setting))[:10]


def in_words(setting: Setting) -> str:
    """Its values, for a line of a table.

    >>> in_words({"hidden": [128, 128], "batch_size": 100, "rate": 0.01})
    'hidden 128-128, S 100, rate 0.01'
    """
    short = {"population_size": "N", "batch_size": "S", "num_genes": "n", "deviation": "σ"}
    values = {**setting, "hidden": "-".join(map(str, setting["hidden"]))}
    return ", ".join(f"{short.get(name, name)} {value}" for name, value in values.items())
