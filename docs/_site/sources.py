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
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{up}_static/source.css"></head>
<body><p><a href="{up}index.html">nne_jax</a> / {name}</p>
{code}</body></html>
"""


def setup(app):
    """Tells Sphinx."""
    app.connect("build-finished", _write)


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
        # of the package only: an environment may be in the checkout, with others' code
        return f"source/nne_jax/{path.relative_to(_ROOT / 'nne_jax').as_posix()}.html#line-{line}"
    except (AttributeError, OSError, TypeError, ValueError):
        return None  # a constant, a field, a class of another package


def _linked(env) -> dict[str, set[str]]:
    """Files by the pages that link to them; kept with the environment from build to build."""
    return vars(env).setdefault("nne_jax_sources", {})


def _write(app, exception):
    if exception or app.builder.format != "html":
        return
    (app.outdir / "_static/source.css").write_text(_style())
    names = {path.relative_to(_ROOT).as_posix() for path in (_ROOT / "nne_jax").rglob("*.py")}
    for name in names.union(*_linked(app.env).values()):
        path = app.outdir / f"source/{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (name.count("/") + 1)
        page = _PAGE.format(name=html.escape(name), up=up, code=_highlighted(_ROOT / name))
        path.write_text(page)


def _style() -> str:
    """Light, and dark where the reader's system is."""
    light, dark = (
        HtmlFormatter(style=f"a11y-high-contrast-{name}").get_style_defs(".highlight")
        for name in ("light", "dark")
    )
    return (
        "body { font: 1rem/1.5 sans-serif; margin: 1rem; }\n"
        ":target, :target + a { background: gold; }\n"
        f"{light}\n@media (prefers-color-scheme: dark) {{\n"
        "body { background: #121212; color: #ddd; } a { color: #8ab4f8; }\n"
        f"{dark}\n}}\n"
        ".highlight { background: none; } pre { font-size: 0.85rem; overflow-x: auto; }\n"
    )


def _highlighted(path: Path) -> str:
    text = path.read_text()
    formatter = HtmlFormatter(linenos="inline", lineanchors="line")
    made = highlight(text, get_lexer_for_filename(path.name), formatter)
    seen = set()
    for number, line in enumerate(text.split("\n"), 1):
        for tag in set(_TAG.findall(line)) - seen:  # the first line of an equation
            seen.add(tag)
            here = f'<a id="line-{number}"'
            made = made.replace(here, f'<a id="{tag}"></a>{here}')
    return made
