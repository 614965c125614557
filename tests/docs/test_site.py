"""The pages, made once: every public name is there, and every link leads somewhere."""

import importlib
import inspect
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import nne_jax as nne
from tests.test_migration import written_in

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """The anchors of a page, its links, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loads = set(), [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes.get("id"), attributes.get("name")}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if tag in ("script", "img", "iframe", "source") and "src" in attributes:
            self.loads.append(attributes["src"])
        if tag == "link" and attributes.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(attributes["href"])
        if tag == "object":
            self.loads.append(attributes["data"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the pages, made as a reader makes them: a warning is an error."""
    folder = tmp_path_factory.mktemp("site") / "pages"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "docs", folder]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote {folder / 'index.html'}\n"
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_nothing_is_written_beside_them(site):
    assert list(site.parent.iterdir()) == [site]


def public_names():
    """All that is public: in ``__all__``, or made in a module without one; and modules."""
    modules, names = {"nne_jax.runs.plots"}, set()
    waiting = ["nne_jax", *modules]
    while waiting:
        module = importlib.import_module(waiting.pop())
        for name in getattr(module, "__all__", None) or _made_in(module):
            member = getattr(module, name)
            if not inspect.ismodule(member):
                names.add(f"{module.__name__}.{name}")
            elif member.__name__ not in modules:
                modules.add(member.__name__)
                waiting.append(member.__name__)
    return modules, names - {"nne_jax.__version__"}


def _made_in(module):
    return sorted(name for name in written_in(module) if name and not name.startswith("_"))


def test_every_public_name_is_in_the_reference(site):
    modules, names = public_names()
    assert len(modules) > 35
    assert {"nne_jax.genome.init", "nne_jax.dopamine.rules.RULES"} < names
    anchors = Page(site / "api.html").anchors
    assert sorted(names - anchors) == []
    assert sorted({f"module-{name}" for name in modules} - anchors) == []


@pytest.mark.parametrize(
    "constant",
    "data.DATASETS engines.ENGINES engines.PRECISIONS evaluation.NETWORKS fitness.FITNESS "
    "lifetime.LIFETIMES lifetime.RATES elementwise.ACTIVATIONS elementwise.EXPRESSIONS "
    "ploidy.DOMINANCE dopamine.FIRED_HIDDEN dopamine.FIRED_OUTPUT".split(),
)
def test_what_is_said_of_a_constant_is_what_is_in_it(constant):
    module, name = constant.rsplit(".", 1)
    reference = (ROOT / "docs/api.rst").read_text().partition(f"automodule:: nne_jax.{module}\n")[2]
    said = reference.partition(f"data:: {name}\n\n")[2].partition("\n\n")[0]
    values = getattr(importlib.import_module(f"nne_jax.{module}"), name)
    assert {part for value in values for part in value.split("/")} <= {*re.findall(r"\w+", said)}
    if name == "RATES":
        assert all(f"{rate} for ``{key}``" in said for key, rate in values.items())


def test_fields_are_described_by_their_comments(site):
    text = re.sub(r"<[^>]+>", "", (site / "api.html").read_text())
    assert "(n,) float32 in [0, 1] – frequency p(i) of allele 1 of gene i" in text
    assert "the selection rule’s own state" in text


def test_every_internal_link_leads_somewhere(site, pages):
    links = [(page, link) for page in pages for link in pages[page].links + pages[page].loads]
    internal = [(page, urlsplit(link)) for page, link in links if not urlsplit(link).scheme]
    assert len(internal) > 1000
    assert {(str(page.relative_to(site)), link.geturl()) for page, link in internal} >= {
        ("overview.html", "source/nne_jax/evolution.py.html"),
        ("overview.html", "notebooks/walkthrough.html"),
    }
    broken = [
        f"{page.relative_to(site)}: {link.geturl()}"
        for page, link in internal
        if not leads_somewhere(pages, page, link)
    ]
    assert broken == []


def leads_somewhere(pages, page, link):
    target = (page.parent / unquote(link.path)).resolve() if link.path else page
    if not link.fragment or target not in pages:
        return target.is_file()
    return unquote(link.fragment) in pages[target].anchors


def test_nothing_but_the_notebooks_badge_is_loaded_from_the_network(pages):
    loads = {load for page in pages.values() for load in page.loads}
    assert len(loads) > 10
    badge = "https://colab.research.google.com/assets/colab-badge.svg"
    assert {load for load in loads if urlsplit(load).netloc} <= {badge}


def test_every_notebook_is_a_tutorial(site):
    links = Page(site / "tutorials.html").links
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks
    assert {f"notebooks/{name}.html" for name in notebooks} <= {*links}


def test_source_pages_have_anchors_at_equations(site):
    page = (site / "source/nne_jax/selection/equation.py.html").read_text()
    line = page.partition('<a id="A6">')[2].partition("\n")[0]
    assert "sums.fitness1 / count1" in re.sub(r"<[^>]+>", "", line)
    assert nne.selection.marginal_fitness.__name__ in page
