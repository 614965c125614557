"""Links as GitHub follows them become links of the pages, and files of other folders are pages too.

Markdown links to files beside it, in this folder or in another: to ``../nne_jax/types.py``, say.
What is a page is linked as one; other files are copied beside the pages, and folders not linked.
"""

import os
import re
from pathlib import Path

from docs._site import sources

_ROOT = Path(__file__).resolve().parents[2]
_DOCS = _ROOT / "docs"
_PAGES = {  # pages that are a file of another folder
    "overview": "README.md",
    "commands": "experiments/README.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
}
_WORDS = r"(?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*"  # of a link, which may be a picture
_LINK = re.compile(rf"(!?)\[({_WORDS})\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def setup(app):
    """Tells Sphinx."""
    app.connect("source-read", _read)


def _read(app, docname, source):
    path = Path(app.env.doc2path(docname)).resolve()  # of a notebook: where it really is
    if docname in _PAGES:
        path = _ROOT / _PAGES[docname]
        app.env.note_dependency(str(path))
        source[0] = path.read_text()
    source[0] = rewritten(source[0], path.parent, docname, app.env)


def rewritten(text: str, origin: Path, docname: str, env) -> str:
    """The text of a page whose links are relative to the folder ``origin``.

    >>> from types import SimpleNamespace
    >>> rewritten("[a](../README.md#mnist), [b](../nne_jax)", _DOCS, "faq", SimpleNamespace())
    '[a](overview.md#mnist), b'
    """

    def link(found):
        sign, words, target, anchor = found.groups(default="")
        words = _LINK.sub(link, words)
        path = (origin / target).resolve()
        if path.is_dir():
            return words
        if url := sources.url(env, docname, path, anchor):
            return f"[{words}]({url}){{.external}}"
        page = os.path.relpath(_on_the_site(path), (_DOCS / docname).parent)
        return f"{sign}[{words}]({page}{anchor})"

    return _LINK.sub(link, text)


def _on_the_site(path: Path) -> Path:
    """Where a file is for the pages."""
    for page, file in _PAGES.items():
        if path == _ROOT / file:
            return _DOCS / f"{page}.md"
    if path.suffix == ".ipynb" and path.parent == _ROOT / "notebooks":
        return _DOCS / "notebooks" / path.stem  # by its name: Sphinx would follow our link to it
    return path
