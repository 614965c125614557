"""From a config to the objects of a run, with every check that can be made before it starts."""

import functools
import itertools
import math
from typing import NamedTuple

import jax
import optax

import nne_jax as nne
from experiments.config import Config
from nne_jax.types import InputError, Key, round_down

State = nne.evolution.NNEState | nne.wright_fisher.WrightFisherState
_SMALLEST_SHARE = 64  # individuals: engines compute as many together
_FLOPS_PER_SECOND = {"cpu": 5e10}  # a low guess, to keep a block of generations about a second
_ACCELERATOR_FLOPS_PER_SECOND = 1e13


class Run(NamedTuple):
    """What a run is made of."""

    config: Config
    dataset: nne.data.Dataset
    net: nne.network.Network
    gen: nne.genome.Genome
    state: State  # before the first generation
    step: nne.evolution.Step
    of_genotypes: nne.engines.PopulationFitness  # their accuracy, for ``evaluation.measure``
    batches: nne.data.Batch | nne.data.Minibatches
    key_evaluation: Key
    key_lifetime: Key
    memory_bytes: int
    how: dict  # engine, precision and devices of ``engines.make``

    @property
    def batch_size(self) -> int:
        """Images that every genotype is tested on in a generation."""
        return self.config.batch_size or self.dataset.train.labels.shape[0]

    @property
    def block_size(self) -> int:
        """Generations between two looks at the run: a divisor of both intervals, about a second."""
        sizes = self.net.layer_sizes
        flops = 2 * self.batch_size * sum(a * b for a, b in itertools.pairwise(sizes))
        rate = _FLOPS_PER_SECOND.get(jax.default_backend(), _ACCELERATOR_FLOPS_PER_SECOND)
        generation_seconds = flops * self.config.population_size / rate
        interval = math.gcd(self.config.eval_every, self.config.checkpoint_every)
        divisors = (d for d in range(1, interval + 1) if interval % d == 0)
        return max(d for d in divisors if d == 1 or d * generation_seconds < 2)


def assemble(config: Config) -> Run:
    """Loads the data, draws the network and the genome, and makes the generation step.

    Raises:
      InputError: anything that would make the run fail later.
    """
    keys = jax.random.split(jax.random.key(config.seed), 6)
    key_data, key_network, key_genome, key_run, key_evaluation, key_lifetime = keys
    dataset = nne.data.load(config.dataset, config.data_dir or None)
    dataset = nne.data.select(
        dataset,
        key_data,
        classes=config.class_list,
        per_class=config.per_class,
        validation_per_class=config.validation_per_class,
    )
    _check_batch_sizes(config, dataset.train.labels.shape[0])
    sizes = (dataset.train.images.shape[1], *config.hidden_sizes, len(dataset.classes))
    edge_probs = (config.edge_prob,) * len(config.hidden_sizes) + (1.0,)
    memory_bytes = _check_memory(config, dataset, sizes, edge_probs)

    net = nne.network.init(key_network, sizes, edge_probs)
    how = _engine(config, net) | {"devices": _devices(config)}
    gen = nne.genome.init(key_genome, net, config.num_genes, config.gene_density)
    _check_epsilon(config, net, gen, dataset.train.images)
    state, step = _mode(
        config,
        key_run,
        *nne.genome.without_silent_inputs(net, gen, dataset.train.images),
        population_size=config.population_size,
        fitness_fn=functools.partial(
            nne.fitness.FITNESS[config.fitness], temperature=config.temperature
        ),
        chunk_size=config.chunk_size or None,
        **how,
    )
    return Run(
        config=config,
        dataset=dataset,
        net=net,
        gen=gen,
        state=state,
        step=step,
        of_genotypes=nne.evaluation.make(net, gen, **how),
        batches=nne.data.Minibatches(dataset.train, config.batch_size)
        if config.batch_size
        else dataset.train,
        key_evaluation=key_evaluation,
        key_lifetime=key_lifetime,
        memory_bytes=memory_bytes,
        how=how,
    )


def _mode(config: Config, key: Key, net, gen, **kwargs) -> tuple[State, nne.evolution.Step]:
    """First state and generation step of the mode of evolution that a config names."""
    rule, start = make_rule(config), config.initial_spread
    if config.evolution == "nne":
        kwargs["antithetic"] = config.antithetic
        step = nne.evolution.make_generation_step(net, gen, rule, **kwargs)
        return nne.evolution.init(key, config.num_genes, rule, start), step
    rates = {name: getattr(config, name) for name in ("mutation_rate", "recombination_rate")}
    step = nne.wright_fisher.make_generation_step(net, gen, rule, **rates, **kwargs)
    return nne.wright_fisher.init(key, config.num_genes, config.population_size, start), step


def make_rule(config: Config) -> nne.selection.Rule:
    """The selection rule that a config names, with mutation where its rate is not 0.

    Not for a Wright-Fisher population, which mutates genotypes, not frequencies.
    """
    match config.selection:
        case "weak":
            rule = nne.selection.replicator(config.epsilon)
        case "intensity":
            start, decay = config.selection_intensity, config.intensity_decay
            rule = nne.selection.intensity(lambda generation: start / (1 + decay * generation))
        case "truncation":
            rule = nne.selection.truncation(config.selected_fraction)
        case "adam":
            rule = nne.selection.log_odds_gradient(optax.adam(config.learning_rate))
    mutates = config.mutation_rate and config.evolution == "nne"
    return nne.selection.with_mutation(rule, config.mutation_rate) if mutates else rule


def _check_batch_sizes(config: Config, num_images: int) -> None:
    names = ["batch_size"] + ["lifetime_batch_size"] * (config.lifetime != "none")
    for name in names:
        if getattr(config, name) > num_images:
            raise InputError(
                f"--{name}={getattr(config, name)}: there are {num_images} training images; "
                "ask for at most as many."
            )


def _engine(config: Config, net) -> dict[str, str]:
    """Engine and precision, once they are known to suit the network and the platform."""
    engine = nne.engines.choose(net) if config.engine == "auto" else config.engine
    nne.engines.check(net, engine, config.precision)
    return {"engine": engine, "precision": config.precision}


def _check_memory(config, dataset, sizes, edge_probs) -> int:
    """The run's estimated bytes, from expected sizes: before anything is drawn."""
    net, gen = nne.memory.expected(sizes, edge_probs, config.num_genes, config.gene_density)
    num_images = config.batch_size or dataset.train.labels.shape[0]
    engine = _engine(config, net)["engine"]
    shape = net, gen, num_images, config.population_size
    needed = nne.engines.estimate_bytes(*shape, engine, config.chunk_size or None)
    needed += sum(leaf.nbytes for leaf in jax.tree.leaves(dataset))
    if needed > (available := nne.memory.machine_bytes()):
        raise InputError(
            f"this configuration needs about {needed / 2**30:.1f} GiB of memory, the machine has "
            f"{available / 2**30:.1f}: lower --chunk_size, --population_size, --num_genes, "
            "--gene_density, --hidden or --batch_size."
        )
    return needed


def _check_epsilon(config: Config, net, gen, images) -> None:
    """Refuses an epsilon with which relative fitness 1 + epsilon f could be negative (A7)."""
    if config.selection != "weak":
        return
    logits = nne.phenotype.logit_range(net, *nne.genome.weight_range(gen), images)
    lowest = nne.fitness.lowest_fitness(
        config.fitness, *logits, config.temperature, config.batch_size or None
    )
    if 1 + config.epsilon * lowest < 0:
        raise InputError(
            f"--epsilon={config.epsilon}: 1 + epsilon f can be negative, as {config.fitness} can "
            f"be as low as {lowest:.4g} in this network; give at most {round_down(-1 / lowest)}, "
            "or --selection=intensity, or --fitness=reward."
        )


def _devices(config: Config) -> list[jax.Device] | None:
    """As many devices as have a share of the population that is worth it; None for one."""
    most = config.population_size // _SMALLEST_SHARE
    return jax.devices()[:most] if min(jax.device_count(), most) > 1 else None
