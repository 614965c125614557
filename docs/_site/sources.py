"""Source files that pages link to, as pages: highlighted, with anchors at lines and at equations.

A link to ``selection/equation.py#A6`` leads to the line whose comment is ``# A6``.
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
    app.setup_extension("sphinx.ext.linkcode")
    app.connect("html-collect-pages", _pages)


def url(env, docname: str, path: Path, anchor: str = "") -> str | None:
    """Where a source file is on the site, as seen from a page; None if it is no page."""
    if path.suffix not in _SHOWN or not path.is_relative_to(_ROOT):
        return None
    linked = vars(env).setdefault("nne_jax_sources", {})  # is kept from build to build
    name = path.relative_to(_ROOT).as_posix()
    linked.setdefault(name, str(path))
    return "../" * docname.count("/") + f"source/{name}.html{anchor}"


def linkcode_resolver(env_of):
    """What ``sphinx.ext.linkcode`` asks: where the code of an object of the reference is."""

    def resolve(domain, info):
        if domain != "py" or not info["module"]:
            return None
        found = sys.modules[info["module"]]
        try:
            for part in info["fullname"].split("."):
                found = getattr(found, part)
            found = inspect.unwrap(getattr(found, "fget", found))
            line = inspect.getsourcelines(found)[1]
            path = Path(inspect.getsourcefile(found))
        except (AttributeError, OSError, TypeError):
            return None
        return url(env_of(), "api", path, f"#line-{line}")

    return resolve


def _pages(app):
    for name, path in sorted(vars(app.env).get("nne_jax_sources", {}).items()):
        body = f"<h1>{html.escape(name)}</h1>{_highlighted(Path(path))}"
        yield f"source/{name}", {"title": name, "body": body}, "page.html"


def _highlighted(path: Path) -> str:
    text = path.read_text()
    formatter = HtmlFormatter(linenos="inline", lineanchors="line", wrapcode=True)
    lines = highlight(text, get_lexer_for_filename(path.name), formatter).split("\n")
    tags = {}
    for number, line in enumerate(text.split("\n"), 1):
        for tag in _TAG.findall(line):
            tags.setdefault(tag, number)
    made = "\n".join(lines)
    for tag, number in tags.items():
        made = made.replace(f'<a id="line-{number}"', f'<a id="{tag}"></a><a id="line-{number}"')
    return made
