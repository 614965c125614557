"""The page: its sections in order; one that cannot be shown says why, and the others are."""

import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from experiments.launch.provenance import command_line
from experiments.pages import (
    comparison,
    configuration,
    confusion,
    costs,
    curves,
    genes,
    network,
    outcome,
    units,
)
from experiments.pages.files import Files
from experiments.pages.markup import Html, element
from experiments.pages.network import Evolved
from nne_jax.errors import InputError

_STYLE = Path(__file__).with_name("page.css")
# Nothing is fetched, and nothing is run, whatever a run's folder has made its way into the page.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
OF_FILES: dict[str, Callable[[Files], Html]] = {
    "Configuration": configuration.section,
    "Learning curves": curves.learning,
    "Allele frequencies": curves.frequencies,
    "Distance to fixation": curves.distance,
}
OF_THE_NETWORK: dict[str, Callable[[Evolved], Html]] = {
    "Confusion matrix": confusion.matrix_section,
    "Most confused images": confusion.images_section,
    "Receptive fields": units.section,
    "Genes that matter most": genes.section,
}
COSTS, COMPARISON = "Time and memory", "Side by side"
# Of the two columns of a wide screen; the others have both.
_COLUMN = {
    "Learning curves": "column tall",
    "Allele frequencies": "column",
    "Distance to fixation": "column",
    "Confusion matrix": "column",
    "Most confused images": "column",
}


def page(runs: Sequence[Files], data_dir: str) -> str:
    """The HTML of runs.

    Args:
      runs: one or several.
      data_dir: where data sets are; empty for where the runs had them.
    """
    title = f"nne_jax: {', '.join(files.name for files in runs)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(_STYLE.read_text())),
    )
    several = (
        [_section(COMPARISON, "all", partial(comparison.section, runs))] if len(runs) > 1 else []
    )
    articles = [_article(i, files, data_dir) for i, files in enumerate(runs, start=1)]
    made = f"Made {time.strftime('%Y-%m-%d %H:%M')} by {command_line('experiments.report')}"
    header = element("header", element("h1", "Neural net evolution"))
    body = element("body", header, element("main", *several, *articles), element("footer", made))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _article(number: int, files: Files, data_dir: str) -> Html:
    """All of one run."""
    made: Evolved | None = None
    try:
        made = network.evolved(files, data_dir)
        why = ""
    except InputError as error:
        why = str(error)

    def of_the_network(build: Callable[[Evolved], Html]) -> Html:
        if made is None:
            raise InputError(why)
        return build(made)

    sections: dict[str, Callable[[], Html]] = {
        **{title: partial(build, files) for title, build in OF_FILES.items()},
        **{title: partial(of_the_network, build) for title, build in OF_THE_NETWORK.items()},
        COSTS: partial(costs.section, files, made),
    }
    problems = [*files.problems, *(made.problems if made else ())]
    prefix = f"run-{number}"
    return element(
        "article",
        element("h2", files.name),
        outcome.section(files),
        *(element("p", problem, class_="missing") for problem in problems),
        element(
            "nav",
            *(element("a", t, href=f"#{_id(prefix, t)}") for t in sections),
            aria_label="sections",
        ),
        *(_section(title, prefix, build) for title, build in sections.items()),
        id=prefix,
    )


def _section(title: str, prefix: str, build: Callable[[], Html]) -> Html:
    """A section, or the sentence why it cannot be shown."""
    try:
        content = build()
    except InputError as error:
        content = element("p", str(error), class_="missing")
    name = _id(prefix, title)
    return element("section", element("h3", title), content, id=name, class_=_COLUMN.get(title))


def _id(prefix: str, title: str) -> str:
    return f"{prefix}-{re.sub('[^a-z]+', '-', title.lower())}"
