"""A run that several files look at."""

import pytest

from tests.runs.toys import quiet, start, walk


@pytest.fixture
def folder(tmp_path):
    """A run of ten generations, with checkpoints at 4, 8 and 10."""
    quiet(walk, start(), None, 10, tmp_path / "run", checkpoint_every=4)
    return tmp_path / "run"
