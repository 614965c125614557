"""``--help``: options by what they are about, with their defaults and units in columns."""

import shutil
import textwrap
import typing
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from experiments.launch.bounds import Bounds
from experiments.launch.groups import Group
from experiments.launch.options import as_text

_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
_MANY = {int: "whole numbers", float: "numbers", str: "words"}
_LONGEST = 14  # characters of a default that stands in the column; longer ones have their own line
_INDENT = " " * 6
_EVERYWHERE = {
    "--flagfile": (
        "FILE",
        "options in a file, a --name=value a line, such as flags.txt of a run",
    ),
    "--help": ("", "shows this"),
}


class Entry(NamedTuple):
    """What is said of one option."""

    group: Group
    name: str  # as it is typed
    default: str
    values: str  # what may be given: a unit, a kind, or a choice
    lines: tuple[str, ...]  # what it does, and its default in each preset


def entry(
    name: str, kind: Any, metadata: Mapping[str, Any], default: Any, presets: Mapping[str, Any]
) -> Entry:
    """What is said of an option.

    Args:
      name: of its field.
      kind: its type.
      metadata: of its field, made by ``option``.
      default: its value where no flag gives one.
      presets: by the name of a preset, the value there; the first one's is the default.
    """
    texts = {preset: _default(value, metadata) for preset, value in presets.items()}
    first = next(iter(texts.values()), _default(default, metadata))
    lines = [metadata["help"]]
    if len(first) > _LONGEST:
        lines, first = [*lines, f"default: {first}"], ""
    by_text: dict[str, list[str]] = {}
    for preset, text in list(texts.items())[1:]:
        if text != next(iter(texts.values())):
            by_text.setdefault(text, []).append(preset)
    if by_text:
        lines.append("; ".join(_in_presets(*one, len(texts)) for one in by_text.items()))
    typed = f"--[no]{name}" if kind is bool else f"--{name}"
    return Entry(metadata["group"], typed, first, _values(kind, metadata), tuple(lines))


def _in_presets(text: str, presets: list[str], number: int) -> str:
    others = "all others" if len(presets) == number - 1 else ", ".join(presets)
    return f"{text} in {others}"


def page(what: str, entries: Iterable[Entry]) -> str:
    """What ``--help`` shows.

    Args:
      what: the command does.
      entries: of its options, each group's in the order in which they stand.
    """
    entries = list(entries)
    width = max(40, shutil.get_terminal_size((80, 24)).columns)
    names = 2 + max([len(one.name) for one in entries] + [len(name) for name in _EVERYWHERE])
    defaults = max([len(one.default) for one in entries] + [len("default")])
    columns = names, defaults
    parts = [what.rstrip(), "\n".join(_row(columns, width, "  options", "default", "values"))]
    for group in Group:
        lines = []
        for one in (one for one in entries if one.group is group):
            lines += _row(columns, width, f"  {one.name}", one.default, one.values)
            for words in one.lines:
                lines += _wrapped(words, width, _INDENT)
        if lines:
            parts.append("\n".join([group, *lines]))
    lines = ["every command"]
    for name, (values, words) in _EVERYWHERE.items():
        lines += _row(columns, width, f"  {name}", "", values) + _wrapped(words, width, _INDENT)
    return "\n\n".join([*parts, "\n".join(lines)])


def _row(columns: tuple[int, int], width: int, name: str, default: str, values: str) -> list[str]:
    names, defaults = columns
    before = f"{name:{names}}  {default:{defaults}}  "
    if len(before) + 12 > width:  # a narrow terminal
        return _wrapped(f"{name.strip()}  {default}  {values}".rstrip(), width, "  ")
    first, *more = textwrap.wrap(values, width - len(before), break_on_hyphens=False) or [""]
    return [(before + first).rstrip(), *(" " * len(before) + line for line in more)]


def _wrapped(words: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        words, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _default(value: Any, metadata: Mapping[str, Any]) -> str:
    """A default in words."""
    if value in ("", (), None):
        return metadata["shown"]
    choices = metadata["bounds"].choices
    if isinstance(value, tuple) and len(choices) > 1 and {*value} == {*choices}:
        return "all"
    return as_text(value)


def _values(kind: Any, metadata: Mapping[str, Any]) -> str:
    """What may be given."""
    bounds: Bounds = metadata["bounds"]
    is_list = typing.get_origin(kind) is tuple
    inner = typing.get_args(kind)[0] if is_list else kind
    if bounds.choices:
        *others, last = bounds.choices
        choice = f"{', '.join(others)} or {last}" if others else last
        return f"of {choice}, separated by commas" if is_list else choice
    if unit := metadata["unit"]:
        words = unit
    elif metadata["is_path"]:
        words = "a path"
    elif inner is float and bounds.low is not None and bounds.high is not None:
        words = f"{bounds.low:g} to {bounds.high:g}"
    else:
        words = (_MANY if is_list else _KINDS)[inner]
    if not is_list:
        return words
    more = "; give it again for more" if metadata["repeated"] else ", separated by commas"
    return words + more
