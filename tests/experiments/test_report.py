"""``experiments.report``: what a page says is what the run says, whatever state its its state."""

import base64
import html.parser
import io
import json
import re
import shlex
import shutil
import subprocess

import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from absl import flags as absl_flags

import experiments.evolve
import nne_jax as nne
from experiments.pages import comparison, configuration, confusion, drawings, files, genes, network
from experiments.pages import page as pages
from experiments.pages.markup import element
from experiments.run.config import Config
from experiments.run.presets import PRESETS, new_config
from nne_jax._files import read_json, write_json
from tests.experiments.commands import run_command
from tests.experiments.test_launcher import TINY, evolve

BROWSERS = "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
TITLES = [*pages.OF_FILES, *pages.OF_THE_NETWORK, pages.COSTS]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a complete run of 40 generations."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    evolve(*TINY, f"--workdir={folder}", "--noprogress")
    return folder


@pytest.fixture(scope="module")
def evolved(run):
    """Its network, made again."""
    return network.evolved(*files.read([str(run)]), data_dir="")


@pytest.fixture
def copy(run, tmp_path):
    """The folder of such a run, to be damaged."""
    copied = shutil.copytree(run, tmp_path / "copy")
    (copied / "report.html").unlink(missing_ok=True)
    return copied


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


@pytest.mark.slow
def test_a_page_of_a_complete_run(run):
    page = report(run)
    assert page.missing == []
    assert list(page.sections) == TITLES
    assert len(set(page.ids)) == len(page.ids)
    assert {"html", "title", "h1", "article", "nav", "figure", "svg"} <= set(page.tags)
    assert "script" not in page.tags
    outer = [link for link in page.links if not link.startswith("#")]
    assert all(link.startswith("data:image/png;base64,") for link in outer)
    assert {link[1:] for link in page.links if link not in outer} <= set(page.ids)


@pytest.mark.slow
def test_the_confusion_matrix_is_that_of_the_reported_accuracy(run, evolved):
    summary = json.loads((run / "summary.json").read_text())
    counts = confusion.matrix(evolved)
    assert counts.sum() == 450
    assert np.trace(counts) / counts.sum() == pytest.approx(summary["test_accuracy"]["modal"])
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(evolved.images.labels))
    said = report(run).sections["Confusion matrix"]
    assert "Of 450 test images, the modal genotype after generation 40" in said
    percent = f"{100 * summary['test_accuracy']['modal']:.1f}%"
    assert f"classifies {np.trace(counts)} rightly: {percent}" in said
    assert (
        re.findall(r"^\d+$|^·$", said, re.M)[:110]
        == [  # after the heads of columns
            *map(str, range(10)),
            *(str(text) for i, row in enumerate(counts) for text in (i, *(n or "·" for n in row))),
        ][:110]
    )


@pytest.mark.slow
def test_the_most_confused_images_are_wrong_by_the_largest_margins(evolved):
    shown = confusion.images_section(evolved)
    pairs = re.findall(r"<b>(\d) → (\d)</b> (\d+)%", shown)
    z = np.exp(evolved.logits / evolved.parts.config.last_temperature)
    z /= z.sum(axis=1, keepdims=True)
    labels, taken = np.asarray(evolved.images.labels), z.argmax(axis=1)
    margin = z.max(axis=1) - z[np.arange(450), labels]
    worst = np.argsort(-margin)[: len(pairs)]
    assert len(pairs) == min(confusion.MOST_IMAGES, (labels != taken).sum()) > 0
    assert pairs == [(f"{labels[i]}", f"{taken[i]}", f"{100 * z[i].max():.0f}") for i in worst]
    assert shown.count("<img") == len(pairs)


@pytest.mark.slow
def test_genes_are_flipped_as_an_engine_measures_it(evolved):
    found, parts = genes.effects(evolved), evolved.parts
    modal = np.asarray(evolved.genotype)
    flipped = np.repeat(modal[None], len(found.genes), axis=0)
    flipped[range(len(flipped)), found.genes] ^= True
    temperature = parts.config.last_temperature
    for measured, function, options in (
        (found.likelihood, nne.fitness.log_likelihood, {"temperature": temperature}),
        (found.accuracy, nne.fitness.fraction_correct, {}),
    ):
        engine = nne.engines.make(
            parts.net, parts.gen, lambda *a, f=function, o=options: f(*a, **o), engine="dense"
        )
        both = engine(jnp.asarray(np.vstack([modal[None], flipped])), parts.dataset.validation)
        np.testing.assert_allclose(measured, both[1:] - both[0], atol=1e-5)
    assert (np.diff(np.abs(found.likelihood)) <= 0).all()
    assert np.corrcoef(found.estimates, found.likelihood)[0, 1] > 0.5


def test_a_weight_is_blue_orange_or_clear():
    source = drawings.signed(np.array([[2.0, -1.0, 0.0]]))
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    assert pixels.shape == (1, 3, 4)
    (positive, negative, none) = pixels[0]
    assert positive[2] > positive[0]
    assert negative[0] > negative[2]
    np.testing.assert_allclose([positive[3], negative[3], none[3]], [1, 0.6, 0], atol=0.01)


CONFIGS = [
    *(new_config(name, {}) for name in PRESETS),
    Config(dataset="mnist", hidden=(30, 20), classes=(3, 5), lifetime="sgd", lifetime_rate=0.25),
    Config(selection="pbil", learning_rate=0.05, antithetic=True, precision="bfloat16"),
    new_config("mnist_jitter", {"num_generations": 100, "seed": 7, "data_dir": "my data"}),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_the_command_makes_the_same_run(config):
    python, module, name, *arguments = shlex.split(configuration.command(config))
    assert (python, module, name) == ("python", "-m", "experiments.evolve")
    flags = absl_flags.FlagValues()
    experiments.evolve.define(flags)
    flags(["evolve", *arguments])
    given = experiments.evolve.read(flags).given
    assert new_config(given.preset, given.options) == config


def with_options(folder, **options):
    """Changes the options in a folder as if its run had been made with others."""
    record = read_json(folder / "config.json")
    write_json(folder / "config.json", record | {"config": record["config"] | options})


@pytest.mark.slow
def test_two_runs_side_by_side(run, copy):
    with_options(copy, temperature=5.0, selection="truncation", workdir=str(copy))
    differ = {"temperature": ["10.0", "5.0"], "selection": ["intensity", "truncation"]}
    assert comparison.differing(files.read([str(run), str(copy)])) == differ
    page = report(run, copy, output=copy / "both.html")
    assert page.missing == []
    shown = page.sections["Side by side"].partition("Options that differ:")[2]
    cells = [text for name, values in differ.items() for text in (name, *values)]
    assert "\n".join(cells) in shown
    modal = json.loads((run / "summary.json").read_text())["test_accuracy"]["modal"]
    assert page.sections["Side by side"].count(f"\n{100 * modal:.1f}%\n") >= 2
    assert len(set(page.ids)) == len(page.ids)
    assert {"run-1", "run-2", "all-side-by-side"} <= set(page.ids)


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


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", ["--biases --activation=tanh --k_cap=5", "--ploidy=2 --dominance=overdominant"]
)
def test_whatever_fires_and_however_many_haplotypes(options, tmp_path):
    evolve(*TINY, *options.split(), f"--workdir={tmp_path / 'own'}", "--noprogress")
    page = report(tmp_path / "own")
    diploid = "--ploidy" in options
    assert titles_missing(page) == ({"Genes that matter most"} if diploid else set())
    made = network.evolved(*files.read([str(tmp_path / "own")]), data_dir="")
    counts = confusion.matrix(made)
    reported = read_json(tmp_path / "own/summary.json")["test_accuracy"]["modal"]
    assert np.trace(counts) / counts.sum() == pytest.approx(reported, abs=1e-6)


@pytest.mark.slow
def test_several_seeds_in_one_run(tmp_path):
    evolve(*TINY, "--num_seeds=2", "--seed=4", f"--workdir={tmp_path / 'two'}", "--noprogress")
    page = report(tmp_path / "two")
    summary = json.loads((tmp_path / "two" / "summary.json").read_text())
    modal = summary["each"][0]["test_accuracy"]["modal"]
    assert page.missing == []
    said = page.sections["Confusion matrix"]
    assert "the modal genotype of seed 4, the first of 2 after generation 40" in said
    assert f"{100 * modal:.1f}%" in said


FRAMES = """<!DOCTYPE html><body style="margin:0"><iframe src="report.html"
style="border:0; width:{width}px; height:{height}px"></iframe><pre></pre><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const wide = [...page.querySelectorAll("body *")].filter(
    (e) => !e.closest(".scroll > *") && e.getBoundingClientRect().right > {width} + 1);
  document.querySelector("pre").textContent =
    [page.documentElement.scrollWidth, page.documentElement.clientWidth, wide.length].join(" ");
}}</script>"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason=f"there is none of {BROWSERS}")
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_nothing_overflows(width, run, tmp_path):
    """In a frame of that width, as a window is never narrower than 500 pixels."""
    other = shutil.copytree(run, tmp_path / ("a-long-name-" * 8))
    report(run, other, output=tmp_path / "report.html")
    (tmp_path / "frames.html").write_text(FRAMES.format(width=width, height=9000))

    def browser(*arguments):
        command = [
            CHROMIUM, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-sandbox",
            "--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={max(width, 500)},9000", *arguments,
            (tmp_path / "frames.html").as_uri(),
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    measured = re.search(r"<pre>(\d+) (\d+) (\d+)</pre>", browser("--dump-dom").stdout)
    assert tuple(map(int, measured.groups())) == (width, width, 0)
    browser(f"--screenshot={tmp_path / 'shot.png'}")
    pixels = matplotlib.image.imread(tmp_path / "shot.png")[:, :width, :3]
    ink = (np.ptp(pixels.reshape(len(pixels), -1), axis=1) > 0.2).mean()
    assert ink > 0.3  # of the rows have something in them
