"""The paper's open questions, and its readers': ``python -m experiments.open_questions``.

``--question=NAME`` asks one of them. Settings are chosen on the validation images of seed 0, and
what is reported is of other seeds, on the test set. A run is 784-200-10 with 8000 genes and takes
seconds: what is asked is what a change does. Writes ``experiments/results/question_<name>.json``
and ``.png``; a stopped command goes on with ``--resume``.
"""

import dataclasses
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from experiments import launch
from experiments.launch import option
from experiments.launch.countdown import counted
from experiments.launch.fields import (
    data_dir_option,
    dataset_option,
    output_dir_option,
    overwrite_option,
    resume_option,
    workdir_option,
)
from experiments.launch.options import (
    SEARCH_SEED,
    check_options,
    refuse_search_seed,
    seeds_option,
)
from experiments.launch.paper_flags import ResultOptions
from experiments.launch.pictures import Figure
from experiments.questions import arms, compared, plots
from experiments.questions.architecture import architecture
from experiments.questions.asked import Asked, ask
from experiments.questions.changing import changing_task
from experiments.run.assemble import check_runs

Rows = list[dict[str, Any]]


class Question(NamedTuple):
    """What is asked, and how it is answered."""

    asks: str
    answer: Callable[[Asked], Rows]
    figure: Callable[[Rows], Figure] = plots.bars_and_curves


QUESTIONS = {
    "expression": Question("weights that bend with their genes, g(W x)", arms.expression),
    "fixation": Question("alleles fixed within a threshold", arms.fixation, plots.fixation),
    "depth": Question("more hidden layers", arms.depth),
    "architecture": Question("which links are expressed", architecture, plots.architecture),
    "cap": Question("the k most active hidden units", arms.cap, plots.cap),
    "ploidy": Question("two haplotypes each, and dominance", arms.ploidy),
    "linkage": Question("recombination, and population size", arms.linkage, plots.linkage),
    "changing_task": Question("a task that changes half way", changing_task, plots.changing),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """Which questions, on what, and where the results go."""

    question: tuple[str, ...] = option(
        tuple(QUESTIONS), "the questions to ask", choices=QUESTIONS, distinct=True
    )
    seeds: tuple[int, ...] = seeds_option((10, 11, 12))
    dataset: str = dataset_option()
    data_dir: str = data_dir_option()
    per_class: int = option(
        200, "training images a class; half as many to choose by", unit="images", low=2
    )
    scale: float = option(
        1.0, "makes genomes, populations and durations so many times smaller", above=0, high=1
    )
    workdir: str = workdir_option("runs/questions")
    resume: bool = resume_option()
    output_dir: str = output_dir_option()
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        check_options(self)
        refuse_search_seed(self.seeds)

    def of(self, question: str) -> ResultOptions:
        """The folder and the file of one question."""
        return ResultOptions(
            self.seeds, self.dataset, self.data_dir, str(Path(self.workdir, question)), self.resume,
            str(Path(self.output_dir, f"question_{question}.json")), self.overwrite,
        )  # fmt: skip


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Asks one question after the other."""
    places = {name: options.of(name) for name in options.question}
    outputs = {name: place.check_paths() for name, place in places.items()}
    made = partial(
        ask, options.seeds, options.scale, dataset=options.dataset, data_dir=options.data_dir,
        per_class=options.per_class, validation_per_class=options.per_class // 2,
    )  # fmt: skip
    check_runs([made(folder=Path()).config()], (SEARCH_SEED, *options.seeds))
    for name, place in counted(list(places.items()), "questions"):
        question, start = QUESTIONS[name], time.perf_counter()
        print(f"{name}: {question.asks}", flush=True)
        with place.held():
            rows = question.answer(made(folder=Path(place.workdir)))
            seconds = round(time.perf_counter() - start, 1)
            outputs[name].write(
                "experiments.open_questions", question=name, scale=options.scale, rows=rows
            )
            outputs[name].draw(question.figure(rows))
        print("\n".join(f"  {compared.line(row)}" for row in rows))
        print(f"  {seconds:.0f} s, written to {outputs[name].path} and .png", flush=True)


if __name__ == "__main__":
    launch.run(define, read, main)
