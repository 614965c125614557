"""Docstrings as the reference shows them: fields by their comments, sources among the sections.

The code says what a field of a NamedTuple or a dataclass is in a comment behind it. Sphinx reads
comments that begin with ``#:`` only, and is taught to read these too.
"""

import ast
import re
from collections.abc import Iterator

from sphinx.pycode import ModuleAnalyzer


def setup(app):
    """Tells Sphinx: before napoleon reads the sections, at 500."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    analyze = ModuleAnalyzer.analyze

    def with_comments(self):
        analyze(self)
        for scope, name, comment in comments(self.code):
            self.attr_docs.setdefault((scope, name), [comment, ""])

    ModuleAnalyzer.analyze = with_comments


def _process(app, what, name, obj, options, lines):
    del app, what, name, obj, options
    lines[:] = source_as_section([literal_bars(line) for line in lines])


def comments(code: str) -> Iterator[tuple[str, str, str]]:
    """What is said of fields and constants behind them: the class or "", the name, the comment.

    >>> list(comments("class A:\\n    b: int  # a number\\nC = 1  # another"))
    [('A', 'b', 'a number'), ('', 'C', 'another')]
    """
    lines = code.splitlines()
    module = ast.parse(code)
    scopes = [(node.name, node.body) for node in module.body if isinstance(node, ast.ClassDef)]
    for scope, body in [*scopes, ("", module.body)]:
        for node in body:
            if not isinstance(node, ast.AnnAssign | ast.Assign):
                continue
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            behind = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
            if isinstance(target, ast.Name) and (found := re.match(r"\s*#:? ?(.+)", behind)):
                # a colon would end a type for napoleon
                yield scope, target.id, found.group(1).replace(": ", " – ")


def literal_bars(line: str) -> str:
    """A line in which bars are bars: |x|, and not the name of a substitution.

    >>> print(literal_bars("|p - q|, where ``a|b``"))
    \\|p - q\\|, where ``a|b``
    """
    if line.lstrip().startswith((">>>", "...")):
        return line
    parts = line.split("``")
    parts[::2] = [re.sub(r"(?<=\S)\||\|(?=\S)", r"\\|", part) for part in parts[::2]]
    return "``".join(parts)


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
