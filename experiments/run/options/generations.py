"""Options of a run: the population, its task, and selection."""

import dataclasses
from functools import partial

from experiments.launch.groups import Group
from experiments.run.options.field import SIZE, option
from nne_jax import fitness

EVOLUTIONS = ("nne", "wright_fisher")
SELECTIONS = ("weak", "intensity", "truncation", "adam", "pbil")
_population = partial(option, group=Group.POPULATION)
_selection = partial(option, group=Group.SELECTION)
_evolution = partial(option, group=Group.EVOLUTION)


@dataclasses.dataclass(frozen=True)
class Population:
    """How many are tested, on what, and what fitness is."""

    population_size: int = _population(
        400, "number N of genotypes tested a generation", unit="genotypes", low=1
    )
    antithetic: bool = _population(
        False,
        "draw genotypes in pairs that differ as much as the frequencies allow",
        only=("evolution", "nne"),
    )
    num_haplotypes: int = _population(
        0,
        "haplotypes of each chromosome, which genotypes share; 0: each has its own",
        unit="haplotypes",
        only=("evolution", "nne"),
        low=0,
    )
    num_generations: int = _population(
        400, "number of generations", unit="generations", low=1, evolves=False
    )
    batch_size: int = _population(
        200, "images drawn afresh every generation; 0: all training images", unit="images", low=0
    )
    double_population_at: tuple[int, ...] = _population(
        (),
        "generations after each of which there are twice as many genotypes",
        unit="generations",
        only=("evolution", "nne"),
        low=1,
        distinct=True,
    )
    double_batch_at: tuple[int, ...] = _population(
        (),
        "generations after each of which batches have twice as many images",
        unit="generations",
        low=1,
        distinct=True,
    )
    fitness: str = _population("log_likelihood", "fitness of a genotype", choices=fitness.FITNESS)
    temperature: float = _population(10.0, "divides the logits", above=0, size=SIZE)
    temperature_decay: float = _population(
        0.0,
        "a: in generation t the temperature is its first one / (1 + a t)",
        unit="1/generations",
        low=0,
        size=1e6,
    )
    label_smoothing: float = _population(
        0.0,
        "part of each label that is given to all classes alike",
        only=("fitness", "log_likelihood"),
        low=0,
        below=1,
    )


@dataclasses.dataclass(frozen=True)
class Selection:
    """What fitness does to allele frequencies, and what else changes them."""

    selection: str = _selection("intensity", "selection rule", choices=SELECTIONS)
    epsilon: float = _selection(
        1.0,
        "strength of selection, relative fitness 1 + epsilon f",
        only=("selection", "weak"),
        above=0,
        size=SIZE,
    )
    selection_intensity: float = _selection(
        1.0,
        "relative fitness 1 + s (f - mean) / sd",
        only=("selection", "intensity"),
        above=0,
        size=SIZE,
    )
    intensity_decay: float = _selection(
        0.01,
        "a: in generation t the intensity is s / (1 + a t)",
        unit="1/generations",
        only=("selection", "intensity"),
        low=0,
        size=1e9,
    )
    selected_fraction: float = _selection(
        0.2,
        "fraction of the population that breeds",
        only=("selection", "truncation", "pbil"),
        above=0,
        below=1,
    )
    learning_rate: float = _selection(
        0.1,
        "step of Adam on the log odds of the frequencies, or of pbil towards those that breed",
        only=("selection", "adam", "pbil"),
        above=0,
        size=SIZE,
    )
    mutation_rate: float = _selection(0.0, "mutation rate a gene a generation", low=0, high=0.5)
    fixation_threshold: float = _selection(
        0.0,
        "frequencies so near to 0 or 1 become 0 or 1; mutation opens them again",
        only=("evolution", "nne"),
        low=0,
        below=0.5,
    )


@dataclasses.dataclass(frozen=True)
class Evolution:
    """What is inherited: frequencies, or genotypes."""

    evolution: str = _evolution(
        "nne",
        "nne: genotypes from allele frequencies; wright_fisher: a real population that breeds",
        choices=EVOLUTIONS,
    )
    recombination_rate: float = _evolution(
        0.5,
        "recombination between neighbouring genes; 0.5: each gene from a random parent",
        only=("evolution", "wright_fisher"),
        low=0,
        high=0.5,
    )
