"""What a run prints: the header, and the table at the end."""

from pathlib import Path
from typing import Any

import jax

import nne_jax
from experiments.launch import curve as curves
from experiments.launch.options import as_text
from experiments.launch.provenance import device_name
from experiments.launch.results import in_words
from experiments.run.assemble import Run
from experiments.run.config import Config
from nne_jax.engines.memory import machine_bytes
from nne_jax.evaluation import NETWORKS
from nne_jax.runs import Row


def header(run: Run, path: Path) -> str:
    """What is run, its sizes, its memory and where: printed before the first generation."""
    dataset = run.dataset
    train, validation, test = (
        split.labels.shape[0] for split in (dataset.train, dataset.validation, dataset.test)
    )
    number = run.mesh.size if run.mesh else len(run.devices or [0])
    devices = f"{device_name()}, {number} JAX device{'s' * (number > 1)}"
    lines = {
        "device": f"{jax.default_backend()}: {devices} (jax {jax.__version__})",
        "data": f"{dataset.name}, classes {' '.join(map(str, dataset.classes))}: "
        f"{train} training, {validation} validation, {test} test images",
        "network": _network(run),
        "evolution": _evolution(run, train),
        "selection": _selection(run.config),
        "engine": f"{run.engine}, {run.config.precision}",
        "memory": f"about {run.memory_bytes / 2**30:.2f} GiB of arrays (there are "
        f"{machine_bytes() / 2**30:.0f})",
        "run folder": str(path),
    }
    title = f"nne_jax {nne_jax.__version__}: neural net evolution"
    return "\n".join([title, *(f"  {key:<10}  {text}" for key, text in lines.items())])


def _network(run: Run) -> str:
    config, net, gen = run.config, run.net, run.gen
    sizes = "-".join(map(str, net.layer_sizes))
    sizes += f" of {config.activation}" if config.activation != "relu" else ""
    sizes += f" of which {net.k_cap} fire" if net.k_cap else ""
    sizes += " with biases" if net.has_biases else ""
    chromosomes = f" on {config.num_chromosomes} chromosomes" if config.num_chromosomes > 1 else ""
    fields = f", in fields of σ {config.receptive_field:g}" if config.receptive_field else ""
    expressed = f", expressed by {config.expression}" if config.expression != "linear" else ""
    return (
        f"{sizes}, {net.num_links} links; {gen.num_genes} genes{chromosomes}, "
        f"{gen.effects.size / net.num_links:.1f} a link{fields}{expressed}"
    )


def _evolution(run: Run, num_images: int) -> str:
    config = run.config
    images = f"{run.batch_size} fresh images" if config.batch_size else f"all {num_images} images"
    if config.double_batch_at:
        images += f", twice as many after {as_text(config.double_batch_at)}"
    if config.jitter:
        images += f", moved by up to {config.jitter} pixel{'s' * (config.jitter > 1)}"
    if config.warp:
        images += f", warped by up to {config.warp:g}"
    wright_fisher = config.evolution == "wright_fisher"
    mode = f", recombination {config.recombination_rate:g}" if wright_fisher else ""
    individuals = "genotypes"
    if config.ploidy == 2:
        individuals = f"haplotypes of diploid genotypes, {config.dominance}"
    individuals += " in mirrored pairs" if config.antithetic and not wright_fisher else ""
    if config.double_population_at:
        individuals += f", twice as many after {as_text(config.double_population_at)}"
    if config.num_haplotypes:
        individuals += f", who share {config.num_haplotypes} haplotypes of each chromosome"
    return (
        f"{config.evolution}{mode}: {config.num_generations} generations of "
        f"{config.population_size} {individuals}, each tested on {images}"
    )


def _selection(config: Config) -> str:
    smooth = f", labels smoothed by {config.label_smoothing:g}" if config.label_smoothing else ""
    cools = f" (1 + {config.temperature_decay:g} t)" if config.temperature_decay else ""
    strength = {
        "weak": f"epsilon {config.epsilon:g}",
        "intensity": f"s = {config.selection_intensity:g} / (1 + {config.intensity_decay:g} t)",
        "truncation": f"the fittest {config.selected_fraction:.0%}",
        "adam": f"learning rate {config.learning_rate:g}",
        "pbil": f"learning rate {config.learning_rate:g} towards the fittest "
        f"{config.selected_fraction:.0%}",
    }[config.selection]
    if config.fixation_threshold:
        strength += f", fixed within {config.fixation_threshold:g} of 0 and 1"
    if config.mutation_rate:
        strength += f", mutation rate {config.mutation_rate:g}"
    last = config.seed + config.num_seeds - 1
    seeds = f"seed {config.seed}" if last == config.seed else f"seeds {config.seed} to {last}"
    return (
        f"{config.selection}, {strength}; fitness {config.fitness}, "
        f"logits{cools} / {config.temperature:g}{smooth}; {seeds}"
    )


def curve(rows: list[Row]) -> str:
    """Validation accuracy by generations, of plain characters; of several seeds the mean."""
    by_generation: dict[int, list[float]] = {}
    for row in rows:
        if "validation_accuracy" in row:
            modal = row["validation_accuracy"]["modal"]
            by_generation.setdefault(row["generation"], []).append(modal)
    if len(by_generation) < 2:  # metrics.jsonl was lost
        return ""
    ys = [sum(values) / len(values) for values in by_generation.values()]
    title = "validation accuracy of the modal genotype"
    return curves.curve(list(by_generation), ys, title, "generations")


def table(summary: dict[str, Any], num_sampled: int) -> str:
    """The result, after the last generation: test accuracy of each kind of genotype."""
    accuracy, seconds = summary["test_accuracy"], summary["seconds"]
    took = "" if seconds is None else f" in {seconds:.0f} s"  # None: metrics.jsonl was lost
    if "seeds" in summary:
        return _of_seeds(summary, took)
    lines = [
        f"test accuracy after {summary['generations']} generations{took}",
        *(f"  {words:<17}  {accuracy[name]:.3f}" for name, words in NETWORKS.items()),
    ]
    lines[1] += f" ± {accuracy['sampled_std']:.3f}  (mean ± sd of {num_sampled})"
    if learnt := summary["lifetime"]:
        accuracy = learnt["test_accuracy"]
        lines.append(
            f"  sampled + {learnt['rule']:<8} {accuracy['sampled_mean']:.3f} ± "
            f"{accuracy['sampled_std']:.3f}  (mean ± sd of {learnt['num_sampled']})"
        )
    return "\n".join(lines)


def _of_seeds(summary: dict[str, Any], took: str) -> str:
    seeds, over = summary["seeds"], summary["test_accuracy"]
    lines = [
        f"test accuracy of {len(seeds)} seeds, {seeds[0]} to {seeds[-1]}, after "
        f"{summary['generations']} generations{took}: mean ± sd",
        *(f"  {words:<17}  {in_words(over[name])}" for name, words in NETWORKS.items()),
    ]
    if learnt := summary["lifetime"]:
        mean = in_words(learnt["test_accuracy"]["sampled_mean"])
        lines.append(f"  sampled + {learnt['rule']:<8} {mean}")
    return "\n".join(lines)
