"""From a config to its fitness, its rule, its first state and its generation step."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import optax

import nne_jax as nne
from experiments.run.config import Config
from nne_jax.types import Key, PopulationFitness, Rule, Step


class Mode(NamedTuple):
    """What must be the same in all for their steps to have one structure."""

    cools: bool  # the temperature is an argument of the program
    mutates: bool
    fixes: bool


def mode_of(configs: Sequence[Config]) -> Mode:
    """How the steps of configs are made so that they differ in numbers only."""
    temperatures = {(config.temperature, config.temperature_decay) for config in configs}
    cools = len(temperatures) > 1 or any(config.temperature_decay for config in configs)
    return Mode(
        cools,
        any(config.mutation_rate for config in configs),
        any(config.fixation_threshold for config in configs),
    )


def fitness_fn(config: Config, mode: Mode) -> Any:
    """The fitness of one individual, of its logits and labels."""
    smoothing = {"label_smoothing": config.label_smoothing} if config.label_smoothing else {}
    function = functools.partial(nne.fitness.FITNESS[config.fitness], **smoothing)
    if not mode.cools:
        return functools.partial(function, temperature=config.temperature)
    cooling = nne.selection.hyperbolic(config.temperature, config.temperature_decay)
    return nne.fitness.scheduled(function, temperature=cooling)


def make_rule(config: Config, mode: Mode | None = None) -> Rule:
    """The selection rule that a config names, with fixation and mutation where they are not 0.

    Not for a Wright-Fisher population, which mutates genotypes, not frequencies.

    Args:
      config: the options.
      mode: whether it is one with mutation, and with fixation, of whatever rate and threshold.
    """
    mode = mode or mode_of([config])
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
    if config.evolution != "nne":
        return rule
    if mode.fixes:
        rule = nne.selection.with_fixation(rule, config.fixation_threshold)
    return nne.selection.with_mutation(rule, config.mutation_rate) if mode.mutates else rule


def make_first_state(config: Config, key: Key, mode: Mode) -> Any:
    """The state before the first generation."""
    n, spread = config.num_genes, config.initial_spread
    if config.evolution == "nne":
        return nne.evolution.init(key, n, make_rule(config, mode), spread)
    return nne.wright_fisher.init(key, n, config.population_size, spread)


def make_step(config: Config, fitness: PopulationFitness, size: int, mode: Mode) -> Step:
    """Generation step of the mode of evolution that a config names."""
    rule = make_rule(config, mode)
    if config.ploidy == 2:
        fitness = nne.ploidy.diploid(fitness, config.dominance)
    if config.evolution == "nne":
        shared = bool(config.num_haplotypes)
        return nne.evolution.make_generation_step(
            fitness,
            rule,
            size,
            config.antithetic,
            num_haplotypes=config.num_haplotypes if shared else None,
            num_chromosomes=config.num_chromosomes if shared else None,
        )
    return nne.wright_fisher.make_generation_step(
        fitness, rule, config.mutation_rate, config.recombination_rate
    )
