"""From a config to the objects of a run, with every check that can be made before it starts."""

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax
import optax

import nne_jax as nne
from experiments.run import checks, combinations
from experiments.run.config import Config
from experiments.run.moves import batches_of, lit, moved
from experiments.run.plan import Plan, load, plan
from experiments.run.stages import stages_of
from nne_jax._shares import on_each
from nne_jax.types import Key, PopulationFitness, Rule, Step


class Phase(NamedTuple):
    """Generations of a run that have one step."""

    start: int  # generations before it
    step: Step
    batches: nne.data.Batch | nne.data.Minibatches | nne.data.Jitter


class Run(NamedTuple):
    """What a run is made of."""

    config: Config
    dataset: nne.data.Dataset
    net: nne.network.Network
    gen: nne.genome.Genome
    engine: str
    devices: list[jax.Device] | None  # that share a population; None for the default one
    state: Any  # before the first generation
    phases: tuple[Phase, ...]  # one, but where populations or batches grow
    population_accuracy: PopulationFitness  # for ``evaluation.evaluate``
    key_evaluation: Key
    key_lifetime: Key
    memory_bytes: int

    @property
    def step(self) -> Step:
        """The generation step, of the first phase."""
        return self.phases[0].step

    @property
    def batches(self) -> nne.data.Batch | nne.data.Minibatches | nne.data.Jitter:
        """The images of a generation, of the first phase."""
        return self.phases[0].batches

    @property
    def batch_size(self) -> int:
        """Examples that every genotype is tested on in a generation of the first phase."""
        return self.config.batch_size or self.dataset.train.labels.shape[0]


def assemble(config: Config) -> Run:
    """Loads the data, draws the network and the genome, and makes the generation step.

    Raises:
      InputError: anything that would make the run fail later.
    """
    planned = plan(config, load(config))
    keys, dataset = planned.keys, planned.dataset
    net, gen = _draw(config, planned)
    make = functools.partial(
        nne.engines.make, net, gen, engine=planned.engine, precision=config.precision,
        devices=planned.devices,
    )  # fmt: skip
    fitness = make(
        _fitness_fn(config), chunk_size=config.chunk_size or None, inputs=lit(config, dataset.train)
    )
    state = _first_state(config, keys.run)
    phases = [
        Phase(
            stage.start,
            _step(config, fitness, stage.population_size),
            batches_of(config, dataset.train, stage.batch_size),
        )
        for stage in stages_of(config)
    ]
    # Copied once, not at each call.
    state, phases = on_each(planned.devices or (), (state, tuple(phases)))
    return Run(
        config=config,
        dataset=dataset,
        net=net,
        gen=gen,
        engine=planned.engine,
        devices=planned.devices,
        state=state,
        phases=phases,
        population_accuracy=make(nne.fitness.fraction_correct, devices=_own(planned.devices)),
        key_evaluation=keys.evaluation,
        key_lifetime=keys.lifetime,
        memory_bytes=planned.memory_bytes,
    )


def _own(devices: Sequence[jax.Device] | None) -> Sequence[jax.Device] | None:
    """Those of this process: an evaluation is no work that processes share."""
    if jax.process_count() == 1 or devices is None:
        return devices
    return jax.local_devices() if jax.local_device_count() > 1 else None


def check_runs(configs: Iterable[Config], seeds: Sequence[int]) -> None:
    """Refuses before the first of several runs what would make a later one fail.

    Args:
      configs: of the runs; their seeds are replaced.
      seeds: the seeds.

    Raises:
      InputError: see ``assemble``.
    """
    loaded: dict[tuple[str, str], nne.data.Dataset] = {}
    for config in configs:
        name = config.dataset, config.data_dir
        loaded[name] = loaded[name] if name in loaded else load(config)
        for seed in seeds:
            own = dataclasses.replace(config, seed=seed)
            planned = plan(own, loaded[name])
            if combinations.depends_on_what_is_drawn(own):
                _draw(own, planned)


def _draw(config: Config, planned: Plan) -> tuple[nne.network.Network, nne.genome.Genome]:
    """The network and the genome, in which an epsilon is admissible if there is one."""
    net = nne.network.init(planned.keys.network, planned.layer_sizes, planned.edge_probs)
    gen = nne.genome.init(
        planned.keys.genome, net, config.num_genes, genes_per_weight=config.genes_per_link,
        num_chromosomes=config.num_chromosomes,
    )  # fmt: skip
    if combinations.depends_on_what_is_drawn(config):
        inputs = moved(planned.keys.data, config, planned.dataset.train).inputs
        checks.check_epsilon(config, net, gen, inputs)
    return net, gen


def _fitness_fn(config: Config) -> Any:
    smoothing = {"label_smoothing": config.label_smoothing} if config.label_smoothing else {}
    fitness_fn = functools.partial(nne.fitness.FITNESS[config.fitness], **smoothing)
    if not config.temperature_decay:
        return functools.partial(fitness_fn, temperature=config.temperature)
    cooling = nne.selection.hyperbolic(config.temperature, config.temperature_decay)
    return nne.fitness.scheduled(fitness_fn, temperature=cooling)


def _first_state(config: Config, key: Key) -> Any:
    n, spread = config.num_genes, config.initial_spread
    if config.evolution == "nne":
        return nne.evolution.init(key, n, make_rule(config), spread)
    return nne.wright_fisher.init(key, n, config.population_size, spread)


def _step(config: Config, fitness: PopulationFitness, population_size: int) -> Step:
    """Generation step of the mode of evolution that a config names."""
    rule = make_rule(config)
    if config.evolution == "nne":
        shared = bool(config.num_haplotypes)
        return nne.evolution.make_generation_step(
            fitness,
            rule,
            population_size,
            config.antithetic,
            num_haplotypes=config.num_haplotypes if shared else None,
            num_chromosomes=config.num_chromosomes if shared else None,
        )
    return nne.wright_fisher.make_generation_step(
        fitness, rule, config.mutation_rate, config.recombination_rate
    )


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
        case "pbil":
            rule = nne.selection.pbil(config.learning_rate, config.selected_fraction)
        case _:
            rule = nne.selection.log_odds_gradient(optax.adam(config.learning_rate))
    mutates = config.mutation_rate and config.evolution == "nne"
    return nne.selection.with_mutation(rule, config.mutation_rate) if mutates else rule
