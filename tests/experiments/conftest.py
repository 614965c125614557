"""A run that several files look at."""

import pytest

from tests.experiments.tiny import TINY, evolve


@pytest.fixture(scope="session")
def straight(tmp_path_factory):
    """An uninterrupted run, and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "straight"
    done = evolve(*TINY, f"--workdir={folder}", "--lifetime=signsgd", "--lifetime_iterations=20")
    return folder, done
