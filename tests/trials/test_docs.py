"""docs/reliability.md and docs/security.md name what is there, and numbers that were measured."""

import json
import re
from pathlib import Path

import pytest

from experiments import soak
from experiments.launch import exits
from nne_jax import _official

ROOT = Path(__file__).parents[2]
RELIABILITY, SECURITY = (
    (ROOT / "docs" / name).read_text() for name in ("reliability.md", "security.md")
)
RESULT = ROOT / "experiments" / "results" / "soak.json"


def test_every_promise_names_a_test_that_is_there():
    rows = [line for line in RELIABILITY.splitlines() if line.count("|") == 5][2:]
    assert len(rows) > 15
    for row in rows:
        file = ""
        names = re.findall(r"`([\w/.]*)::(test_\w+)`", row)
        assert names, row
        for path, name in names:
            file = path or file
            assert f"def {name}(" in (ROOT / "tests" / file).read_text(), (file, name)
        kinds = row.split("|")[-2].strip()
        assert set(kinds.split(", ")) <= {"", *soak.KINDS}


def test_the_numbers_are_those_of_the_soak():
    if not RESULT.exists():
        pytest.skip("experiments.soak has not been run")
    record = json.loads(RESULT.read_text())
    assert soak.table(record["kinds"]) in RELIABILITY
    assert all(not kind["failures"] for kind in record["kinds"].values())


def test_statuses_are_those_of_the_commands():
    statuses = {
        exits.REFUSED,
        exits.FAULT,
        exits.STORAGE,
        exits.BUSY,
        exits.INTERRUPTED,
        exits.LOST,
    }
    for status in statuses:
        assert re.search(rf"^\| .*\b{status}\b", RELIABILITY, re.M)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "emnist/digits"])
def test_the_addresses_are_those_of_the_registry(name):
    for source in _official.sources(name).values():
        folder = source.url if name.startswith("emnist") else source.url.rpartition("/")[0] + "/"
        assert f"`{folder}`" in SECURITY


@pytest.mark.parametrize("text", [RELIABILITY, SECURITY])
def test_links_lead_somewhere(text):
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        if link.endswith("soak.json") and not RESULT.exists():
            continue
        assert (ROOT / "docs" / link).exists(), link
