"""Every option of a run: its default, its meaning, its bounds. The presets are beside it."""

import dataclasses
from typing import Any, NamedTuple

from experiments.launch.groups import Group
from experiments.launch.options import SEED_LIMIT, check_options
from experiments.launch.options import option as launch_option
from experiments.run import combinations
from experiments.run.classes import parse_classes
from nne_jax import data, elementwise, engines, fitness, lifetime
from nne_jax.ploidy import DOMINANCE

EVOLUTIONS = ("nne", "wright_fisher")
SELECTIONS = ("weak", "intensity", "truncation", "adam", "pbil")
_SIZE = 1e6  # of strengths: beyond it products are no longer finite, or nothing changes any more
_LIFETIMES = tuple(lifetime.LIFETIMES)
_RATES = ", ".join(f"{name} {rate:g}" for name, rate in lifetime.RATES.items())


def option(
    default: Any,
    help_text: str,
    *,
    group: Group,
    only: tuple[str, ...] = (),
    evolves: bool = True,
    **others: Any,
) -> Any:
    """A field of ``Config``.

    Args:
      default: its value in the preset ``digits``.
      help_text: one line, for ``--help``.
      group: its heading there.
      only: another option and those of its values with which this one has a meaning.
      evolves: whether it changes what evolves, or how that is measured, so that a resumed run must
        not change it.
      **others: of ``launch.option``.
    """
    metadata = launch_option(default, help_text, group=group, **others).metadata
    return dataclasses.field(
        default=default, metadata={**metadata, "only": only, "evolves": evolves}
    )


class Learning(NamedTuple):
    """Learning within a lifetime, before the final report."""

    rule: str
    rate: float
    iterations: int
    batch_size: int


@dataclasses.dataclass(frozen=True)
class Config:
    """Options of one run. The defaults are the preset ``digits``.

    >>> Config(population_size=0)
    Traceback (most recent call last):
    nne_jax.errors.InputError: --population_size=0: must be at least 1.
    """

    dataset: str = option(
        "digits",
        f"data set: {', '.join(data.DATASETS)}, or a file FILE.npz",
        group=Group.DATA,
        unit="a name or FILE.npz",
        is_path=True,
    )
    data_dir: str = option(
        "",
        "folder that holds <dataset>/*.gz; $NNE_JAX_DATA_DIR if empty",
        group=Group.DATA,
        unit="a folder",
        evolves=False,
        is_path=True,
    )
    classes: tuple[int, ...] = option(
        (),
        "classes to tell apart, such as 0-4 or 3,5,8",
        group=Group.DATA,
        unit="class numbers",
        shown="all",
        low=0,
        distinct=True,
        parse=parse_classes,
    )
    per_class: int = option(
        0, "training images a class; 0: all that are there", group=Group.DATA, unit="images", low=0
    )
    validation_per_class: int = option(
        20,
        "training images a class kept aside to judge the run by",
        group=Group.DATA,
        unit="images",
        low=1,
    )
    hidden: tuple[int, ...] = option(
        (64,), "hidden units; several layers as 300,100", group=Group.NETWORK, unit="units", low=1
    )
    edge_prob: float = option(
        0.3,
        "probability of each link below the output layer, which is full",
        group=Group.NETWORK,
        low=0,
        high=1,
    )
    activation: str = option(
        "relu",
        "what hidden units fire, of what they receive",
        group=Group.NETWORK,
        choices=elementwise.ACTIVATIONS,
    )
    k_cap: int = option(
        0,
        "hidden units of a layer that fire, the most active ones; 0: all",
        group=Group.NETWORK,
        unit="units",
        low=0,
    )
    biases: bool = option(
        False, "every unit has a bias, whose weight has genes as others have", group=Group.NETWORK
    )
    num_genes: int = option(2000, "number n of genes", group=Group.GENOME, unit="genes", low=1)
    genes_per_link: float = option(
        5.0,
        "genes that a link's weight depends on, on average",
        group=Group.GENOME,
        unit="genes",
        low=0,
    )
    expression: str = option(
        "linear",
        "weights are this function of what the genes add up to, w = g(W x)",
        group=Group.GENOME,
        choices=elementwise.EXPRESSIONS,
    )
    effect_scale: float = option(
        1.0,
        "largest effect of a gene on a weight; 0: by the links into each unit, so that the "
        "variance of its weights is one over their number",
        group=Group.GENOME,
        low=0,
        size=_SIZE,
    )
    num_chromosomes: int = option(
        1,
        "chromosomes, each with the genes of as many hidden units; divides both numbers",
        group=Group.GENOME,
        unit="chromosomes",
        low=1,
    )
    initial_spread: float = option(
        0.0,
        "initial allele frequencies are uniform in 1/2 ± spread/2",
        group=Group.GENOME,
        low=0,
        high=1,
    )
    population_size: int = option(
        400,
        "number N of genotypes tested a generation",
        group=Group.POPULATION,
        unit="genotypes",
        low=1,
    )
    antithetic: bool = option(
        False,
        "draw genotypes in pairs that differ as much as the frequencies allow",
        group=Group.POPULATION,
        only=("evolution", "nne"),
    )
    ploidy: int = option(
        1,
        "1: haploid genotypes; 2: diploid ones, half as many of as many haplotypes",
        group=Group.GENOME,
        only=("evolution", "nne"),
        low=1,
        high=2,
    )
    dominance: str = option(
        "additive",
        "what two alleles of a gene express together",
        group=Group.GENOME,
        only=("ploidy", 2),
        choices=DOMINANCE,
    )
    num_haplotypes: int = option(
        0,
        "haplotypes of each chromosome, which genotypes share; 0: each has its own",
        group=Group.POPULATION,
        unit="haplotypes",
        only=("evolution", "nne"),
        low=0,
    )
    num_generations: int = option(
        400,
        "number of generations",
        group=Group.POPULATION,
        unit="generations",
        low=1,
        evolves=False,
    )
    batch_size: int = option(
        200,
        "images drawn afresh every generation; 0: all training images",
        group=Group.POPULATION,
        unit="images",
        low=0,
    )
    double_population_at: tuple[int, ...] = option(
        (),
        "generations after each of which there are twice as many genotypes",
        group=Group.POPULATION,
        unit="generations",
        only=("evolution", "nne"),
        low=1,
        distinct=True,
    )
    double_batch_at: tuple[int, ...] = option(
        (),
        "generations after each of which batches have twice as many images",
        group=Group.POPULATION,
        unit="generations",
        low=1,
        distinct=True,
    )
    jitter: int = option(
        0,
        "moves every image by up to so many pixels, anew in each generation",
        group=Group.DATA,
        unit="pixels",
        low=0,
    )
    warp: float = option(
        0.0,
        "changes every image's axes by random amounts up to this, in each generation: 0.2 turns "
        "and scales by a fifth",
        group=Group.DATA,
        low=0,
        below=0.5,
    )
    fitness: str = option(
        "log_likelihood", "fitness of a genotype", group=Group.POPULATION, choices=fitness.FITNESS
    )
    temperature: float = option(
        10.0, "divides the logits", group=Group.POPULATION, above=0, size=_SIZE
    )
    temperature_decay: float = option(
        0.0,
        "a: in generation t the temperature is its first one / (1 + a t)",
        group=Group.POPULATION,
        unit="1/generations",
        low=0,
        size=1e6,
    )
    label_smoothing: float = option(
        0.0,
        "part of each label that is given to all classes alike",
        group=Group.POPULATION,
        only=("fitness", "log_likelihood"),
        low=0,
        below=1,
    )
    selection: str = option(
        "intensity", "selection rule", group=Group.SELECTION, choices=SELECTIONS
    )
    epsilon: float = option(
        1.0,
        "strength of selection, relative fitness 1 + epsilon f",
        group=Group.SELECTION,
        only=("selection", "weak"),
        above=0,
        size=_SIZE,
    )
    selection_intensity: float = option(
        1.0,
        "relative fitness 1 + s (f - mean) / sd",
        group=Group.SELECTION,
        only=("selection", "intensity"),
        above=0,
        size=_SIZE,
    )
    intensity_decay: float = option(
        0.01,
        "a: in generation t the intensity is s / (1 + a t)",
        group=Group.SELECTION,
        unit="1/generations",
        only=("selection", "intensity"),
        low=0,
        size=1e9,
    )
    selected_fraction: float = option(
        0.2,
        "fraction of the population that breeds",
        group=Group.SELECTION,
        only=("selection", "truncation", "pbil"),
        above=0,
        below=1,
    )
    learning_rate: float = option(
        0.1,
        "step of Adam on the log odds of the frequencies, or of pbil towards those that breed",
        group=Group.SELECTION,
        only=("selection", "adam", "pbil"),
        above=0,
        size=_SIZE,
    )
    mutation_rate: float = option(
        0.0, "mutation rate a gene a generation", group=Group.SELECTION, low=0, high=0.5
    )
    fixation_threshold: float = option(
        0.0,
        "frequencies so near to 0 or 1 become 0 or 1; mutation opens them again",
        group=Group.SELECTION,
        only=("evolution", "nne"),
        low=0,
        below=0.5,
    )
    evolution: str = option(
        "nne",
        "nne: genotypes from allele frequencies; wright_fisher: a real population that breeds",
        group=Group.EVOLUTION,
        choices=EVOLUTIONS,
    )
    recombination_rate: float = option(
        0.5,
        "recombination between neighbouring genes; 0.5: each gene from a random parent",
        group=Group.EVOLUTION,
        only=("evolution", "wright_fisher"),
        low=0,
        high=0.5,
    )
    lifetime: str = option(
        "none",
        "how evolved individuals train their output layer before the final report",
        group=Group.LIFETIME,
        choices=("none", *_LIFETIMES),
        evolves=False,
    )
    lifetime_rate: float | None = option(
        None,
        f"its step size (default {_RATES})",
        group=Group.LIFETIME,
        only=("lifetime", *_LIFETIMES),
        above=0,
        evolves=False,
        size=_SIZE,
    )
    lifetime_iterations: int = option(
        300,
        "its number of batches",
        group=Group.LIFETIME,
        unit="batches",
        only=("lifetime", *_LIFETIMES),
        low=1,
        evolves=False,
    )
    lifetime_batch_size: int = option(
        50,
        "its images a batch",
        group=Group.LIFETIME,
        unit="images",
        only=("lifetime", *_LIFETIMES),
        low=1,
        evolves=False,
    )
    seed: int = option(
        0, "seed of everything random in the run", group=Group.RUN, low=0, high=SEED_LIMIT - 1
    )
    num_seeds: int = option(
        1,
        "seeds, from --seed on, whose populations evolve side by side in one program, with the "
        "data, network and genome of --seed",
        group=Group.RUN,
        unit="seeds",
        low=1,
        high=1000,
    )
    num_sampled: int = option(
        100, "genotypes sampled to measure accuracy", group=Group.LOOKING, unit="genotypes", low=2
    )
    eval_every: int = option(
        25,
        "generations from one validation to the next",
        group=Group.LOOKING,
        unit="generations",
        low=1,
        evolves=False,
    )
    log_every: int = option(
        0,
        "generations from one row of metrics.jsonl to the next; 0: as many as make 10,000 rows",
        group=Group.RUN,
        unit="generations",
        low=0,
        evolves=False,
    )
    checkpoint_every: int = option(
        100,
        "generations from one checkpoint to the next",
        group=Group.RUN,
        unit="generations",
        low=1,
        evolves=False,
    )
    chunk_size: int = option(
        0,
        "genotypes tested at a time; 0: as memory allows",
        group=Group.DEVICES,
        unit="genotypes",
        low=0,
        evolves=False,
    )
    engine: str = option(
        "auto",
        "how the population's forward pass is computed; auto: what is fastest here",
        group=Group.DEVICES,
        choices=("auto", *engines.ENGINES),
    )
    num_devices: int = option(
        0,
        "JAX's devices that share the population; 0: as many as have a share that is worth it",
        group=Group.DEVICES,
        unit="devices",
        low=0,
        evolves=False,
    )
    repack: bool = option(
        False,
        "compile anew without the genes that are fixed, when most are: for runs of minutes",
        group=Group.DEVICES,
    )
    precision: str = option(
        "float32",
        "of the operands of products; sums are float32",
        group=Group.DEVICES,
        choices=engines.PRECISIONS,
    )
    workdir: str = option(
        "",
        "the run's folder; runs/<data set>-<time> if empty",
        group=Group.RUN,
        unit="a folder",
        evolves=False,
        is_path=True,
    )
    tensorboard: bool = option(
        False,
        "write event files into tensorboard/ in --workdir, for TensorBoard",
        group=Group.LOOKING,
        evolves=False,
    )
    progress: bool = option(
        True, "draw a progress bar, and in the end a curve", group=Group.LOOKING, evolves=False
    )

    def __post_init__(self):
        check_options(self)
        combinations.check(self)

    @property
    def last_temperature(self) -> float:
        """That of the last generation, and so of what the evolved learn in their lifetimes."""
        return self.temperature / (1 + self.temperature_decay * self.num_generations)

    @property
    def learning(self) -> Learning | None:
        """Learning in the lifetime, with the learner's own step where none is given."""
        if self.lifetime == "none":
            return None
        rate = self.lifetime_rate or lifetime.RATES[self.lifetime]
        return Learning(self.lifetime, rate, self.lifetime_iterations, self.lifetime_batch_size)
