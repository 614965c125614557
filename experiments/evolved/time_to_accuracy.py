"""What it took a run to reach an accuracy: generations, individuals, image evaluations, seconds."""

from collections.abc import Callable, Sequence

ACCURACIES = (0.5, 0.6, 0.7, 0.788, 0.85, 0.882)  # 0.788 and 0.882: the paper's NNE and SGD


def time_to_accuracy(
    rows: list[dict],
    network: str,
    effort: Callable[[int], dict[str, int]] = lambda generation: {},
    accuracies: Sequence[float] = ACCURACIES,
) -> dict[str, dict | None]:
    """The first evaluation at which a network's validation accuracy is as high as each threshold.

    Args:
      rows: of the evaluations.
      network: whose accuracy, one of ``evaluation.NETWORKS``.
      effort: what was tested until a generation: individuals, image evaluations.
      accuracies: the thresholds.

    Returns:
      By threshold what it took, or None where the run did not get there.

    >>> rows = [dict(generation=20, seconds=3.0, validation_accuracy=dict(modal=0.55))]
    >>> took = time_to_accuracy(rows, "modal", lambda generation: {"individuals": 10 * generation})
    >>> took["0.5"], took["0.6"]
    ({'generations': 20, 'individuals': 200, 'seconds': 3.0}, None)
    """

    def took(row: dict) -> dict:
        generation = row["generation"]
        return {"generations": generation, **effort(generation), "seconds": row["seconds"]}

    reached = {
        accuracy: [row for row in rows if row["validation_accuracy"][network] >= accuracy]
        for accuracy in accuracies
    }
    return {f"{accuracy:g}": took(rows[0]) if rows else None for accuracy, rows in reached.items()}
