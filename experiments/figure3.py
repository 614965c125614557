"""The paper's figure 3: ``python -m experiments.figure3``.

Accuracy against generations for genomes of 300 to 5000 genes, on digits 0-4 and 0-9; a link depends
on as many genes on average in all of them. Curves are of the validation images, which every run
looks at; the last point of each, in the JSON file, is of the test set. Writes
``experiments/results/figure3.json`` and ``.png``. A stopped experiment goes on with ``--resume``.
"""

import dataclasses
from pathlib import Path

from experiments import launch
from experiments.evolved import configs
from experiments.evolved.evaluations import evaluations
from experiments.launch import option
from experiments.launch.paper_flags import PaperOptions, output_option, workdir_option
from experiments.launch.results import over_seeds
from experiments.run import sweep
from experiments.run.assemble import check_runs
from experiments.run.checks import check_folders
from experiments.run.classes import parse_class_sets
from experiments.run.config import Config
from experiments.run.presets import PRESETS
from nne_jax.evaluation import NETWORKS

_CPU_SHARE = 0.2  # of the scale of table 1: there are six times as many runs


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """Which genomes to compare, and where the results go."""

    preset: str = option("mnist", "preset of NNE to run", choices=PRESETS)
    classes: tuple[str, ...] = option(
        ("0-4", "0-9"), "sets of classes, a panel each", distinct=True, parse=parse_class_sets
    )
    num_genes: tuple[int, ...] = option(
        (300, 400, 500, 1000, 2000, 5000), "sizes n of the genome", low=1, distinct=True
    )
    network: str = option("modal", "whose accuracy is drawn", choices=NETWORKS)
    workdir: str = workdir_option("runs/figure3")
    output: str = output_option("experiments/results/figure3.json")


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
    for (classes, _), config in runs.items():
        check_folders(config, options.seeds, _workdir(options, classes, config))
    check_runs(runs.values(), options.seeds)
    with options.held():
        curves = [_curve(options, classes, config) for (classes, _), config in runs.items()]
        output.write(
            "experiments.figure3",
            preset=options.preset,
            seeds=options.seeds,
            rows=curves,
        )
        output.draw(plots.accuracy_by_num_genes(curves, options.network))
    for row in curves:
        accuracy = row["test_accuracy"][options.network]
        print(
            f"{row['classes']:5} n = {row['num_genes']:5}: {options.network} {accuracy['mean']:.3f}"
        )


def _config(options: Options, classes: str, num_genes: int) -> Config:
    """Of a genome in which a link depends on as many genes as in the preset, if it has so many."""
    config = configs.scaled_config(options, options.preset, classes, _CPU_SHARE)
    density = min(1.0, config.num_genes * config.gene_density / num_genes)
    return dataclasses.replace(config, num_genes=num_genes, gene_density=density)


def _workdir(options: Options, classes: str, config: Config) -> Path:
    return Path(options.workdir, f"{options.preset}-{classes}-{config.num_genes}")


def _curve(options: Options, classes: str, config: Config) -> dict:
    folders = sweep.run_seeds(config, options.seeds, _workdir(options, classes, config))
    evaluated = [evaluations(folder, config) for folder in folders]
    summaries = [folder.summary() for folder in folders]
    return {
        "classes": classes,
        "num_genes": config.num_genes,
        "generations": [row["generation"] for row in evaluated[0]],
        "validation_accuracy": {
            network: [[row["validation_accuracy"][network] for row in rows] for rows in evaluated]
            for network in NETWORKS
        },
        "test_accuracy": over_seeds([s["test_accuracy"] for s in summaries]),
        "seconds": [summary["seconds"] for summary in summaries],
    }


if __name__ == "__main__":
    launch.run(define, read, main)
