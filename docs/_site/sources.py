"""Source files as pages: highlighted, with anchors at lines and at equations.

A link to ``selection/equation.py#A6`` leads to the line whose comment begins with ``# A6``. Every
file of the package has a page, and those of other folders that a page links to.
"""

import html
import inspect
import re
import sys
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename

_ROOT = Path(__file__).resolve().parents[2]
_SHOWN = (".py", ".yaml")  # a browser shows the others as they are
_TAG = re.compile(r"# ([A-D]\d)\b")


def setup(app):
    """Tells Sphinx."""
    app.connect("html-collect-pages", _pages)


def url(env, docname: str, path: Path, anchor: str = "") -> str | None:
    """Where a source file is on the site, as seen from a page; None where it has no page."""
    if path.suffix not in _SHOWN or not path.is_relative_to(_ROOT):
        return None
    name = path.relative_to(_ROOT).as_posix()
    _linked(env).setdefault(docname, set()).add(name)
    return "../" * docname.count("/") + f"source/{name}.html{anchor}"


def linkcode_resolve(domain: str, info: dict) -> str | None:
    """Where the code of an object of the reference is, for ``sphinx.ext.linkcode``."""
    if domain != "py" or not info["module"]:
        return None
    found = sys.modules[info["module"]]
    try:
        for part in info["fullname"].split("."):
            found = getattr(found, part)
        found = inspect.unwrap(getattr(found, "fget", found))
        line, path = inspect.getsourcelines(found)[1], Path(inspect.getsourcefile(found))
        return f"source/{path.relative_to(_ROOT).as_posix()}.html#line-{line}"
    except (AttributeError, OSError, TypeError, ValueError):
        return None  # a constant, a field, a class of another package


def _linked(env) -> dict[str, set[str]]:
    """Files by the pages that link to them; kept with the environment from build to build."""
    return vars(env).setdefault("nne_jax_sources", {})


def _pages(app):
    names = {path.relative_to(_ROOT).as_posix() for path in (_ROOT / "nne_jax").rglob("*.py")}
    for name in sorted(names.union(*_linked(app.env).values())):
        body = f'<h1>{html.escape(name)}</h1><div class="source">{_highlighted(_ROOT / name)}</div>'
        yield f"source/{name}", {"title": name, "body": body}, "page.html"


def _highlighted(path: Path) -> str:
    text = path.read_text()
    formatter = HtmlFormatter(linenos="inline", lineanchors="line", wrapcode=True)
    made = highlight(text, get_lexer_for_filename(path.name), formatter)
    seen = set()
    for number, line in enumerate(text.split("\n"), 1):
        for tag in set(_TAG.findall(line)) - seen:  # the first line of an equation
            seen.add(tag)
            here = f'<a id="line-{number}"'
            made = made.replace(here, f'<a id="{tag}"></a>{here}')
    return made
