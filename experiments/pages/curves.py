"""Curves of a run: learning, the frequencies of its alleles, their distance to {0, 1}."""

from collections.abc import Sequence
from typing import Any

from experiments.launch.pictures import DASHES, Figure, new_figure
from experiments.pages import drawings
from experiments.pages.files import Files
from experiments.pages.markup import Html, figure
from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS
from nne_jax.runs import Row
from nne_jax.runs.plots.records import Spans, as_rows, numbers


def learning(files: Files) -> Html:
    """Accuracy on the validation images, and fitness, by generation."""
    caption = (
        "Above, the part of the validation images that is classified rightly; below, the fitness "
        "of the genotypes that a generation tests, on its own images."
    )
    what = "Validation accuracy and fitness by generation"
    return _drawn(files, "learning_curve", "", what, caption, height=6.9)


def frequencies(files: Files) -> Html:
    """A heat map: how many of the genes have which allele frequency, by generation."""
    fixed = files.rows[-1].get("near_fixation_0_01") if files.rows else None
    said = "" if fixed is None else f" In the end {fixed:.0%} are within 0.01 of 0 or 1."
    caption = f"Every column is a histogram over all genes, in 25 bins.{said}"
    what = "Heat map of the allele frequencies by generation"
    return _drawn(files, "allele_freq_histogram", "allele_freq_counts", what, caption)


def distance(files: Files) -> Html:
    """The paper's figure 2."""
    caption = "The part of the genes whose frequency is farther than x from both 0 and 1."
    what = "Fraction of genes farther than x from 0 and 1, for some generations"
    return _drawn(files, "distance_to_fixation", "allele_freq_counts", what, caption)


def _drawn(
    files: Files, plot: str, column: str, what: str, caption: str, height: float = 3.2
) -> Html:
    """A figure of ``runs.plots``; an InputError where no row has its column."""
    from nne_jax.runs import plots

    _check(files.rows, column)
    drawn = getattr(plots, plot)(files.rows)
    return figure(drawings.svg(drawn, f"{plot} {files.name}", what, height), caption)


def _check(rows: Sequence[Row], column: str) -> None:
    if not any(column in row or not column for row in rows):
        what = "evaluation" if column else "row"
        raise InputError(f"metrics.jsonl has no {what} that can be read, of which this is drawn.")


def accuracy_by(runs: Sequence[Files], column: str, network: str = "modal") -> Figure:
    """Validation accuracy of several runs, one line each in the order of ``style_of``.

    Args:
      runs: those without evaluations have no line.
      column: generation or seconds.
      network: of ``NETWORKS``.

    Raises:
      InputError: no run has evaluations.
    """
    drawing = new_figure(4.8, 3.2)
    axes: Any = drawing.subplots()
    for index, files in enumerate(runs):
        if files.evaluated:
            rows = as_rows(files.evaluated)
            spans = Spans(numbers(rows, "generation"))
            by = spans.mean(numbers(rows, column))
            accuracy = spans.mean(numbers(rows, "validation_accuracy", network))
            axes.plot(by, 100 * accuracy, **style_of(index))
    if not axes.lines:
        raise InputError("No run has an evaluation that can be read, of which this is drawn.")
    axes.set(xlabel=column, ylabel=f"validation accuracy in %,\n{NETWORKS[network]}")
    axes.grid(alpha=0.3)
    return drawing


def style_of(index: int) -> dict[str, str]:
    """The line of one of several runs: neighbours differ in colour and in dashes, 24 in one."""
    colours = ("#3b82c4", "#e07b1f", "#3a9d5d", "#c94f4f", "#8b6cc1", "#9c6b4f")
    return {
        "color": colours[index % len(colours)],
        "linestyle": DASHES[(index + index // 12) % len(DASHES)],  # 12: then both are as before
    }
