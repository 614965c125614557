"""The paper's table 2: ``python -m experiments.table2``.

Output layers learned by dopamine, on a random hidden layer that never changes, beside gradients
(Adam, SignSGD) and ridge regression: 200 training images a digit, the whole test set, several
seeds. Every rule is run in every reading of the paper, each with the step that is best on
validation images. Writes ``experiments/results/table2.json`` and ``.png``. A stopped experiment
goes on with ``--resume``. ``--notest`` compares settings without a look at the test set.
"""

import dataclasses
import functools
from pathlib import Path

import jax

import nne_jax as nne
from experiments import launch
from experiments.dopamine import controls, layers, report
from experiments.dopamine.controls import CONTROLS
from experiments.dopamine.jobs import WIDE, check, jobs, row
from experiments.dopamine.layers import Layer, Problem
from experiments.dopamine.rows import Schedule
from experiments.dopamine.variants import PAPER_VARIANTS, Variant, variants
from experiments.launch import option
from experiments.launch.countdown import counted
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.kept import kept
from experiments.launch.options import refuse_idle
from experiments.launch.paper_flags import ResultOptions
from experiments.run.moves import check_moves, moved
from nne_jax.data import Dataset
from nne_jax.dopamine import FIRED_HIDDEN, FIRED_OUTPUT
from nne_jax.dopamine.rules import RULES
from nne_jax.runs.identity import fingerprint

_SIZES = ("per_class", "validation_per_class")
_MOST_EPOCHS = 1_000_000  # curves have a point for each where their number is prime


@dataclasses.dataclass(frozen=True)
class Options(ResultOptions):
    """What is run, and for how long."""

    workdir: str = workdir_option("runs/table2")
    output: str = output_option("experiments/results/table2.json")
    hidden: tuple[str, ...] = option(
        ("1000", "100000"),
        "hidden units; inf: the limit of ever more",
        unit="units",
        distinct=True,
        parse=layers.widths,
    )
    k_cap: tuple[int, ...] = option(
        (0,),
        "how many hidden units may fire for an image; 0: no cap",
        unit="units",
        low=0,
        distinct=True,
    )
    rules: tuple[str, ...] = option(tuple(RULES), "rules of dopamine", choices=RULES, distinct=True)
    fired_output: tuple[str, ...] = option(
        (),
        "which outputs fire, in place of a rule's own readings",
        shown="the rule's",
        choices=FIRED_OUTPUT,
        distinct=True,
    )
    fired_hidden: tuple[str, ...] = option(
        (),
        "what hidden units fire, in place of a rule's own readings",
        shown="the rule's",
        choices=FIRED_HIDDEN,
        distinct=True,
    )
    uncertainty: tuple[float, ...] = option(
        (),
        "u of the rules that have one, in place of a rule's own",
        shown="the rule's",
        low=0,
        below=1,
        distinct=True,
    )
    controls: tuple[str, ...] = option(
        (), "controls", shown="all it can have", choices=CONTROLS, distinct=True
    )
    steps: tuple[float, ...] = option(
        (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
        "ε1 times the mean of |h|² to choose among",
        above=0,
        distinct=True,
        size=1e6,
    )
    decay: float = option(0.0, "ε1 is divided by 1 + decay x epoch", low=0, size=1e6)
    epsilon1: float = option(
        1.0, "the paper's ε1 itself: its rules are reported at it too", above=0, size=1e6
    )
    epochs: int = option(
        500, "how often every image is seen", unit="epochs", low=1, high=_MOST_EPOCHS
    )
    search_epochs: int = option(
        25, "the same, to choose a step by", unit="epochs", low=1, high=_MOST_EPOCHS
    )
    wide_gradient_epochs: int = option(
        50,
        "--epochs of adam and signsgd beyond 10,000 units, where a step moves a million weights",
        unit="epochs",
        low=1,
        high=_MOST_EPOCHS,
    )
    per_class: int = option(200, "training images a class", unit="images", low=1)
    validation_per_class: int = option(100, "images a class to choose by", unit="images", low=1)
    jitter: int = option(
        0,
        "learn from every image moved by up to so many pixels, all ways, as one more image",
        unit="pixels",
        low=0,
    )
    warp: float = option(
        0.0, "and with its axes changed by random amounts up to this", low=0, below=0.5
    )
    test: bool = option(True, "whether to report on the test set; not to compare settings")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs every row, then writes the files."""
    chosen = {layer: _controls(options, layer) for layer in _layers(options)}
    models = variants(
        options.rules, options.fired_output, options.fired_hidden, options.uncertainty
    )
    _check_effects(options, chosen, models)
    output = options.check_paths()
    whole = nne.data.load(options.dataset, options.data_dir or None)
    datasets = _datasets(options, whole)
    layers.check_memory(datasets)
    for layer, control_names in chosen.items():
        for control in control_names:
            controls.check_memory(layer, datasets[options.seeds[0]], control)
    with options.held():
        sample = {name: getattr(options, name) for name in ("dataset", "jitter", "warp", *_SIZES)}
        sample["data"] = fingerprint(whole)  # the work folder is of one data set
        kept(Path(options.workdir, "data.json"), sample, dict)
        rows = _rows(options, chosen, models, datasets)
        output.write("experiments.table2", rows=rows)
        output.draw(report.figure(rows))
    print(report.table(rows))


def _rows(
    options: Options,
    chosen: dict[Layer, list[str]],
    models: list[Variant],
    datasets: dict[int, Dataset],
) -> list[dict]:
    """Every row, of each layer's controls and of the models on it."""
    folder, rows = Path(options.workdir), []
    schedule = Schedule(**{name: getattr(options, name) for name in Schedule._fields})

    @functools.lru_cache(maxsize=1)  # those of one layer at a time are in memory
    def problems(layer: Layer) -> dict[int, Problem]:
        return {seed: layers.load(layer, datasets[seed], seed, folder) for seed in datasets}

    epochs = options.wide_gradient_epochs
    work = [
        (layer, job)
        for layer, control_names in chosen.items()
        for job in jobs(layer, control_names, models, problems, datasets, schedule, epochs)
    ]
    for layer, job in work:
        check(job, layer, options.seeds, folder)
    layers.prepare(list(chosen), datasets, folder)
    for layer, job in counted(work, "rows"):
        rows.append(row(job, layer, options.seeds, folder))
        print(report.line(rows[-1]), flush=True)
    return rows


def _layers(options: Options) -> list[Layer]:
    """The hidden layers, every width with every cap."""
    widths = [layers.width(text) for text in options.hidden]
    return [Layer(width, cap) for width in widths for cap in options.k_cap]


def _controls(options: Options, layer: Layer) -> list[str]:
    """The controls of a layer; an InputError says which it cannot have."""
    for control in options.controls:
        controls.check(control, layer)
    return list(options.controls) or [c for c in CONTROLS if controls.applies(c, layer)]


def _check_effects(options: Options, chosen: dict[Layer, list[str]], models: list[Variant]) -> None:
    """Refuses an option that nothing which is to be run looks at."""
    wide = any(layer.width > WIDE and {*names} - {"ridge"} for layer, names in chosen.items())
    looked_at = {
        "uncertainty": (any(model.has_uncertainty for model in models), "a rule that has one"),
        "epsilon1": (any(model in PAPER_VARIANTS for model in models), "a reading of the paper's"),
        "wide_gradient_epochs": (wide, f"adam or signsgd on more than {WIDE} units"),
    }
    for name, (has_effect, needed) in looked_at.items():
        if not has_effect:
            refuse_idle(options, (name,), needed)


def _datasets(options: Options, whole: Dataset) -> dict[int, Dataset]:
    """The sample of each seed."""
    sizes = {name: getattr(options, name) for name in _SIZES}
    check_moves(options, whole.train.inputs.shape[1])
    datasets = {}
    for seed in options.seeds:
        key = layers.keys(seed).data
        ds = nne.data.select(key, whole, **sizes)
        train = moved(jax.random.fold_in(key, 1), options, ds.train)
        datasets[seed] = dataclasses.replace(ds, train=train)
    return datasets


if __name__ == "__main__":
    launch.run(define, read, main)
