"""How large and how long everything of `frontier` is: the constants, in one place.

At full size every cell takes at most two minutes of two cores.
"""

from typing import NamedTuple

from experiments.run.config import Config
from experiments.run.presets import fitting_chromosomes

VALIDATION_PER_CLASS = 100  # at most; of fewer training images a class as many as of these
EVOLUTION_BATCH_SIZE = 100  # images of a generation
BATCH_SIZE = 50  # of gradients and of lifetimes
LIFETIME_ITERATIONS = 600  # batches of a lifetime
NUM_SAMPLED = 10  # genotypes that have a lifetime
EPOCHS = 500  # at most, of output layers that learn by dopamine
GRADIENT_EPOCHS = 200  # at most, of gradients
_EVEN = 2  # genotypes are drawn in mirrored pairs
_CHROMOSOMES = 50  # at most: as many as units and genes can be shared among
_HAPLOTYPES = 32  # of each, which genotypes share


class Effort(NamedTuple):
    """Sizes and durations."""

    num_hidden: int = 500  # of the networks that evolve or descend gradients
    edge_prob: float = 0.1  # of those that evolve
    num_units: int = 10_000  # of the random layer below output layers that learn
    num_genes: int = 40_000
    genes_per_link: float = 5.0
    population_size: int = 1024
    num_generations: int = 3000
    strategy_generations: int = 300
    images_seen: int = 3_000_000  # one at a time, by an output layer that learns by dopamine
    iterations: int = 20_000  # of gradients

    def config(self, **sample: object) -> Config:
        """The run of NNE on a sample, of which the others take the images, network and engine.

        Args:
          **sample: dataset, data_dir, per_class, validation_per_class, seed and batch_size.
        """
        hidden, genes_per_link = (self.num_hidden,), min(self.genes_per_link, self.num_genes)
        num_chromosomes = fitting_chromosomes(_CHROMOSOMES, hidden, self.num_genes, genes_per_link)
        return Config(
            hidden=hidden,
            edge_prob=self.edge_prob,
            num_genes=self.num_genes,
            genes_per_link=genes_per_link,
            num_chromosomes=num_chromosomes,
            num_haplotypes=_HAPLOTYPES if num_chromosomes > 1 else 0,
            population_size=self.population_size,
            antithetic=True,
            num_generations=self.num_generations,
            temperature=10.0,
            intensity_decay=0.0002,
            **sample,
        )

    def epochs(self, num_images: int) -> int:
        """How often dopamine sees each of so many images."""
        return max(1, min(EPOCHS, self.images_seen // num_images))

    def gradient_iterations(self, num_images: int) -> int:
        """Batches of gradients on so many images."""
        return max(1, min(self.iterations, GRADIENT_EPOCHS * num_images // BATCH_SIZE))


def scaled(scale: float) -> Effort:
    """Everything that makes it long, times a number up to 1; for trials and tests.

    >>> scaled(1.0) == Effort(), scaled(0.01).population_size, scaled(0.01).num_units
    (True, 10, 100)
    """
    full = Effort()
    counts = {
        name: max(_EVEN, _EVEN * round(scale * value / _EVEN))
        for name, value in full._asdict().items()
        if isinstance(value, int)
    }
    return full._replace(**counts)
