"""Named configs, and the config of a run from one of them."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from experiments.launch.options import as_text
from experiments.run.config import Config
from nne_jax.errors import InputError

_MNIST = {
    "dataset": "mnist",
    "per_class": 200,
    "validation_per_class": 100,
    "hidden": (1000,),
    "edge_prob": 0.1,
}
_MINUTES = Config(
    **{**_MNIST, "hidden": (500,)},
    num_genes=40_000,
    num_chromosomes=50,
    num_haplotypes=32,
    population_size=1024,
    antithetic=True,
    num_generations=12_000,  # times the intensity 3600: few of 40,000 genes are not fixed by then
    batch_size=100,
    selection_intensity=0.3,
    intensity_decay=0.0,
    lifetime_iterations=600,
    eval_every=300,
    checkpoint_every=300,
    precision="bfloat16",
)
PRESETS = {
    "digits": Config(),
    "mnist": dataclasses.replace(_MINUTES, label_smoothing=0.1),
    "mnist_jitter": dataclasses.replace(  # images that move have more to say: more genes
        _MINUTES,
        jitter=1,
        warp=0.2,
        num_genes=80_000,
        num_generations=25_000,
        selection_intensity=0.2,
        eval_every=625,
        checkpoint_every=625,
    ),
    "mnist_fields": dataclasses.replace(  # genes that act on neighbouring pixels
        _MINUTES,
        edge_prob=0.2,
        receptive_field=2.5,
        temperature=30.0,
        label_smoothing=0.1,
        num_generations=6000,
        selection_intensity=0.6,
        eval_every=150,
        checkpoint_every=150,
    ),
    "mnist_60k": dataclasses.replace(  # all training images
        _MINUTES,
        per_class=0,
        num_generations=45_000,
        selection_intensity=0.107,
        eval_every=1500,
        checkpoint_every=1500,
    ),
    "mnist_fast": Config(  # a short way to 78.8 %, the paper's accuracy: a tenth of its units
        **{**_MNIST, "hidden": (100,), "edge_prob": 0.3},
        num_genes=8000,
        receptive_field=2.5,
        num_chromosomes=50,
        num_haplotypes=8,
        population_size=256,
        antithetic=True,
        num_generations=1000,
        batch_size=50,
        temperature=30.0,
        selection_intensity=8.0,
        intensity_decay=0.004,
        eval_every=50,
    ),
    "mnist_wide": Config(  # the paper's network, and what figure 3 varies the genes of
        **_MNIST,
        num_genes=5000,
        population_size=1000,
        antithetic=True,
        num_generations=1200,
        batch_size=100,
        selection_intensity=1.5,
        intensity_decay=0.0005,
        lifetime_iterations=600,
        eval_every=40,
        checkpoint_every=40,
    ),
    "paper": Config(  # section 3.1; the paper does not give epsilon
        **_MNIST,
        initial_spread=1.0,
        population_size=1000,
        num_generations=200_000,
        batch_size=0,
        fitness="reward",
        temperature=1.0,
        selection="weak",
        eval_every=100,
    ),
}


def without_idle(options: dict[str, Any], otherwise: Config | None = None) -> dict[str, Any]:
    """Options without those that nothing looks at beside the others.

    Args:
      options: of ``Config``, and maybe others.
      otherwise: where an option that is not among them stands; None: at what the others need.

    >>> without_idle({"selection": "truncation", "learning_rate": 0.1, "num_genes": 9})
    {'selection': 'truncation', 'num_genes': 9}
    """
    only = {field.name: field.metadata["only"] for field in dataclasses.fields(Config)}

    def is_looked_at(name: str) -> bool:
        if not (needs := only.get(name)):
            return True
        other, *values = needs
        default = values[0] if otherwise is None else getattr(otherwise, other)
        return options.get(other, default) in values

    return {name: value for name, value in options.items() if is_looked_at(name)}


def new_config(preset: str | None, options: dict[str, Any]) -> Config:
    """The config of a preset with some options given on top of it.

    Without a preset it is ``mnist`` for MNIST and its kin, ``digits`` for digits and for files.
    An option of the preset that has no effect beside those given is at its default. Its chromosomes
    are as many as the units and the genes that are given can be shared among.

    Raises:
      InputError: a value out of bounds, or an option that has no effect beside the others.

    >>> new_config(None, {"dataset": "kmnist"}).hidden
    (500,)
    >>> small = new_config("mnist_60k", {"hidden": (16,), "num_genes": 200})
    >>> small.num_chromosomes, small.num_haplotypes
    (8, 32)
    >>> new_config("mnist", {"fitness": "reward"}).label_smoothing  # nothing would look at it
    0.0
    >>> new_config("paper", {"learning_rate": 0.1})
    Traceback (most recent call last):
    nne_jax.errors.InputError: --learning_rate=0.1: has no effect without --selection=adam or pbil.
    """
    if preset is None:
        dataset = options.get("dataset", "digits")
        preset = "digits" if dataset == "digits" or dataset.endswith(".npz") else "mnist"
    adapted = _fitting_chromosomes(PRESETS[preset], options)
    config = dataclasses.replace(PRESETS[preset], **adapted, **options)
    idle = refuse_idle(config, options)
    return dataclasses.replace(config, **{field.name: field.default for field in idle})


def refuse_idle(config: Config, options: Mapping[str, Any]) -> list[dataclasses.Field]:
    """Refuses options given that have no effect beside the others; returns all that have none."""
    looked_at = without_idle(dataclasses.asdict(config))
    idle = [field for field in dataclasses.fields(config) if field.name not in looked_at]
    for field in idle:
        if field.name in options:
            other, *values = field.metadata["only"]
            raise InputError(
                f"--{field.name}={as_text(options[field.name])}: has no effect without "
                f"--{other}={' or '.join(map(str, values))}."
            )
    return idle


def fitting_chromosomes(
    most: int, hidden: tuple[int, ...], num_genes: int, genes_per_link: float
) -> int:
    """As many chromosomes, at most so many, as units and genes can be shared among.

    >>> fitting_chromosomes(50, (500,), 40_000, 5.0), fitting_chromosomes(50, (8, 8), 200, 5.0)
    (50, 1)
    """
    common = math.gcd(*hidden, num_genes) if len(hidden) == 1 else 1
    most = min(most, num_genes // max(1, math.ceil(genes_per_link)))
    return max(number for number in range(1, max(most, 1) + 1) if common % number == 0)


def _fitting_chromosomes(preset: Config, options: dict[str, Any]) -> dict[str, int]:
    """How many chromosomes, and haplotypes, a preset has beside other units and genes."""

    def value(name: str) -> Any:
        return options.get(name, getattr(preset, name))

    most = value("num_chromosomes")
    if "num_chromosomes" not in options:
        most = fitting_chromosomes(most, *map(value, ("hidden", "num_genes", "genes_per_link")))
        if value("k_cap") or value("biases") or value("ploidy") == 2:  # see ``combinations``
            most = 1
    adapted = {"num_chromosomes": most, "num_haplotypes": value("num_haplotypes") * (most > 1)}
    return {name: number for name, number in adapted.items() if name not in options}
