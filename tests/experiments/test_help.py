"""``--help``: every option once, under what it is about, with its default and unit in columns."""

import importlib
import re
from itertools import chain
from pathlib import Path

import pytest
from absl import flags as absl_flags

import experiments
from experiments.launch import flags, help
from experiments.launch.groups import Group
from experiments.launch.options import option
from experiments.run.config import Config
from tests.experiments.commands import run_command

COMMANDS = sorted(
    path.stem for path in Path(experiments.__file__).parent.glob("*.py") if path.stem[0] != "_"
)


def shown(command, monkeypatch, columns=80):
    """The lines that it shows, by heading."""
    monkeypatch.setenv("COLUMNS", str(columns))
    parts = run_command(command, "--help").stdout.split("\n\n")
    return {part.split("\n")[0]: part.rstrip().split("\n")[1:] for part in parts}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_there_once_under_its_heading(command, monkeypatch):
    defined = absl_flags.FlagValues()
    importlib.import_module(f"experiments.{command}").define(defined)
    parts = shown(command, monkeypatch)
    assert list(parts)[-1] == "every command"
    headings = [heading for heading in parts if heading in [*Group]]
    assert headings == [group for group in Group if group in headings]
    names = {
        heading: [line.split()[0].replace("[no]", "") for line in parts[heading] if line[2] == "-"]
        for heading in headings
    }
    assert sorted(chain(*names.values())) == sorted(f"--{name}" for name in defined)
    assert all(len(line) <= 80 for lines in parts.values() for line in lines if line[:2] == "  ")


def test_headings_of_a_run_hold_what_they_say(monkeypatch):
    parts = shown("evolve", monkeypatch)
    assert Group.COMMAND not in parts
    for heading, name in {
        "preset and data": "--preset ",
        "network": "--hidden ",
        "learning in the lifetime": "--lifetime_rate ",
        "run, files and resume": "--[no]resume ",
        "devices and processes": "--process_id ",
        "looking at it": "--[no]progress ",
    }.items():
        assert any(line.startswith(f"  {name}") for line in parts[heading])


def test_defaults_and_units_stand_in_columns(monkeypatch):
    lines = [line for part in shown("evolve", monkeypatch).values() for line in part]
    rows = [re.fullmatch(r"  (--\S+) +(\S+) +(\S.*)", line) for line in lines]
    rows = [row for row in rows if row and row.start(2) == min(r.start(2) for r in rows if r)]
    assert len(rows) > 40
    assert len({row.start(3) for row in rows}) == 1
    said = {row[1]: (row[2], row[3]) for row in rows}
    assert said["--num_generations"] == (str(Config().num_generations), "generations")
    assert said["--classes"] == ("all", "class numbers, separated by commas")
    assert said["--edge_prob"] == ("0.3", "0 to 1")
    assert said["--evolution"] == ("nne", "nne or wright_fisher")


def test_presets_that_agree_are_named_together():
    metadata = option(3, "how many", unit="genes").metadata
    said = help.entry("number", int, metadata, 3, {"a": 3, "b": 5, "c": 3, "d": 5, "e": 7})
    assert said == (Group.COMMAND, "--number", "3", "genes", ("how many", "5 in b, d; 7 in e"))
    same = help.entry("number", int, metadata, 3, {"a": 3, "b": 5, "c": 5})
    assert same.lines == ("how many", "5 in all others")


def test_a_long_default_has_a_line_of_its_own():
    default = "experiments/results/figure3.json"
    said = help.entry("output", str, option(default, "the result").metadata, default, {})
    assert (said.default, said.lines) == ("", ("the result", f"default: {default}"))


def test_a_narrow_and_a_wide_terminal(monkeypatch):
    for columns in (40, 160):
        lines = [line for part in shown("evolve", monkeypatch, columns).values() for line in part]
        ours = [line for line in lines if line.startswith("  ")]
        assert columns - 20 < max(map(len, ours)) <= columns


def test_an_option_of_a_run_cannot_be_without_a_heading():
    from experiments.run.options.field import option as run_option

    with pytest.raises(TypeError, match="group"):
        run_option(1, "a number")


def test_help_needs_no_absl_words():
    defined = absl_flags.FlagValues()
    flags.define_flag(defined, Config, "seed", None)
    text = flags.help_text("What it does.", defined)
    assert text.startswith("What it does.\n\n  options")
    assert "a whole number\n      seed of everything random" in text
