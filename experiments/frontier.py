"""Learning without back-propagation, by the number of images: ``python -m experiments.frontier``.

Evolution (NNE, with and without a lifetime's learning, PBIL, rank-1 ES), dopaminergic rules, direct
feedback alignment and ridge regression, beside Adam as the control, each with one hidden layer.
One protocol for all: for each size a method tries three settings on seed 0, of which its validation
images choose one; the test set is then looked at for fresh seeds, with their own images, networks
and random numbers. A cell takes at most two minutes of two cores, and is kept: a stopped command
goes on with ``--resume``. Writes ``experiments/results/frontier.json`` and ``.png``.
"""

import dataclasses
from pathlib import Path

import nne_jax as nne
from experiments import launch
from experiments.launch import option
from experiments.launch.countdown import counted
from experiments.launch.fields import output_option, workdir_option
from experiments.launch.groups import Group
from experiments.launch.kept import kept
from experiments.launch.options import refuse_search_seed, seeds_option
from experiments.launch.paper_flags import ResultOptions
from experiments.sample_sizes import cells, report, samples
from experiments.sample_sizes.effort import scaled
from experiments.sample_sizes.methods import METHODS
from experiments.sample_sizes.random_layer import check_memory
from experiments.sample_sizes.samples import Size, Source
from nne_jax.runs.identity import fingerprint

_ON_A_RANDOM_LAYER = {"c2_minus_above", "agrel", "ridge"}


@dataclasses.dataclass(frozen=True)
class Options(ResultOptions):
    """What is run, and where the results go."""

    dataset: tuple[str, ...] = option(  # type: ignore[assignment]
        ("mnist", "fashion_mnist"),
        "data sets, or files",
        group=Group.DATA,
        unit="names or FILE.npz",
        distinct=True,
    )
    seeds: tuple[int, ...] = seeds_option((10, 11, 12))
    workdir: str = workdir_option("runs/frontier")
    output: str = output_option("experiments/results/frontier.json")
    per_class: tuple[int, ...] = option(
        (10, 60, 200, 1000, 6000),
        "training images a class; the mean number of a data set: all of them",
        unit="images",
        low=1,
        distinct=True,
    )
    methods: tuple[str, ...] = option(
        tuple(METHODS), "ways to learn", choices=METHODS, distinct=True
    )
    scale: float = option(
        1.0, "makes networks, populations and durations so many times smaller", above=0, high=1
    )

    def __post_init__(self):
        super().__post_init__()
        refuse_search_seed(self.seeds)


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Chooses, runs, prints and writes."""
    output, effort = options.check_paths(), scaled(options.scale)
    work = _work(options)
    if _ON_A_RANDOM_LAYER & {*options.methods}:
        for _, size in work:
            check_memory(size.num_images, effort.num_units)
    with options.held():
        folder, rows = Path(options.workdir), []
        kept(folder / "frontier.json", effort._asdict(), dict)  # the work folder is of one effort
        each = len(options.methods) * (1 + len(options.seeds))  # a choice, then the seeds
        for source, size in counted(work, "runs", each):
            made = cells.rows(source, size, options.methods, options.seeds, effort, folder)
            rows += made
            print("\n".join(map(report.line, made)), flush=True)
        output.write("experiments.frontier", scale=options.scale, rows=rows)
        output.draw(report.figure(rows))


def _work(options: Options) -> list[tuple[Source, Size]]:
    """Every data set in every size; an InputError where it has not so many images."""
    work = []
    for name in options.dataset:
        whole = nne.data.load(name, options.data_dir or None)
        source = Source(name, options.data_dir, fingerprint(whole))
        work += [(source, samples.size(whole, asked)) for asked in options.per_class]
    return work


if __name__ == "__main__":
    launch.run(define, read, main)
