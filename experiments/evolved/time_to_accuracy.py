"""What it took a run to reach an accuracy: generations, individuals, image evaluations, seconds."""

from experiments.config import Config

ACCURACIES = (0.5, 0.6, 0.7, 0.788, 0.85, 0.882)  # 0.788 and 0.882: the paper's NNE and SGD


def time_to_accuracy(rows: list[dict], config: Config, num_images: int, network: str) -> dict:
    """The first evaluation at which a network's validation accuracy is as high as each threshold.

    Args:
      rows: of ``metrics.jsonl``.
      config: of the run.
      num_images: S, images that every genotype is tested on in a generation.
      network: ``sampled_mean``, ``modal`` or ``mean``.

    Returns:
      By threshold what it took, or None where the run did not get there.

    >>> rows = [dict(generation=20, seconds=3.0, validation_accuracy=dict(modal=0.55))]
    >>> took = time_to_accuracy(rows, Config(population_size=10), 200, "modal")
    >>> took["0.5"], took["0.6"]
    ({'generations': 20, 'individuals': 200, 'image_evaluations': 40000, 'seconds': 3.0}, None)
    """
    evaluated = [row for row in rows if "validation_accuracy" in row]
    took = {}
    for accuracy in ACCURACIES:
        reached = (row for row in evaluated if row["validation_accuracy"][network] >= accuracy)
        row = next(reached, None)
        individuals = row and row["generation"] * config.population_size
        took[f"{accuracy:g}"] = row and {
            "generations": row["generation"],
            "individuals": individuals,
            "image_evaluations": individuals * num_images,
            "seconds": row["seconds"],
        }
    return took
