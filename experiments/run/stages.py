"""Populations and batches that grow: a run in stages, each of one N and one S."""

from typing import NamedTuple

from experiments.run.config import Config


class Stage(NamedTuple):
    """Generations of one size."""

    start: int  # generations before it
    population_size: int
    batch_size: int  # 0: all training images


def stages_of(config: Config) -> list[Stage]:
    """The stages of a run; one where nothing grows.

    >>> config = Config(
    ...     population_size=10, batch_size=5, double_population_at=(4,), double_batch_at=(4, 6)
    ... )
    >>> for stage in stages_of(config):
    ...     print(*stage)
    0 10 5
    4 20 10
    6 20 20
    """

    def size(start: int, first: int, doubled_at: tuple[int, ...]) -> int:
        return first * 2 ** sum(generation <= start for generation in doubled_at)

    return [
        Stage(
            start,
            size(start, config.population_size, config.double_population_at),
            size(start, config.batch_size, config.double_batch_at),
        )
        for start in sorted({0, *config.double_population_at, *config.double_batch_at})
    ]


def effort(config: Config, generation: int, num_images: int) -> dict[str, int]:
    """What a run has tested after some generations: individuals, and images by all of them.

    Args:
      config: of the run.
      generation: the number of generations.
      num_images: training images, for batches of all of them.

    >>> config = Config(population_size=10, batch_size=5, double_batch_at=(4,))
    >>> effort(config, 5, num_images=100)
    {'individuals': 50, 'image_evaluations': 300}
    """
    stages = [stage for stage in stages_of(config) if stage.start < generation]
    ends = [stage.start for stage in stages[1:]] + [generation]
    numbers = [
        stage.population_size // config.ploidy * (end - stage.start)
        for stage, end in zip(stages, ends, strict=False)
    ]
    images = [stage.batch_size or num_images for stage in stages]
    tested = sum(number * size for number, size in zip(numbers, images, strict=True))
    return {"individuals": sum(numbers), "image_evaluations": tested}
