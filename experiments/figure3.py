"""The paper's figure 3: ``python -m experiments.figure3``.

Accuracy against generations for genomes of 300 to 5000 genes, on digits 0-4 and 0-9; a link depends
on as many genes on average in all of them. Curves are of the validation images, which every run
looks at; the last point of each, in the JSON file, is of the test set. Writes
``experiments/results/figure3.json`` and ``.png``. A stopped experiment goes on with ``--resume``.
"""

import dataclasses
from pathlib import Path

from absl import flags as absl_flags

from experiments import launch, paper_flags, results_file, sweep
from experiments.config import PRESETS, Config
from experiments.scale import scaled
from nne_jax import plots

FLAGS = absl_flags.FLAGS
paper_flags.define("figure3")
absl_flags.adopt_module_key_flags(paper_flags)
absl_flags.DEFINE_enum("preset", "mnist", list(PRESETS), "preset of NNE to run")
absl_flags.DEFINE_list("classes", ["0-4", "0-9"], "sets of classes, a panel each")
absl_flags.DEFINE_list("num_genes", ["300", "400", "500", "1000", "2000", "5000"], "sizes n")
absl_flags.DEFINE_string("network", "modal", "whose accuracy is drawn: sampled_mean, modal or mean")
_CPU_SHARE = 0.2  # of the scale of table 1: there are six times as many runs


def main() -> None:
    """Runs every size and seed, then writes the files."""
    seeds = paper_flags.seeds()
    curves = [_curve(config, seeds) for config in _configs()]
    results_file.write(
        FLAGS.output, "experiments.figure3", preset=FLAGS.preset, seeds=seeds, rows=curves
    )
    drawing = plots.accuracy_by_num_genes(curves, FLAGS.network)
    drawing.savefig(Path(FLAGS.output).with_suffix(".png"), dpi=120)
    for row in curves:
        accuracy = row["test_accuracy"][FLAGS.network]
        print(
            f"{row['classes']:5} n = {row['num_genes']:5}: {FLAGS.network} {accuracy['mean']:.3f}"
        )


def _configs() -> list[Config]:
    """A config for every set of classes and number of genes."""
    sizes = [paper_flags.number("num_genes", size, int) for size in FLAGS.num_genes]
    configs = []
    for classes in FLAGS.classes:
        options = paper_flags.data_options() | {"classes": classes}
        config = scaled(FLAGS.preset, FLAGS.scale, _CPU_SHARE, **options)
        genes_per_link = config.num_genes * config.gene_density
        for num_genes in sizes:
            density = min(1.0, genes_per_link / num_genes)
            configs.append(dataclasses.replace(config, num_genes=num_genes, gene_density=density))
    return configs


def _curve(config: Config, seeds: list[int]) -> dict:
    name = f"{FLAGS.preset}-{config.classes}-{config.num_genes}"
    folders = sweep.run_seeds(config, seeds, Path(FLAGS.workdir, name))
    evaluated = [
        [row for row in folder.rows() if "validation_accuracy" in row] for folder in folders
    ]
    summaries = [folder.summary() for folder in folders]
    return {
        "classes": config.classes,
        "num_genes": config.num_genes,
        "generations": [row["generation"] for row in evaluated[0]],
        "validation_accuracy": {
            network: [[row["validation_accuracy"][network] for row in rows] for rows in evaluated]
            for network in ("sampled_mean", "modal", "mean")
        },
        "test_accuracy": results_file.over_seeds([s["test_accuracy"] for s in summaries]),
        "seconds": [summary["seconds"] for summary in summaries],
    }


if __name__ == "__main__":
    launch.run(main)
