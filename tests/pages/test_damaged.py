"""The page of a folder that is damaged, is no run's, or is one of another version."""

import shutil

import pytest

from experiments.pages import page as pages
from experiments.pages.markup import element
from nne_jax._files import read_json, write_json
from tests.experiments.commands import run_command
from tests.pages.reading import TITLES, report, titles_missing, with_options


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_killed_run_is_shown_as_far_as_it_came_and_left_as_it_is(copy):
    for name in ("summary.json", "allele_freqs.npy"):
        (copy / name).unlink()
    shutil.rmtree(copy / "checkpoints" / "40")
    lines = (copy / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (copy / "metrics.jsonl").write_bytes(b"".join(lines[:36]) + b'{"torn')
    for path in (copy / "checkpoints" / "30").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    before = contents(copy)
    page = report(copy, output=copy.parent / "killed.html")
    assert contents(copy) == before
    said = [text for _, text in page.missing]
    assert any("The run is at generation 35 of 40" in text for text in said)
    assert any("summary.json is missing" in text for text in said)
    assert list(page.sections) == TITLES
    matrix = page.sections["Confusion matrix"]
    assert "Of 200 validation images, the modal genotype after generation 20" in matrix
    assert "--resume" in page.sections["Configuration"]


@pytest.mark.slow
def test_damaged_rows_are_counted_and_the_others_are_drawn(copy):
    path = copy / "metrics.jsonl"
    path.write_text(path.read_text().replace('"generation": 12,', '"generation": 13,'))
    page = report(copy)
    assert [text for _, text in page.missing] == [
        "metrics.jsonl is damaged in a line; curves are of the others."
    ]
    assert "generation" in page.sections["Learning curves"]


@pytest.mark.slow
def test_without_metrics_everything_else_is_there(copy):
    (copy / "metrics.jsonl").unlink()
    page = report(copy)
    assert titles_missing(page) == {"Learning curves", "Allele frequencies", "Distance to fixation"}
    assert "450 test images" in page.sections["Confusion matrix"]


@pytest.mark.slow
def test_without_frequencies_and_checkpoints_the_curves_are_there(copy):
    (copy / "allele_freqs.npy").write_bytes(b"damaged")
    assert "the network is that of the checkpoint" in dict(report(copy).missing).get("", "")
    shutil.rmtree(copy / "checkpoints")
    page = report(copy)
    assert titles_missing(page) == set(pages.OF_THE_NETWORK)
    assert all("there is no evolved network" in text for title, text in page.missing if title)
    assert set(page.sections) >= {"Learning curves", "Configuration", pages.COSTS}


@pytest.mark.slow
def test_an_edited_config_is_not_believed(copy):
    path = copy / "config.json"
    path.write_text(path.read_text().replace('"num_genes": 100', '"num_genes": 101'))
    page = report(copy)
    assert titles_missing(page) == {"Configuration", *pages.OF_THE_NETWORK}
    assert any("was edited in num_genes" in text for _, text in page.missing)


@pytest.mark.slow
def test_a_folder_of_another_kind_of_run_shows_its_curves(copy):
    record = read_json(copy / "config.json")
    write_json(copy / "config.json", {k: v for k, v in record.items() if k != "config"})
    page = report(copy)
    assert any("has no options of experiments.evolve" in text for _, text in page.missing)
    assert "Learning curves" not in titles_missing(page)


@pytest.mark.slow
def test_data_that_are_not_there_or_others(copy):
    with_options(copy, seed=1)
    page = report(copy)
    assert titles_missing(page) == set(pages.OF_THE_NETWORK)
    assert "holds a run with another training sample" in dict(page.missing)["Confusion matrix"]


@pytest.mark.slow
def test_whatever_a_folder_says_is_text(run, tmp_path):
    nasty = "<script>alert(1)<img src=x onerror=alert(1)>\"'&$x$"
    folder = shutil.copytree(run, tmp_path / nasty)
    summary = read_json(folder / "summary.json")
    write_json(folder / "summary.json", summary | {"device": f"</p>{nasty}"})
    page = report(folder, run, output=tmp_path / "nasty.html")
    assert "script" not in page.tags
    assert page.tags.count("img") == report(run).tags.count("img") * 2
    assert nasty in page.sections[pages.COSTS]
    assert nasty in page.sections["Side by side"]
    assert element("b", nasty, title=nasty).count("<") == 2


def other_format(folder):
    record = read_json(folder / "config.json")
    write_json(folder / "config.json", record | {"format": 3})


def other_option(folder):
    with_options(folder, gene_density=0.1)


def one_deeper(folder):
    """The folder of ``seeds``, which holds those of the runs."""
    shutil.move(folder, folder.parent / "run")
    shutil.move(folder.parent / "run", folder / "seed-0")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_format, "its config.json has format 3, and this version reads 4; make the report "
         "with the version that made the run, commit "),
        (other_option, "has the option gene_density, which this version has not; make the report"),
        (lambda f: (f / "config.json").unlink(), "holds no run; give the folder of one, which "),
        (one_deeper, "holds no run; give the folder of one, such as "),
    ],
)  # fmt: skip
def test_what_is_no_run_of_this_version_is_refused(change, message, copy):
    change(copy)
    done = report(copy, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"report: --workdir={copy}: ")
    assert message in done.stderr
    assert not (copy / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--workdir: give the folder of a run."),
        (["--workdir=nowhere"], "--workdir=nowhere: holds no run; give the folder of one, which"),
        (["--workdir=empty"], "--workdir=empty: holds no run"),
        (["--workdir=file"], "--workdir=file: is a file; give the folder of a run."),
        (["--workdir=run", "--workdir=./run"], "--workdir=run: is given twice; give each"),
        (["--workdir=run", "--output=x.json"], "--output=x.json: give a file that ends in .html."),
        (["--workdir=run", "--output=there.html"], "--output=there.html: exists; add --overwrite"),
        (["--workdir=run", "--output=folder.html"], "--output=folder.html: is a folder"),
        (["--workdir=run", "--output=/proc/x.html"], "--output=/proc/x.html: cannot be written"),
        (["--workdir=-x"], "--workdir=-x: looks like an option"),
        (["run"], "run: is no option; options are --name=value"),
    ],
)
def test_bad_input(arguments, message, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "folder.html"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "there.html").touch()
    (tmp_path / "run").symlink_to(run)
    done = run_command("report", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert (tmp_path / "there.html").read_text() == ""
