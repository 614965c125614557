"""A page as a test reads it."""

import html.parser

from experiments.pages import page as pages
from nne_jax._files import read_json, write_json
from tests.experiments.commands import run_command

TITLES = [*pages.OF_FILES, *pages.OF_THE_NETWORK, pages.COSTS]


class Page(html.parser.HTMLParser):
    """What a page holds; closes what it opens, each in the other."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.tags, self.title = [], [], [], [], ""
        self.sections, self.missing, self.texts = {}, [], []
        self._heading = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [v for name, v in attrs.items() if name in ("href", "src", "xlink:href")]
        if tag not in ("meta", "img"):
            self.open.append((tag, attrs.get("class", "")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        tags = [tag for tag, _ in self.open]
        if tags[-1:] == ["h3"]:
            self._heading = text
        elif ("p", "missing") in self.open:
            self.missing.append((self._heading, text))
        elif "section" in tags:
            self.sections[self._heading] = self.sections.get(self._heading, "") + text + "\n"


def report(*folders, check=True, **options):
    """The page of some folders, read."""
    flags = [f"--{name}={value}" for name, value in {"overwrite": True, **options}.items()]
    done = run_command("report", *(f"--workdir={folder}" for folder in folders), *flags)
    if not check:
        return done
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    with open(line.removeprefix("written to "), encoding="utf-8") as file:
        return Page(file.read())


def titles_missing(page):
    return {title for title, _ in page.missing if title}


def with_options(folder, **options):
    """Changes the options in a folder as if its run had been made with others."""
    record = read_json(folder / "config.json")
    write_json(folder / "config.json", record | {"config": record["config"] | options})
