"""Options of a run: the data, the network, the genome."""

import dataclasses
from functools import partial

from experiments.launch.groups import Group
from experiments.run.classes import parse_classes
from experiments.run.options.field import SIZE, option
from nne_jax import data, elementwise
from nne_jax.ploidy import DOMINANCE

_data = partial(option, group=Group.DATA)
_network = partial(option, group=Group.NETWORK)
_genome = partial(option, group=Group.GENOME)


@dataclasses.dataclass(frozen=True)
class Data:
    """Which images, and what is done to them."""

    dataset: str = _data(
        "digits",
        f"data set: {', '.join(data.DATASETS)}, or a file FILE.npz",
        unit="a name or FILE.npz",
        is_path=True,
    )
    data_dir: str = _data(
        "",
        "folder that holds <dataset>/*.gz; $NNE_JAX_DATA_DIR if empty",
        unit="a folder",
        evolves=False,
        is_path=True,
    )
    classes: tuple[int, ...] = _data(
        (),
        "classes to tell apart, such as 0-4 or 3,5,8",
        unit="class numbers",
        shown="all",
        low=0,
        distinct=True,
        parse=parse_classes,
    )
    per_class: int = _data(
        0, "training images a class; 0: all that are there", unit="images", low=0
    )
    validation_per_class: int = _data(
        20, "training images a class kept aside to judge the run by", unit="images", low=1
    )
    jitter: int = _data(
        0,
        "moves every image by up to so many pixels, anew in each generation",
        unit="pixels",
        low=0,
    )
    warp: float = _data(
        0.0,
        "changes every image's axes by random amounts up to this, in each generation: 0.2 turns "
        "and scales by a fifth",
        low=0,
        below=0.5,
    )


@dataclasses.dataclass(frozen=True)
class Network:
    """What an individual is: layers, links, what units fire."""

    hidden: tuple[int, ...] = _network(
        (64,), "hidden units; several layers as 300,100", unit="units", low=1
    )
    edge_prob: float = _network(
        0.3, "probability of each link below the output layer, which is full", low=0, high=1
    )
    activation: str = _network(
        "relu", "what hidden units fire, of what they receive", choices=elementwise.ACTIVATIONS
    )
    k_cap: int = _network(
        0, "hidden units of a layer that fire, the most active ones; 0: all", unit="units", low=0
    )
    biases: bool = _network(False, "every unit has a bias, whose weight has genes as others have")


@dataclasses.dataclass(frozen=True)
class Genome:
    """How its weights depend on its genes."""

    num_genes: int = _genome(2000, "number n of genes", unit="genes", low=1)
    genes_per_link: float = _genome(
        5.0, "genes that a link's weight depends on, on average", unit="genes", low=0
    )
    expression: str = _genome(
        "linear",
        "weights are this function of what the genes add up to, w = g(W x)",
        choices=elementwise.EXPRESSIONS,
    )
    effect_scale: float = _genome(
        1.0,
        "largest effect of a gene on a weight; 0: by the links into each unit, so that the "
        "variance of its weights is one over their number",
        low=0,
        size=SIZE,
    )
    receptive_field: float = _genome(
        0.0,
        "genes act on neighbouring pixels of a hidden unit, as derivatives of Gaussians of this σ; "
        "0: on links anywhere",
        unit="pixels",
        low=0,
    )
    num_chromosomes: int = _genome(
        1,
        "chromosomes, each with the genes of as many hidden units; divides both numbers",
        unit="chromosomes",
        low=1,
    )
    initial_spread: float = _genome(
        0.0, "initial allele frequencies are uniform in 1/2 ± spread/2", low=0, high=1
    )
    ploidy: int = _genome(
        1,
        "1: haploid genotypes; 2: diploid ones, half as many of as many haplotypes",
        only=("evolution", "nne"),
        low=1,
        high=2,
    )
    dominance: str = _genome(
        "additive",
        "what two alleles of a gene express together",
        only=("ploidy", 2),
        choices=DOMINANCE,
    )
