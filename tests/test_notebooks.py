"""Every notebook is stripped of its outputs, and its cells run with tiny settings."""

import json
from pathlib import Path

import matplotlib
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
TINY = "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, NUM_SEEDS = 20, 40, 200, 2"


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, monkeypatch):
    matplotlib.use("Agg")
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    namespace = {}
    for cell in code:
        tiny = "parameters" in cell["metadata"].get("tags", ())
        exec(compile(TINY if tiny else "".join(cell["source"]), path.name, "exec"), namespace)
    assert namespace["report"].modal > 0.2  # twice what a guess gets
    matplotlib.pyplot.close("all")
