"""The paper's figure 3: ``python -m experiments.figure3``.

Accuracy against generations for genomes of 300 to 80,000 genes, on digits 0-4 and 0-9; a link
depends on as many genes on average in all of them. Beside each curve is the ceiling of its
encoding: the same genome's frequencies, trained by back-propagation through W. Curves are of the
validation images, which every run looks at; the last point of each, in the JSON file, is of the
test set. Writes ``experiments/results/figure3.json`` and ``.png``. A stopped experiment goes on
with ``--resume``.
"""

import dataclasses
from itertools import chain
from pathlib import Path

from experiments import launch
from experiments.evolved import configs
from experiments.evolved.ceiling import RATE, Ceiling, ceilings
from experiments.evolved.evaluations import evaluations
from experiments.launch import option
from experiments.launch.countdown import counted
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.options import refuse_idle
from experiments.launch.paper_flags import PaperOptions
from experiments.launch.results import over_seeds
from experiments.run import repeated
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.classes import parse_class_sets
from experiments.run.config import Config
from experiments.run.plan import load
from experiments.run.presets import PRESETS
from nne_jax.evaluation import NETWORKS
from nne_jax.runs.identity import fingerprint

Key = tuple[str, int]  # of a row: classes, number of genes
_CPU_SHARE = 0.2  # of the scale of table 1: there are six times as many runs


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """Which genomes to compare, and where the results go."""

    preset: str = option("mnist_wide", "preset of NNE to run", choices=PRESETS)
    classes: tuple[str, ...] = option(
        ("0-4", "0-9"), "sets of classes, a panel each", distinct=True, parse=parse_class_sets
    )
    num_genes: tuple[int, ...] = option(
        (300, 400, 500, 1000, 2000, 5000, 20_000, 80_000),
        "sizes n of the genome",
        unit="genes",
        low=1,
        distinct=True,
    )
    network: str = option("modal", "whose accuracy is drawn", choices=NETWORKS)
    ceiling_steps: int = option(3000, "to the ceiling, by Adam; 0: no ceiling", unit="steps", low=0)
    ceiling_rate: float = option(
        RATE, "their rate, on the log odds of the frequencies", above=0, size=1e6
    )
    workdir: str = workdir_option("runs/figure3")
    output: str = output_option("experiments/results/figure3.json")

    def __post_init__(self):
        super().__post_init__()
        if not self.ceiling_steps:
            refuse_idle(self, ("ceiling_rate",), "--ceiling_steps")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs every size and seed, then writes the files."""
    output = options.check_paths()
    from nne_jax.runs import plots  # needs matplotlib, which is there: that was checked

    runs = {
        (classes, num_genes): _config(options, classes, num_genes)
        for classes in options.classes
        for num_genes in options.num_genes
    }
    for key, config in runs.items():
        check_folders(config, options.seeds, _workdir(options, *key))
    check_runs(runs.values(), options.seeds)
    data = fingerprint(load(next(iter(runs.values()))))
    training = options.seeds, options.ceiling_steps, options.ceiling_rate, data
    tops = {key: ceilings(c, *training, _workdir(options, *key)) for key, c in runs.items()}
    for ceiling in chain(*tops.values()):
        ceiling.check()
    with options.held():
        work = counted(list(runs.items()), "runs", each=len(options.seeds))
        rows = [_row(options, key, config, tops[key]) for key, config in work]
        output.write(
            "experiments.figure3",
            preset=options.preset,
            seeds=options.seeds,
            ceiling_steps=options.ceiling_steps,
            ceiling_rate=options.ceiling_rate,
            rows=rows,
        )
        output.draw(plots.accuracy_by_num_genes(rows, options.network))
    for row in rows:
        print(_line(row, options.network))


def _line(row: dict, network: str) -> str:
    accuracy = f"{row['test_accuracy'][network]['mean']:.3f}"
    if ceiling := row["ceiling"]:
        accuracy += f", ceiling {ceiling['test'][network]['mean']:.3f}"
    return f"{row['classes']:5} n = {row['num_genes']:5}: {network} {accuracy}"


def _config(options: Options, classes: str, num_genes: int) -> Config:
    """Of a genome in which a link depends on as many genes as in the preset, if it has so many."""
    config = configs.scaled_config(options, options.preset, classes, _CPU_SHARE)
    genes_per_link = min(config.genes_per_link, num_genes)
    return dataclasses.replace(config, num_genes=num_genes, genes_per_link=genes_per_link)


def _workdir(options: Options, classes: str, num_genes: int) -> Path:
    return Path(options.workdir, f"{options.preset}-{classes}-{num_genes}")


def _row(options: Options, key: Key, config: Config, tops: list[Ceiling]) -> dict:
    folders = repeated.run_seeds(config, options.seeds, _workdir(options, *key))
    evaluated = [evaluations(folder, config) for folder in folders]
    summaries = [folder.summary() for folder in folders]
    reached = [ceiling.accuracies() for ceiling in tops]
    return {
        "classes": key[0],
        "num_genes": config.num_genes,
        "generations": [row["generation"] for row in evaluated[0]],
        "validation_accuracy": {
            network: [[row["validation_accuracy"][network] for row in rows] for rows in evaluated]
            for network in NETWORKS
        },
        "test_accuracy": over_seeds([s["test_accuracy"] for s in summaries]),
        "ceiling": {
            split: over_seeds([one[split] for one in reached]) for split in (reached and reached[0])
        },
        "seconds": [summary["seconds"] for summary in summaries],
    }


if __name__ == "__main__":
    launch.run(define, read, main)
