"""The paper's table 2: ``python -m experiments.table2``.

Output layers learned by dopamine, on a random hidden layer that never changes, beside gradients
(Adam, SignSGD) and ridge regression: 200 training images a digit, the whole test set, several
seeds. Every rule is run in every reading of the paper, each with the step that is best on
validation images. Writes ``experiments/results/table2.json`` and ``.png``. A stopped experiment
goes on with ``--resume``. ``--notest`` compares settings without a look at the test set.
"""

import functools
import time
from pathlib import Path

from absl import flags

import nne_jax as nne
from experiments import (
    control_rows,
    dopamine_rows,
    launch,
    layers,
    paper_flags,
    results_file,
    table2_report,
)
from experiments.dopamine_rows import Schedule
from experiments.dopamine_variants import Variant, variants
from experiments.kept import kept
from experiments.layers import Layer
from nne_jax.types import InputError

FLAGS = flags.FLAGS
_WIDE = 10_000
paper_flags.define("table2", evolves=False)
flags.adopt_module_key_flags(paper_flags)
flags.DEFINE_list("hidden", ["1000", "100000"], "hidden units; inf: the limit of ever more")
flags.DEFINE_list("k_cap", ["0"], "how many hidden units may fire for an image; 0: no cap")
flags.DEFINE_list("rules", list(nne.plasticity_rules.RULES), "rules of dopamine")
flags.DEFINE_list("fired_output", None, "which outputs fire, in place of a rule's own readings")
flags.DEFINE_list("fired_hidden", None, "what hidden units fire, in place of a rule's own readings")
flags.DEFINE_list("uncertainty", None, "u of the rules that have one, in place of a rule's own")
flags.DEFINE_list("controls", None, "ridge, sgd, signsgd; by default all that a layer can have")
flags.DEFINE_list(
    "steps",
    ["0.3", "1", "3", "10", "30", "100", "300", "1000"],
    "ε1 times the mean of |h|² to choose among",
)
flags.DEFINE_float("decay", 0.0, "ε1 is divided by 1 + decay x epoch", lower_bound=0)
flags.DEFINE_float("epsilon1", 1.0, "the paper's ε1 itself: its rules are reported at it too")
flags.DEFINE_integer("epochs", 500, "how often every image is seen", lower_bound=1)
flags.DEFINE_integer("search_epochs", 25, "the same, to choose a step by", lower_bound=1)
flags.DEFINE_integer(
    "wide_gradient_epochs",
    50,
    "--epochs of sgd and signsgd beyond 10,000 units, where a step moves a million weights",
    lower_bound=1,
)
flags.DEFINE_integer("per_class", 200, "training images a class", lower_bound=1)
flags.DEFINE_integer("validation_per_class", 100, "images a class to choose by", lower_bound=1)
flags.DEFINE_boolean("test", True, "whether to report on the test set; not to compare settings")


def main() -> None:
    """Runs every row, then writes the files."""
    rows = _rows(_layers(), _variants(), _schedule())
    print(table2_report.table(rows))
    results_file.write(FLAGS.output, "experiments.table2", rows=rows)
    table2_report.figure(rows).savefig(Path(FLAGS.output).with_suffix(".png"), dpi=120)


def _rows(hidden: list[Layer], models: list[Variant], schedule: Schedule) -> list[dict]:
    controls = {layer: _controls(layer) for layer in hidden}
    seeds, folder = paper_flags.seeds(), Path(FLAGS.workdir)
    data = {name: FLAGS[name].value for name in ("dataset", "per_class", "validation_per_class")}
    datasets = {seed: _dataset(seed) for seed in seeds}
    kept(folder / "data.json", data, dict)
    layers.prepare(hidden, datasets, folder)
    rows = []
    for layer in hidden:
        problems = {seed: layers.load(layer, datasets[seed], seed, folder) for seed in seeds}
        jobs = _jobs(layer, controls[layer], models, problems, datasets, schedule)
        for name, own, make in jobs:
            rows.append(_row(folder / f"{layer.name}-{name}.json", layer, seeds, own, make))
    return rows


def _jobs(layer, controls, models, problems, datasets, schedule):
    """Names of the rows of a layer, each with its schedule and what makes it."""
    slow = schedule
    if layer.width > _WIDE:
        slow = schedule._replace(epochs=min(schedule.epochs, FLAGS.wide_gradient_epochs))
    for control in controls:
        if control == "ridge":
            yield control, schedule, lambda: control_rows.ridge_row(problems, schedule.test)
        else:
            make = functools.partial(control_rows.gradient_row, control, layer, datasets, slow)
            yield control, slow, make
    for variant in models:
        make = functools.partial(dopamine_rows.row, variant, problems, schedule)
        yield variant.name, schedule, make


def _row(path: Path, layer: Layer, seeds: list[int], schedule: Schedule, make) -> dict:
    """One row, from the work folder if it was made before; accuracies are means over seeds."""

    def timed():
        start = time.perf_counter()
        made = make()
        return made | {"seconds": round(time.perf_counter() - start, 1)}

    made = kept(path, {"seeds": seeds, **schedule._asdict()}, timed)
    place = {"hidden": layer.width if not layer.is_limit else "inf", "k_cap": layer.k_cap}
    row = {"model": made.pop("model"), **place, **_over_seeds(made), "seeds": seeds, **made}
    if papers := row.get("at_the_papers"):
        row["at_the_papers"] = _over_seeds(papers) | papers
    print(table2_report.line(row), flush=True)
    return row


def _over_seeds(made: dict) -> dict:
    """Mean and standard deviation in place of each seed's test accuracy, if there are any."""
    if "test" not in made:
        return {"test_accuracy": None, "sd": None}
    over = results_file.over_seeds([{"test": test} for test in made.pop("test")])["test"]
    return {"test_accuracy": over["mean"], "sd": over["sd"]}


def _layers() -> list[Layer]:
    """The hidden layers, every width with every cap, once all their controls are possible."""
    widths = [
        float(w) if w == "inf" else paper_flags.number("hidden", w, int) for w in FLAGS.hidden
    ]
    caps = [paper_flags.number("k_cap", k, int) for k in FLAGS.k_cap]
    return [Layer(width, cap) for width in widths for cap in caps]


def _controls(layer: Layer) -> list[str]:
    if FLAGS.controls is None:
        return [c for c in control_rows.CONTROLS if control_rows.applies(c, layer)]
    for control in FLAGS.controls:
        control_rows.check(control, layer)
    return FLAGS.controls


def _variants() -> list[Variant]:
    """The readings of the rules that the flags ask for."""
    replaced = {
        name: [paper_flags.number(name, v, float) if name == "uncertainty" else v for v in values]
        for name in ("fired_output", "fired_hidden", "uncertainty")
        if (values := FLAGS[name].value) is not None
    }
    return variants(FLAGS.rules, **replaced)


def _schedule() -> Schedule:
    steps = [paper_flags.number("steps", step, float) for step in FLAGS.steps]
    for name, values in (("steps", steps), ("epsilon1", [FLAGS.epsilon1])):
        for value in values:
            if not 0 < value < float("inf"):
                raise InputError(f"--{name}={value}: a step must be positive, and finite.")
    return Schedule(
        steps, FLAGS.epochs, FLAGS.search_epochs, FLAGS.decay, FLAGS.epsilon1, FLAGS.test
    )


def _dataset(seed: int) -> nne.data.Dataset:
    whole = nne.data.load(FLAGS.dataset, FLAGS.data_dir or None)
    sizes = {name: FLAGS[name].value for name in ("per_class", "validation_per_class")}
    return nne.data.select(whole, layers.keys(seed).data, **sizes)


if __name__ == "__main__":
    launch.run(main)
