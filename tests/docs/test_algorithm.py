"""docs/algorithm.md shows lines that are in the code, and every equation that the code numbers."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/algorithm.md").read_text()
PLACES = re.findall(r"\[`([\w/]+\.py)`\]\(\.\./([\w/]+\.py)(?:#(\w\d))?\)\s`([\w.]+)`", PAGE)
TAG = re.compile(r"# ([A-D]\d)\b")
EQUATIONS = [f"A{number}" for number in range(1, 9)] + ["B1", "C1", "C2"]


def code_of(path, symbol):
    """The lines of a function or class of a file, or of a method."""
    text = (ROOT / path).read_text()
    found = ast.parse(text)
    for name in symbol.split("."):
        made = (ast.FunctionDef, ast.ClassDef)
        found = next(n for n in ast.walk(found) if isinstance(n, made) and n.name == name)
    return text.splitlines()[found.lineno - 1 : found.end_lineno]


def test_every_link_is_followed_by_its_symbol():
    assert len(PLACES) > 25
    assert len(PLACES) == len(re.findall(r"\]\(\.\./[\w/]+\.py", PAGE))


@pytest.mark.parametrize(("shown", "path", "tag", "symbol"), PLACES)
def test_a_symbol_exists_and_has_the_equation(shown, path, tag, symbol):
    assert shown == path
    tags = {found for line in code_of(path, symbol) for found in TAG.findall(line)}
    assert not tag or tag in tags


def test_every_equation_has_a_part_with_its_line():
    parts = dict(re.findall(r"^### ([A-D]\d): .*\n((?:(?!^##).*\n)*)", PAGE, re.M))
    assert list(parts) == EQUATIONS
    for tag, part in parts.items():
        shown = re.findall(r"```python\n(.*?)```", part, re.S)
        assert shown
        assert all(f"# {tag}" in line for block in shown for line in block.splitlines())
        files = [path for _, path, found, _ in PLACES if found == tag]
        code = {line.strip() for path in files for line in (ROOT / path).read_text().splitlines()}
        assert {line for block in shown for line in block.splitlines()} <= code


def test_every_numbered_line_of_the_code_is_linked():
    numbered = {
        (path.relative_to(ROOT).as_posix(), tag)
        for path in (ROOT / "nne_jax").rglob("*.py")
        for tag in TAG.findall(path.read_text())
    }
    assert len(numbered) > 15
    assert numbered - {(path, tag) for _, path, tag, _ in PLACES} == set()
