"""Runs that evolve side by side, in one program: of several seeds, or of settings that are numbers.

Data, network and genome are those of the first one; what differs is the key of a run, and what its
step and first state have of numbers.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax

import nne_jax as nne
from experiments.run.config import Config
from experiments.run.plan import keys_of, worth_it
from experiments.run.steps import Mode, make_first_state, make_step
from nne_jax._shares import AXIS, SEEDS
from nne_jax.types import PopulationFitness

MOST = 1000  # populations side by side
# Options on which the compiled program does not depend.
NUMBERS = (
    "epsilon", "fixation_threshold", "initial_spread", "intensity_decay", "mutation_rate",
    "recombination_rate", "selected_fraction", "selection_intensity", "temperature",
    "temperature_decay",
)  # fmt: skip


def of_seeds(config: Config) -> list[Config]:
    """The configs of ``--num_seeds``.

    >>> [one.seed for one in of_seeds(Config(seed=3, num_seeds=2))]
    [3, 4]
    """
    seeds = range(config.seed, config.seed + config.num_seeds)
    return [dataclasses.replace(config, seed=seed, num_seeds=1) for seed in seeds]


def first_state(configs: Sequence[Config], mode: Mode) -> Any:
    """The state before the first generation; of several, that of replicates."""
    states = [make_first_state(config, keys_of(config.seed).run, mode) for config in configs]
    return states[0] if len(states) == 1 else nne.replicates.init(states)


def step_of(
    configs: Sequence[Config],
    mode: Mode,
    fitness: Callable[[Config], PopulationFitness],
    size: int,
    batches: Any,
) -> tuple[Any, Any]:
    """The generation step and its batches; of several, that of replicates, which has them itself.

    Args:
      configs: of the runs.
      mode: theirs.
      fitness: makes that of a config.
      size: of a population.
      batches: of any of them.

    Raises:
      InputError: they need more programs than one.
    """
    steps = [make_step(config, fitness(config), size, mode) for config in configs]
    if len(steps) == 1:
        return steps[0], batches
    return nne.replicates.make_generation_step(steps, batches), None


def mesh_for(
    number: int, population_size: int, num_devices: int, by_haplotype: bool = False
) -> jax.sharding.Mesh | None:
    """A mesh of this machine's devices: replicates lie along one axis, each along the other.

    On a CPU along one of the two only: then they are the same to the bit as alone.

    Args:
      number: of replicates.
      population_size: individuals of each.
      num_devices: as many of the devices; 0 for all, but none whose share is not worth it.
      by_haplotype: whether they are computed by haplotype.

    Returns:
      None where one device is enough.
    """
    most = num_devices or jax.device_count()
    seeds = math.gcd(number, most)
    if jax.default_backend() == "cpu" and seeds < most:
        seeds = 1
    each = most // seeds
    if not num_devices:
        each = max(1, min(each, worth_it(population_size, by_haplotype)))
    if seeds * each == 1:
        return None
    axes = (jax.sharding.AxisType.Auto,) * 2
    devices = jax.devices()[: seeds * each]
    return jax.make_mesh((seeds, each), (SEEDS, AXIS), axes, devices=devices)
