"""Directives of the results: ``results-table NAME``, and ``every-figure``."""

import html
import json

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from docs._site import cells, tables


class ResultsTable(SphinxDirective):
    """One of ``tables.TABLES``, by its name."""

    required_arguments = 1

    def run(self):
        """Makes it."""
        (name,) = self.arguments
        if name not in tables.TABLES:
            known = ", ".join(tables.TABLES)
            raise self.error(f"results-table={name}: unknown; give one of {known}.")
        for path in cells.RESULTS.glob("*.json"):
            self.env.note_dependency(str(path))
        return self.parse_text_to_nodes(tables.TABLES[name]())


class EveryFigure(SphinxDirective):
    """All pictures of the results, each with the command that makes it."""

    def run(self):
        """Lists them by their names: whoever adds a result need not tell the pages."""
        self.env.note_reread()
        made = []
        for path in sorted(cells.RESULTS.glob("*.png")):
            picture = f"../experiments/results/{path.name}"
            text = f"[![{path.stem}]({picture})]({picture})\n\n**{path.stem}**"
            if (data := path.with_suffix(".json")).is_file():
                command = json.loads(data.read_text()).get("command", "")
                text += f" ([numbers](../experiments/results/{data.name})): `{command}`"
            made.append(nodes.container("", *self.parse_text_to_nodes(text), classes=["one"]))
        return [nodes.container("", *made, classes=["every-figure"])]


class Drawing(SphinxDirective):
    """A drawing of ``_static`` in the page itself, so that it has the page's colours."""

    required_arguments = 1

    def run(self):
        """Reads it."""
        path = self.env.srcdir / "_static" / f"{html.escape(self.arguments[0])}.svg"
        self.env.note_dependency(str(path))
        return [nodes.raw("", f'<div class="drawing">{path.read_text()}</div>', format="html")]


def setup(app):
    """Tells Sphinx."""
    app.add_directive("results-table", ResultsTable)
    app.add_directive("every-figure", EveryFigure)
    app.add_directive("drawing", Drawing)
