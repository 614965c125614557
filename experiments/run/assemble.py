"""From a config to the objects of a run, with every check that can be made before it starts."""

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax

import nne_jax as nne
from experiments.run import checks, combinations, event_files, side_by_side
from experiments.run.config import Config
from experiments.run.moves import batches_of, lit, moved
from experiments.run.plan import Plan, is_by_haplotype, load, plan
from experiments.run.stages import stages_of
from experiments.run.steps import fitness_fn, mode_of
from nne_jax._pytrees import as_pytree
from nne_jax._shares import on_each
from nne_jax.errors import InputError
from nne_jax.types import Key, PopulationFitness, Step


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
    mesh: jax.sharding.Mesh | None  # of replicates that more than one device has
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


def assemble(config: Config, variants: Sequence[Config] = ()) -> Run:
    """Loads the data, draws the network and the genome, and makes the generation step.

    Args:
      config: the options.
      variants: of ``config.num_seeds`` populations that evolve side by side; by default those of
        as many seeds.

    Raises:
      InputError: anything that would make the run fail later.
    """
    variants = variants or side_by_side.of_seeds(config)
    planned, mesh = plan(config, load(config)), None
    if len(variants) > 1 and jax.process_count() == 1:
        size = stages_of(config)[-1].population_size
        shared = is_by_haplotype(config, planned.engine)
        mesh = side_by_side.mesh_for(len(variants), size, config.num_devices, shared)
        planned = planned._replace(devices=None)
    keys, dataset = planned.keys, planned.dataset
    net, gen = _draw(variants, planned)
    make = functools.partial(
        nne.engines.make, net, gen, engine=planned.engine, precision=config.precision,
        devices=planned.devices,
    )  # fmt: skip
    fitness = make(
        nne.fitness.reward, chunk_size=config.chunk_size or None, inputs=lit(config, dataset.train)
    )
    mode = mode_of(variants)

    def fitness_of(variant: Config) -> PopulationFitness:
        return dataclasses.replace(fitness, fitness_fn=as_pytree(fitness_fn(variant, mode)))

    state = side_by_side.first_state(variants, mode)
    phases = []
    for stage in stages_of(config):
        batches = batches_of(config, dataset.train, stage.batch_size)
        step = side_by_side.step_of(variants, mode, fitness_of, stage.population_size, batches)
        phases.append(Phase(stage.start, *step))
    # Copied once, not at each call.
    state, phases = on_each(planned.devices or (), (state, tuple(phases)))
    return Run(
        config=config,
        dataset=dataset,
        net=net,
        gen=gen,
        engine=planned.engine,
        devices=planned.devices,
        mesh=mesh,
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
        event_files.check(config)
        name = config.dataset, config.data_dir
        loaded[name] = loaded[name] if name in loaded else load(config)
        for seed in seeds:
            own = dataclasses.replace(config, seed=seed)
            planned = plan(own, loaded[name])
            if combinations.depends_on_what_is_drawn(own):
                _draw([own], planned)


def _draw(
    variants: Sequence[Config], planned: Plan
) -> tuple[nne.network.Network, nne.genome.Genome]:
    """The network and the genome, in which every epsilon is admissible if there is one."""
    config = variants[0]
    net = nne.network.init(
        planned.keys.network, planned.layer_sizes, planned.edge_probs, config.activation,
        config.k_cap or None, config.biases,
    )  # fmt: skip
    gen = nne.genome.init(
        planned.keys.genome, net, config.num_genes, genes_per_weight=config.genes_per_link,
        scale=config.effect_scale or "fan_in", num_chromosomes=config.num_chromosomes,
        expression=config.expression,
    )  # fmt: skip
    if config.receptive_field:
        key = jax.random.fold_in(planned.keys.genome, 2)  # 0 and 1 are those that init splits into
        try:
            gen = nne.receptive_fields.arrange(key, net, gen, config.receptive_field)
        except InputError as error:
            raise InputError(f"--receptive_field={config.receptive_field:g}: {error}") from error
    for variant in filter(combinations.depends_on_what_is_drawn, variants):
        inputs = moved(planned.keys.data, config, planned.dataset.train).inputs
        checks.check_epsilon(variant, net, gen, inputs)
    return net, gen
