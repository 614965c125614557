"""The paper's table 2: ``python -m experiments.table2``.

Output layers learned by dopamine, on a random hidden layer that never changes, beside gradients
(Adam, SignSGD) and ridge regression: 200 training images a digit, the whole test set, several
seeds. Every rule is run in every reading of the paper, each with the step that is best on
validation images. Writes ``experiments/results/table2.json`` and ``.png``. A stopped experiment
goes on with ``--resume``. ``--notest`` compares settings without a look at the test set.
"""

import dataclasses
from pathlib import Path

import nne_jax as nne
from experiments import launch
from experiments.dopamine import controls, layers, report
from experiments.dopamine.controls import CONTROLS
from experiments.dopamine.jobs import jobs, row
from experiments.dopamine.layers import Layer
from experiments.dopamine.rows import Schedule
from experiments.dopamine.variants import variants
from experiments.launch import option, results
from experiments.launch.paper_flags import ResultOptions
from nne_jax.data import Dataset
from nne_jax.dopamine import FIRED_HIDDEN, FIRED_OUTPUT
from nne_jax.dopamine.rules import RULES


@dataclasses.dataclass(frozen=True)
class Options(ResultOptions):
    """What is run, and for how long."""

    workdir: str = option("runs/table2", "folder of the runs")
    output: str = option("experiments/results/table2.json", "the JSON file; .png beside it")
    hidden: tuple[str, ...] = option(
        ("1000", "100000"), "hidden units; inf: the limit of ever more", distinct=True
    )
    k_cap: tuple[int, ...] = option(
        (0,), "how many hidden units may fire for an image; 0: no cap", low=0, distinct=True
    )
    rules: tuple[str, ...] = option(tuple(RULES), "rules of dopamine", choices=RULES, distinct=True)
    fired_output: tuple[str, ...] = option(
        (),
        "which outputs fire, in place of a rule's own readings",
        choices=FIRED_OUTPUT,
        distinct=True,
    )
    fired_hidden: tuple[str, ...] = option(
        (),
        "what hidden units fire, in place of a rule's own readings",
        choices=FIRED_HIDDEN,
        distinct=True,
    )
    uncertainty: tuple[float, ...] = option(
        (), "u of the rules that have one, in place of a rule's own", low=0, below=1, distinct=True
    )
    controls: tuple[str, ...] = option(
        (), "controls; if none is named, all that a layer can have", choices=CONTROLS, distinct=True
    )
    steps: tuple[float, ...] = option(
        (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
        "ε1 times the mean of |h|² to choose among",
        above=0,
        distinct=True,
    )
    decay: float = option(0.0, "ε1 is divided by 1 + decay x epoch", low=0)
    epsilon1: float = option(
        1.0, "the paper's ε1 itself: its rules are reported at it too", above=0
    )
    epochs: int = option(500, "how often every image is seen", low=1)
    search_epochs: int = option(25, "the same, to choose a step by", low=1)
    wide_gradient_epochs: int = option(
        50,
        "--epochs of adam and signsgd beyond 10,000 units, where a step moves a million weights",
        low=1,
    )
    per_class: int = option(200, "training images a class", low=1)
    validation_per_class: int = option(100, "images a class to choose by", low=1)
    test: bool = option(True, "whether to report on the test set; not to compare settings")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs every row, then writes the files."""
    chosen = {layer: _controls(options, layer) for layer in _layers(options)}
    models = variants(
        options.rules, options.fired_output, options.fired_hidden, options.uncertainty
    )
    options.check_paths()
    datasets = _datasets(options)
    schedule = Schedule(**{name: getattr(options, name) for name in Schedule._fields})
    folder, rows = Path(options.workdir), []
    layers.prepare(list(chosen), datasets, folder)
    for layer, control_names in chosen.items():
        problems = {seed: layers.load(layer, datasets[seed], seed, folder) for seed in datasets}
        work = jobs(
            layer,
            control_names,
            models,
            problems,
            datasets,
            schedule,
            options.wide_gradient_epochs,
        )
        for job in work:
            rows.append(row(job, layer, options.seeds, folder))
            print(report.line(rows[-1]), flush=True)
    print(report.table(rows))
    results.write(options.output, "experiments.table2", rows=rows)
    results.draw(report.figure(rows), options.output)


def _layers(options: Options) -> list[Layer]:
    """The hidden layers, every width with every cap."""
    widths = [layers.width(text) for text in options.hidden]
    return [Layer(width, cap) for width in widths for cap in options.k_cap]


def _controls(options: Options, layer: Layer) -> list[str]:
    """The controls of a layer; an InputError says which it cannot have."""
    for control in options.controls:
        controls.check(control, layer)
    return list(options.controls) or [c for c in CONTROLS if controls.applies(c, layer)]


def _datasets(options: Options) -> dict[int, Dataset]:
    """Of each seed; the work folder is of one data set."""
    whole = nne.data.load(options.dataset, options.data_dir or None)
    sizes = {
        "per_class": options.per_class,
        "validation_per_class": options.validation_per_class,
    }
    datasets = {
        seed: nne.data.select(layers.keys(seed).data, whole, **sizes) for seed in options.seeds
    }
    results.kept(Path(options.workdir, "data.json"), {"dataset": options.dataset, **sizes}, dict)
    return datasets


if __name__ == "__main__":
    launch.run(define, read, main)
