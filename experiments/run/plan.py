"""A run before anything of it is drawn: its data, its sizes, its engine, and whether they fit."""

from typing import NamedTuple

import jax

import nne_jax as nne
from experiments.run import checks
from experiments.run.config import Config
from experiments.run.moves import check_moves
from experiments.run.stages import stages_of
from nne_jax.engines import memory
from nne_jax.types import Key

_SMALLEST_SHARE = 64  # individuals: engines compute as many together


class Keys(NamedTuple):
    """What is random about a run, by its seed."""

    data: Key
    network: Key
    genome: Key
    run: Key
    evaluation: Key
    lifetime: Key


class Plan(NamedTuple):
    """What a run needs."""

    keys: Keys
    dataset: nne.data.Dataset  # the sample of the run's seed
    layer_sizes: tuple[int, ...]
    edge_probs: tuple[float, ...]
    engine: str
    devices: list[jax.Device] | None  # that share a population; None for the default one
    memory_bytes: int


def load(config: Config) -> nne.data.Dataset:
    """The whole data set that a config names."""
    return nne.data.load(config.dataset, config.data_dir or None)


def plan(config: Config, whole: nne.data.Dataset) -> Plan:
    """Takes the sample, chooses the engine, and estimates the memory.

    Args:
      config: the options.
      whole: of ``load``.

    Raises:
      InputError: images, classes, an engine or memory that there are not.
    """
    keys = Keys(*jax.random.split(jax.random.key(config.seed), 6))
    dataset = nne.data.select(
        keys.data,
        whole,
        classes=config.classes or None,
        per_class=config.per_class,
        validation_per_class=config.validation_per_class,
    )
    train = dataset.train
    checks.check_batch_sizes(config, train.labels.shape[0])
    check_moves(config, train.inputs.shape[1])
    layer_sizes = (train.inputs.shape[1], *config.hidden, len(dataset.classes))
    edge_probs = (config.edge_prob,) * len(config.hidden) + (1.0,)
    density = config.genes_per_link / config.num_genes
    expected = memory.expected(layer_sizes, edge_probs, config.num_genes, density)
    devices = devices_for(stages_of(config)[-1].population_size)
    platform = memory.platform(devices)
    engine = config.engine
    if engine == "auto":
        engine = nne.engines.choose(expected, platform)
    nne.engines.check(expected, engine, config.precision, platform)
    memory_bytes = checks.check_memory(config, dataset, expected, engine, platform)
    return Plan(keys, dataset, layer_sizes, edge_probs, engine, devices, memory_bytes)


def devices_for(population_size: int) -> list[jax.Device] | None:
    """As many devices as have a share of the population that is worth it; None for one.

    All of them where several processes share it.
    """
    if jax.process_count() > 1:
        return jax.devices()
    most = population_size // _SMALLEST_SHARE
    return jax.devices()[:most] if min(jax.device_count(), most) > 1 else None
