"""What a page says is what the run says."""

import base64
import io
import json
import re
import shlex

import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from absl import flags as absl_flags

import experiments.evolve
import nne_jax as nne
from experiments.pages import comparison, configuration, confusion, drawings, files, genes, network
from experiments.run.config import Config
from experiments.run.presets import PRESETS, new_config
from nne_jax._files import read_json
from tests.experiments.tiny import TINY, evolve
from tests.pages.reading import TITLES, report, titles_missing, with_options


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
