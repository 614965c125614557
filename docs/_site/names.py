"""Names of the package in text, ``nne.selection.pbil`` say, lead to where they are described."""

from docutils import nodes
from sphinx.util.nodes import make_refnode


def setup(app):
    """Tells Sphinx."""
    app.connect("doctree-resolved", _link)


def _link(app, doctree, docname):
    known = app.env.get_domain("py").objects
    for literal in list(doctree.findall(nodes.literal)):
        if isinstance(literal.parent, nodes.reference | nodes.title):
            continue
        name = full_name(literal.astext(), known)
        if name and known[name].docname:
            found = known[name]
            node = make_refnode(
                app.builder, docname, found.docname, found.node_id, literal.deepcopy()
            )
            literal.replace_self(node)


def full_name(text: str, known) -> str:
    """The name that a text like ``nne.genome.init`` stands for, if it is one of the known ones.

    >>> full_name("nne.genome.init(key)", {"nne_jax.genome.init"})
    'nne_jax.genome.init'
    >>> full_name("genome", {"nne_jax.genome.init"})
    ''
    """
    name = "nne_jax." + text.partition("(")[0].removeprefix("nne_jax.").removeprefix("nne.")
    return name if name in known and name.count(".") > 1 else ""
