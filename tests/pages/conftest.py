"""A complete run, its network, and a copy of its folder that may be damaged."""

import shutil

import pytest

from experiments.pages import files, network
from tests.experiments.tiny import TINY, evolve


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The folder of a complete run of 40 generations."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    evolve(*TINY, f"--workdir={folder}", "--noprogress")
    return folder


@pytest.fixture(scope="session")
def evolved(run):
    """Its network, made again."""
    return network.evolved(*files.read([str(run)]), data_dir="")


@pytest.fixture
def copy(run, tmp_path):
    """The folder of such a run, to be damaged."""
    copied = shutil.copytree(run, tmp_path / "copy")
    (copied / "report.html").unlink(missing_ok=True)
    return copied
