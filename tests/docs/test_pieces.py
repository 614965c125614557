"""What the pages are made with: the missing extra, wrong arguments, and the parts' own examples."""

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [path for end in ("md", "rst") for path in (ROOT / "docs").glob(f"*.{end}")]
PARTS = [path.stem for path in sorted((ROOT / "docs/_site").glob("[a-z]*.py"))]
WITHOUT = """
import runpy, sys
sys.modules[sys.argv.pop(1)] = None  # as if it were not installed
runpy.run_module("docs", run_name="__main__")
"""


@pytest.mark.parametrize("package", ["sphinx", "myst_nb", "sphinx_book_theme"])
def test_a_missing_extra_is_one_sentence_with_the_remedy(package):
    command = [sys.executable, "-c", WITHOUT, package]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f'the documentation needs {package}; pip install "nne_jax[docs]".\n'


@pytest.mark.parametrize("arguments", [["a", "b"], ["--fast"]])
def test_wrong_arguments_are_one_sentence_with_the_remedy(arguments):
    command = [sys.executable, "-m", "docs", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"arguments={arguments}: give one folder for the pages, or none.\n"


@pytest.mark.parametrize("name", PARTS)
def test_examples_of_the_parts(name):
    assert doctest.testmod(importlib.import_module(f"docs._site.{name}")).failed == 0


def test_names_of_the_package_in_the_pages_exist():
    named = {name for path in PAGES for name in re.findall(r"\bnne((?:\.\w+)+)", path.read_text())}
    assert len(named) > 20
    for name in sorted(named):
        found = importlib.import_module("nne_jax")
        for part in name.removeprefix(".").split("."):
            found = getattr(found, part)
