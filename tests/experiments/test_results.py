"""Results on disk: what is refused before work starts, and that nothing is lost."""

import dataclasses
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from experiments.launch import option, results
from experiments.launch.paper_flags import ResultOptions
from nne_jax.errors import InputError


@dataclasses.dataclass(frozen=True)
class Options(ResultOptions):
    workdir: str = option("", "")
    output: str = option("", "")


def test_a_picture_is_never_replaced_unasked(tmp_path):
    options = Options(workdir=str(tmp_path / "runs"), output=str(tmp_path / "x.json"))
    options.check_paths()
    results.draw(Figure(), options.output)
    before = (tmp_path / "x.png").read_bytes()
    assert before.startswith(b"\x89PNG")
    with pytest.raises(
        InputError, match=r"--output=.*x.json: its picture .*x.png exists; add --ov"
    ):
        options.check_paths()
    dataclasses.replace(options, overwrite=True).check_paths()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.png", "give a file that ends in .json"),
        ("folder.json", "is a folder; give a file"),
        ("there.json", "exists; add --overwrite, or give another file"),
        ("there.json/x.json", "cannot be written"),
    ],
)
def test_files_that_cannot_be_results(tmp_path, name, message):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "there.json").write_text("{}")
    with pytest.raises(InputError, match=rf"--output=.*{name}: {message}"):
        results.check(tmp_path / name, overwrite=False)


def test_home_may_be_written_as_a_tilde():
    options = Options(workdir="~/runs", output="~/x.json", data_dir="~/data")
    home = str(Path.home())
    assert [options.workdir, options.output, options.data_dir] == [
        f"{home}/runs",
        f"{home}/x.json",
        f"{home}/data",
    ]
