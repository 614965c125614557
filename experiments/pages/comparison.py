"""Several runs side by side: what differs, what each came to, and their curves together."""

from collections.abc import Sequence

from experiments.pages import curves, drawings, outcome, words
from experiments.pages.files import Files, option_texts
from experiments.pages.markup import Html, all_of, element, figure, table
from experiments.run.config import OF_A_MACHINE
from nne_jax.errors import InputError
from nne_jax.evaluation import NETWORKS


def differing(runs: Sequence[Files]) -> dict[str, list[str]]:
    """By name, the options that differ, as each run has them; – where its options are not known."""
    known = [option_texts(files.config) if files.config else {} for files in runs]
    names = next(filter(None, known), {})
    found = {name: [options.get(name, "–") for options in known] for name in names}
    return {
        name: texts
        for name, texts in found.items()
        if name not in OF_A_MACHINE
        and len({t for t, options in zip(texts, known, strict=True) if options}) > 1
    }


def section(runs: Sequence[Files]) -> Html:
    """Results, differing options, curves."""
    return all_of([_results(runs), _options(runs), _curves(runs)])


def _results(runs: Sequence[Files]) -> Html:
    rows = []
    for index, files in enumerate(runs):
        name = element("a", _chip(index), files.name, href=f"#run-{index + 1}")
        reports = [outcome.accuracies(files, split) for split in ("test", "validation")]
        cells = [
            words.spread(*of.get(network, (None, None))) for of in reports for network in NETWORKS
        ]
        rows.append([name, f"{files.generation:,}", words.seconds(outcome.seconds(files)), *cells])
    each = [f"{split}, {label}" for split in ("test", "validation") for label in NETWORKS.values()]
    return table("results", ["run", "generations", "time", *each], rows, class_="numbers")


def _options(runs: Sequence[Files]) -> Html:
    if not (found := differing(runs)):
        return element("p", "No option that is known differs.")
    head = ["option", *(all_of([_chip(i), files.name]) for i, files in enumerate(runs))]
    rows = [[name, *(text or "–" for text in texts)] for name, texts in found.items()]
    return all_of([element("p", "Options that differ:"), table("options that differ", head, rows)])


def _curves(runs: Sequence[Files]) -> Html:
    made = []
    for column in ("generation", "seconds"):
        try:
            drawing = curves.accuracy_by(runs, column)
        except InputError as error:
            return element("p", str(error), class_="missing")
        what = f"Validation accuracy of all runs by {column}"
        made.append(
            figure(drawings.svg(drawing, f"all {column}", what, height=3.2), f"By {column}.")
        )
    names = [element("li", _chip(i), files.name) for i, files in enumerate(runs)]
    legend = element("ul", *names, class_="legend")
    return all_of([legend, element("div", *made, class_="columns")])


def _chip(index: int) -> Html:
    """The colour and dashes of a run's line."""
    style = curves.style_of(index)
    dashes = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "double"}[style["linestyle"]]
    return element("span", class_="chip", style=f"border-top:0.25em {dashes} {style['color']}")
