"""What a run prints: the header, the progress bar, the table at the end."""

import sys

import jax
import tqdm

import nne_jax
from experiments.assemble import Run
from experiments.provenance import device_name
from nne_jax.memory import machine_bytes

_PLAIN_SECONDS = 10  # without a terminal: seconds between two lines of progress


def header(run: Run, path) -> str:
    """What is run, its sizes, its memory and where: printed before the first generation."""
    config, net, gen, dataset = run.config, run.net, run.gen, run.dataset
    train, validation, test = (
        split.labels.shape[0] for split in (dataset.train, dataset.validation, dataset.test)
    )
    sizes = "-".join(map(str, net.layer_sizes))
    images = f"{run.batch_size} fresh images" if config.batch_size else f"all {train} images"
    strength = {
        "weak": f"epsilon {config.epsilon:g}",
        "intensity": f"s = {config.selection_intensity:g} / (1 + {config.intensity_decay:g} t)",
        "truncation": f"the fittest {config.selected_fraction:.0%}",
        "adam": f"learning rate {config.learning_rate:g}",
    }[config.selection]
    mutation = f", mutation rate {config.mutation_rate:g}" if config.mutation_rate else ""
    wright_fisher = config.evolution == "wright_fisher"
    mode = f", recombination {config.recombination_rate:g}" if wright_fisher else ""
    pairs = " in mirrored pairs" if config.antithetic and not wright_fisher else ""
    devices = f"{device_name()}, {len(run.how['devices'] or [0])} JAX devices"
    lines = {
        "device": f"{jax.default_backend()}: {devices} (jax {jax.__version__})",
        "data": f"{dataset.name}, classes {' '.join(map(str, dataset.classes))}: "
        f"{train} training, {validation} validation, {test} test images",
        "network": f"{sizes}, {net.num_links} links; {gen.num_genes} genes, "
        f"{gen.links.size / net.num_links:.1f} a link",
        "evolution": f"{config.evolution}{mode}: {config.num_generations} generations of "
        f"{config.population_size} genotypes{pairs}, each tested on {images}",
        "selection": f"{config.selection}, {strength}{mutation}; fitness {config.fitness}, "
        f"logits / {config.temperature:g}; seed {config.seed}",
        "engine": f"{run.how['engine']}, {run.how['precision']}",
        "memory": f"about {run.memory_bytes / 2**30:.2f} GiB of arrays (there are "
        f"{machine_bytes() / 2**30:.0f})",
        "run folder": str(path),
    }
    title = f"nne_jax {nne_jax.__version__}: neural net evolution"
    return "\n".join([title, *(f"  {key:<10}  {text}" for key, text in lines.items())])


class Progress:
    """A progress bar with generations a second, accuracies and the remaining time.

    Without a terminal (a log file, say) it is a line every ten seconds or more.
    """

    def __init__(self, run: Run, generation: int):
        terminal = sys.stderr.isatty()
        self._bar = tqdm.tqdm(
            total=run.config.num_generations,
            initial=generation,
            disable=not run.config.progress,
            bar_format="{percentage:3.0f}%"
            + ("|{bar:20}|" if terminal else "")
            + " {n}/{total}, {rate_noinv_fmt}, {remaining} left{postfix}",
            unit=" generations",
            mininterval=0.1 if terminal else _PLAIN_SECONDS,
            file=sys.stderr if terminal else _Lines(sys.stderr),
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        self._bar.close()

    def update(self, generations: int, accuracy: dict | None) -> None:
        """Moves on by some generations; ``accuracy`` where there is a new one."""
        if accuracy:
            sampled, modal, mean = (accuracy[k] for k in ("sampled_mean", "modal", "mean"))
            text = f"validation: sampled {sampled:.3f}, modal {modal:.3f}, mean {mean:.3f}"
            self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(generations)


class _Lines:
    """A stream that ends each of tqdm's updates with a new line."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text: str) -> None:
        if text := text.strip("\r\n "):
            self._stream.write(text + "\n")

    def flush(self) -> None:
        self._stream.flush()


def table(summary: dict, num_sampled: int) -> str:
    """The result, after the last generation: test accuracy of each kind of genotype."""
    accuracy = summary["test_accuracy"]
    lines = [
        f"test accuracy after {summary['generations']} generations in {summary['seconds']:.0f} s",
        f"  sampled genotypes  {accuracy['sampled_mean']:.3f} ± {accuracy['sampled_std']:.3f}"
        f"  (mean ± sd of {num_sampled})",
        f"  modal genotype     {accuracy['modal']:.3f}",
        f"  mean genotype      {accuracy['mean']:.3f}",
    ]
    if learnt := summary["lifetime"]:
        accuracy = learnt["test_accuracy"]
        lines.append(
            f"  sampled + {learnt['rule']:<8} {accuracy['sampled_mean']:.3f} ± "
            f"{accuracy['sampled_std']:.3f}  (mean ± sd of {learnt['num_sampled']})"
        )
    return "\n".join(lines)
