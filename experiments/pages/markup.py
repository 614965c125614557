"""HTML from Python: every text is escaped, unless it is HTML already."""

import html
from collections.abc import Iterable, Sequence
from typing import Any

_VOID = {"img", "meta"}  # elements that hold nothing, and are not closed


class Html(str):
    """A text that is HTML already."""


def element(tag: str, /, *children: Any, **attributes: Any) -> Html:
    """An element of HTML.

    Args:
      tag: its name.
      *children: texts, which are escaped, and HTML, which is not.
      **attributes: ``class_`` for class and ``aria_label`` for aria-label; None for none at all.

    >>> element("p", "a < b, ", element("b", "so"), class_="note")
    '<p class="note">a &lt; b, <b>so</b></p>'
    """
    words = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Html(f"<{tag}{words}>" + ("" if tag in _VOID else f"{all_of(children)}</{tag}>"))


def all_of(parts: Iterable[Any]) -> Html:
    """Parts one after the other.

    >>> all_of(["1 < 2", Html("<b>!</b>")])
    '1 &lt; 2<b>!</b>'
    """
    return Html("".join(p if isinstance(p, Html) else html.escape(str(p)) for p in parts))


def table(
    what: str, head: Sequence[Any], rows: Iterable[Sequence[Any]], class_: str | None = None
) -> Html:
    """A table, which scrolls by itself where it is too wide.

    Args:
      what: it shows, for those who cannot see it.
      head: of each column.
      rows: of each row its head and its cells: texts, HTML, or whole ``td`` elements.
      class_: of the table.
    """
    top = element("tr", *(element("th", text, scope="col") for text in head))
    body = [
        element("tr", element("th", first, scope="row"), *map(_cell, rest)) for first, *rest in rows
    ]
    made = element("table", element("thead", top), element("tbody", *body), class_=class_)
    return scrolling(what, made)


def scrolling(what: str, content: Html) -> Html:
    """Content that scrolls by itself where it is too wide, by the keyboard too."""
    return element("div", content, class_="scroll", role="region", aria_label=what, tabindex="0")


def figure(content: Html, caption: Any, class_: str | None = None) -> Html:
    """A picture, or several, with words below."""
    return element("figure", content, element("figcaption", caption), class_=class_)


def facts(items: Iterable[tuple[Any, Any]]) -> Html:
    """Names and values, each pair in a box."""
    boxes = (element("div", element("dt", name), element("dd", value)) for name, value in items)
    return element("dl", *boxes, class_="facts")


def _cell(content: Any) -> Html:
    is_cell = isinstance(content, Html) and content.startswith("<td")
    return content if is_cell else element("td", content)
