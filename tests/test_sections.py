"""Every experiment of experiments/README.md is a section, with all parts and its own results."""

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "experiments/results"
TEXT = (ROOT / "experiments/README.md").read_text()
LEADS = [
    f"**{words}.**"
    for words in ("Question", "Time", "Result", "What it says", "What it does not say")
]
APART = {  # chapters that are made otherwise, and why
    "A page of a run, or of several": "a tool, which has no result",
}
OTHER_FLAGS = {  # results whose command had other flags than the section's, and why
    "ablation": "the preset mnist_wide had no name yet",
    "mnist_bfloat16": "the preset mnist_wide had no name yet",
    "ten_minutes": "presets had other values: they are given one by one",
    "generalisation": "presets had other values: they are given one by one",
    "no_jitter": "presets had other values: they are given one by one",
    "benchmark-genes-amd-epyc-2-cores": "the default was given: --rounds=3",
}
NO_MATTER = {"--workdir", "--output", "--output_dir", "--resume", "--overwrite", "--noprogress"}


class Section(NamedTuple):
    """What stands below a heading, up to the next one of any level."""

    title: str
    chapter: str  # the heading of the second level that it is in
    text: str

    @property
    def commands(self) -> list[str]:
        """Those of experiments in its blocks."""
        blocks = re.findall(r"```bash\n(.*?)```", self.text, re.S)
        lines = [line for block in blocks for line in block.splitlines()]
        return [line for line in lines if line.startswith("python -m experiments.")]


def sections() -> list[Section]:
    found, chapter = [], ""
    for level, title, text in re.findall(r"^(##+) (.+)\n((?:(?!^##).*\n)*)", TEXT, re.M):
        chapter = title if level == "##" else chapter
        found.append(Section(title, chapter, text))
    return found


SECTIONS = sections()
EXPERIMENTS = [one for one in SECTIONS if one.commands and one.chapter not in APART]


def text_of(title: str) -> str:
    """What a section says."""
    (found,) = (section.text for section in SECTIONS if section.title == title)
    return found


def anchor(title: str) -> str:
    """As GitHub names a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


ANCHORS = {anchor(section.title) for section in SECTIONS}


def json_files(text: str) -> set[str]:
    """The names of the results that it links."""
    return set(re.findall(r"\]\(results/([^)]+)\.json\)", text))


def launcher_and_flags(command: str) -> tuple[str, set[str]]:
    """The module, and the flags that decide what it makes."""
    _, _, module, *flags = shlex.split(command)
    return module, {flag for flag in flags if flag.partition("=")[0] not in NO_MATTER}


@pytest.mark.parametrize("section", EXPERIMENTS, ids=lambda section: anchor(section.title))
def test_a_section_has_all_parts_in_order(section):
    text = section.text
    assert [text.count(lead) for lead in LEADS] == [1] * len(LEADS)
    question, time, result, says, says_not = map(text.index, LEADS)
    assert question < text.index("```bash") < text.rindex("```") < time < result < says < says_not
    assert all(
        result < picture.start() < says for picture in re.finditer(r"!\[.*?(?:png|gif)\)", text)
    )


def test_every_picture_is_shown_once():
    for ending in ("png", "gif"):
        shown = re.findall(rf"!\[[^]]*\]\(results/([^)]+)\.{ending}\)", TEXT)
        assert len(shown) == len(set(shown))
        assert set(shown) == results(ending)


def test_every_result_is_linked_in_the_section_of_its_command():
    assert json_files(TEXT) == results("json")
    beside_a_command = {name for section in EXPERIMENTS for name in json_files(section.text)}
    assert json_files(TEXT) == beside_a_command
    assert set(OTHER_FLAGS) <= beside_a_command


def results(ending: str) -> set[str]:
    """The names of those with such an ending."""
    return {path.stem for path in RESULTS.glob(f"*.{ending}")}


@pytest.mark.parametrize("section", EXPERIMENTS, ids=lambda section: anchor(section.title))
def test_a_result_is_of_the_sections_command(section):
    commands = {
        name: launcher_and_flags(json.loads((RESULTS / f"{name}.json").read_text())["command"])
        for name in json_files(section.text)
    }
    launchers = [launcher for launcher, _ in commands.values()]
    all_stated = [*map(launcher_and_flags, section.commands)]  # some make a picture, say
    for name, recorded in commands.items():
        stated = [one for one in all_stated if one[0] == recorded[0]]
        assert 0 < len(stated) <= launchers.count(recorded[0])  # none that made no file
        assert (recorded in stated) == (name not in OTHER_FLAGS), (name, recorded, stated)


def test_the_contents_lead_to_every_section():
    contents = re.findall(r"\]\(#([^)]+)\)", TEXT.partition("\n## ")[0])
    below = (one for one in SECTIONS if one.title != one.chapter)
    parts = {anchor(section.title) for section in below if section.chapter in APART}
    assert len(ANCHORS) == len(SECTIONS)
    assert len(set(contents)) == len(contents)
    assert ANCHORS - parts <= set(contents)


DOCS = [f"docs/{path.name}" for path in sorted(ROOT.glob("docs/*.md"))]


@pytest.mark.parametrize("name", ["README.md", "experiments/README.md", *DOCS])
def test_links_to_sections_lead_to_one(name):
    pattern = r"experiments/README\.md#([^)]+)\)"
    if name == "experiments/README.md":
        pattern = r"\]\(#([^)]+)\)"
    assert set(re.findall(pattern, (ROOT / name).read_text())) <= ANCHORS
