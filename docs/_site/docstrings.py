"""Docstrings as the reference shows them: fields by their comments, sources among the sections.

The code says what a field of a NamedTuple or a dataclass is in a comment behind it, which Sphinx
does not read.
"""

import inspect
import re
import sys


def setup(app):
    """Tells Sphinx: before napoleon reads the sections, at 500."""
    app.connect("autodoc-process-docstring", _process, priority=400)


def _process(app, what, name, obj, options, lines):
    del app, obj, options
    if what in ("attribute", "data"):
        lines[:] = [comment_of(name) or "\n".join(lines)]
    lines[:] = source_as_section([_literal_bars(line) for line in lines])


def _literal_bars(line: str) -> str:
    """A line in which bars are bars: |x|, not the name of a substitution."""
    return line if line.lstrip().startswith((">>>", "...")) else line.replace("|", r"\|")


def source_as_section(lines: list[str]) -> list[str]:
    """A paragraph "Source: …" as a section of its own.

    >>> source_as_section(["Source: He et al.,", "2015.", "", "More."])
    ['Source:', '    He et al.,', '    2015.', '', 'More.']
    """
    made, inside = [], False
    for line in lines:
        if line.startswith("Source: "):
            made += ["Source:", "    " + line.removeprefix("Source: ")]
            inside = True
        else:
            inside = inside and bool(line.strip())
            made.append("    " + line if inside else line)
    return made


def comment_of(name: str) -> str:
    """What the comment behind a field or a constant says.

    >>> comment_of("nne_jax.types.Labels")
    '(B,) int32 in [0, C)'
    """
    parent, _, last = name.rpartition(".")
    try:
        text = inspect.getsource(_found(parent))
    except (OSError, TypeError, AttributeError):
        return ""
    match = re.search(rf"^ *{last}(?::[^=\n]*)?(?: = [^#\n]*)?  # (.*)$", text, re.M)
    return match.group(1) if match else ""


def _found(name: str):
    """A module, or a class in one."""
    if name in sys.modules:
        return sys.modules[name]
    parent, _, last = name.rpartition(".")
    return getattr(_found(parent), last)
