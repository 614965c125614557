"""Names, calls and flags of docs/migration.md: the old ones are gone, the new ones are there."""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import types
from pathlib import Path

import pytest
from absl import flags

import nne_jax as nne

MODULES = {module.name for module in pkgutil.walk_packages(nne.__path__, "nne_jax.")}
MIGRATION = (Path(__file__).parent.parent / "docs" / "migration.md").read_text()


def rows_of(section):
    table = MIGRATION.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = [line[2:-2].split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert rows[0] == ["old", "new", "since"]
    return rows[1:]


def is_public(name):
    """Whether a dotted name leads from the package to something that is no import of another's."""
    found = nne
    for part in name.split("."):
        if isinstance(found, types.ModuleType):
            module = f"{found.__name__}.{part}"
            if module in MODULES:
                found = importlib.import_module(module)
                continue
            if part not in written_in(found):
                return False
        elif part in getattr(found, "__annotations__", ()):  # a field without a default
            return True
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def written_in(module):
    """Names that are offered, or defined at the top: not what is imported from elsewhere."""
    names = set(getattr(module, "__all__", ()))
    for node in ast.parse(inspect.getsource(module)).body:
        targets = getattr(node, "targets", [getattr(node, "target", node)])
        names |= {getattr(target, "id", getattr(target, "name", None)) for target in targets}
    return names


def of_each(section):
    return pytest.mark.parametrize("row", rows_of(section), ids=lambda row: row[0].split("`")[1])


@of_each("Names")
def test_a_name_that_changed(row):
    old, new, since = row
    gone = re.findall(r"`([^`]+)`", old)
    assert gone
    assert [name for name in gone if is_public(name)] == []
    names = re.findall(r"`([\w.]+)`", new)
    assert names or new.startswith("none: private")
    assert all(is_public(name) or importlib.util.find_spec(name) for name in names)
    assert re.search(r"^\d{4}-\d\d-\d\d$", since)


@of_each("Calls")
def test_a_call_that_changed(row):
    calls = re.findall(r"`([\w.]+)\(([^`]*)\)`", row[1])
    assert calls
    for name, arguments in calls:
        assert is_public(name)
        function = nne
        for part in name.split("."):
            function = getattr(function, part)
        known = inspect.signature(function).parameters
        given = [a.partition("=")[0] for a in arguments.split(", ") if a != "…"]
        assert [argument for argument in given if argument not in known] == []


def test_commands_that_changed():
    rows = rows_of("Commands, flags and files")
    new = re.findall(r"(\w+) --(\w+)", " ".join(row[1] for row in rows))
    old = re.findall(r"(\w+) --(\w+)", " ".join(row[0] for row in rows if "empty" not in row[0]))
    assert new
    assert old
    for command, flag in new:
        assert flag in flags_of(command)
    gone = [(command, flag) for command, flag in old if flag not in flags_of(command)]
    assert gone == [
        ("peers", "strategies"),
        ("peers", "search_generations"),
        ("evolve", "gene_density"),
    ]


def flags_of(command):
    values = flags.FlagValues()
    importlib.import_module(f"experiments.{command}").define(values)
    return values
