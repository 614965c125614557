"""From a config to the objects of a run, with every check that can be made before it starts."""

import functools
from typing import Any, NamedTuple

import jax
import optax

import nne_jax as nne
from experiments.run import checks
from experiments.run.config import Config
from nne_jax.engines import memory
from nne_jax.types import Key, PopulationFitness, Rule, Step

_SMALLEST_SHARE = 64  # individuals: engines compute as many together


class Run(NamedTuple):
    """What a run is made of."""

    config: Config
    dataset: nne.data.Dataset
    net: nne.network.Network
    gen: nne.genome.Genome
    engine: str
    devices: list[jax.Device] | None  # that share a population; None for the default one
    state: Any  # before the first generation
    step: Step
    batches: nne.data.Batch | nne.data.Minibatches
    population_accuracy: PopulationFitness  # for ``evaluation.evaluate``
    key_evaluation: Key
    key_lifetime: Key
    memory_bytes: int

    @property
    def batch_size(self) -> int:
        """Examples that every genotype is tested on in a generation."""
        return self.config.batch_size or self.dataset.train.labels.shape[0]


def assemble(config: Config) -> Run:
    """Loads the data, draws the network and the genome, and makes the generation step.

    Raises:
      InputError: anything that would make the run fail later.
    """
    keys = jax.random.split(jax.random.key(config.seed), 6)
    key_data, key_network, key_genome, key_run, key_evaluation, key_lifetime = keys
    dataset = nne.data.select(
        key_data,
        nne.data.load(config.dataset, config.data_dir or None),
        classes=config.classes or None,
        per_class=config.per_class,
        validation_per_class=config.validation_per_class,
    )
    train = dataset.train
    checks.check_batch_sizes(config, train.labels.shape[0])
    layer_sizes = (train.inputs.shape[1], *config.hidden, len(dataset.classes))
    edge_probs = (config.edge_prob,) * len(config.hidden) + (1.0,)
    expected = memory.expected(layer_sizes, edge_probs, config.num_genes, config.gene_density)
    devices = devices_for(config.population_size)
    platform = memory.platform(devices)
    engine = config.engine
    if engine == "auto":
        engine = nne.engines.choose(expected, platform)
    nne.engines.check(expected, engine, config.precision, platform)
    memory_bytes = checks.check_memory(config, dataset, expected, engine, platform)

    net = nne.network.init(key_network, layer_sizes, edge_probs)
    gen = nne.genome.init(key_genome, net, config.num_genes, config.gene_density)
    checks.check_epsilon(config, net, gen, train.inputs)
    make = functools.partial(
        nne.engines.make, net, gen, engine=engine, precision=config.precision, devices=devices
    )
    fitness_fn = functools.partial(
        nne.fitness.FITNESS[config.fitness], temperature=config.temperature
    )
    fitness = make(fitness_fn, chunk_size=config.chunk_size or None, inputs=train.inputs)
    state, step = _evolution(config, key_run, fitness)
    return Run(
        config=config,
        dataset=dataset,
        net=net,
        gen=gen,
        engine=engine,
        devices=devices,
        state=state,
        step=step,
        batches=nne.data.Minibatches(train, config.batch_size) if config.batch_size else train,
        population_accuracy=make(nne.fitness.fraction_correct),
        key_evaluation=key_evaluation,
        key_lifetime=key_lifetime,
        memory_bytes=memory_bytes,
    )


def _evolution(config: Config, key: Key, fitness: PopulationFitness) -> tuple[Any, Step]:
    """First state and generation step of the mode of evolution that a config names."""
    rule, n, size = make_rule(config), config.num_genes, config.population_size
    if config.evolution == "nne":
        step = nne.evolution.make_generation_step(fitness, rule, size, config.antithetic)
        return nne.evolution.init(key, n, rule, config.initial_spread), step
    step = nne.wright_fisher.make_generation_step(
        fitness, rule, config.mutation_rate, config.recombination_rate
    )
    return nne.wright_fisher.init(key, n, size, config.initial_spread), step


def make_rule(config: Config) -> Rule:
    """The selection rule that a config names, with mutation where its rate is not 0.

    Not for a Wright-Fisher population, which mutates genotypes, not frequencies.
    """
    match config.selection:
        case "weak":
            rule = nne.selection.replicator(config.epsilon)
        case "intensity":
            schedule = nne.selection.hyperbolic(config.selection_intensity, config.intensity_decay)
            rule = nne.selection.intensity(schedule)
        case "truncation":
            rule = nne.selection.truncation(config.selected_fraction)
        case _:
            rule = nne.selection.log_odds_gradient(optax.adam(config.learning_rate))
    mutates = config.mutation_rate and config.evolution == "nne"
    return nne.selection.with_mutation(rule, config.mutation_rate) if mutates else rule


def devices_for(population_size: int) -> list[jax.Device] | None:
    """As many devices as have a share of the population that is worth it; None for one."""
    most = population_size // _SMALLEST_SHARE
    return jax.devices()[:most] if min(jax.device_count(), most) > 1 else None
