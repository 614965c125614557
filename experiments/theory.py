"""The theory, checked: ``python -m experiments.theory --part=lemma1,theorem1``.

Each part writes ``experiments/results/theory_<part>.json`` and ``.png``. ``--scale`` below 1
shrinks samples and generations, to try a part out.
"""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax

from experiments import launch
from experiments.launch import option
from experiments.launch.fields import output_dir_option, overwrite_option
from experiments.launch.options import SEED_LIMIT, refuse_idle
from experiments.launch.results import Output
from experiments.statements import exact, genetics, linear, plots


class Part(NamedTuple):
    """A statement of the theory."""

    measure: Callable[..., dict]  # (key, scale, and these options) -> what the JSON file gets
    figure: Callable
    options: tuple[str, ...] = ()


_OF_MATRIX = ("num_inputs", "genes_per_row")
PARTS = {
    "lemma1": Part(exact.lemma1, plots.lemma1),
    "theorem1": Part(exact.theorem1, plots.theorem1, ("epsilon",)),
    "multiplicative_weights": Part(exact.multiplicative_weights, plots.multiplicative_weights),
    "reachability": Part(linear.reachability, plots.reachability, _OF_MATRIX),
    "cosine": Part(linear.cosine, plots.cosine, _OF_MATRIX),
    "learning": Part(linear.learning, plots.learning, (*_OF_MATRIX, "genes_per_input")),
    "trajectories": Part(genetics.trajectories, plots.trajectories),
    "drift": Part(genetics.drift, plots.drift),
    "fixation": Part(genetics.fixation, plots.fixation),
    "linkage": Part(genetics.linkage, plots.linkage),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """What to check, how thoroughly, and where the results go."""

    part: tuple[str, ...] = option(tuple(PARTS), "the parts to run", choices=PARTS, distinct=True)
    seed: int = option(0, "seed of everything random", low=0, high=SEED_LIMIT - 1)
    scale: float = option(1.0, "how far samples and generations are shrunk", above=0, high=1)
    epsilon: float | None = option(None, "theorem1: ε of the run", shown="the largest", above=0)
    num_inputs: tuple[int, ...] = option(
        (10, 50, 200), "Theorem 2: numbers m of inputs", unit="inputs", low=1, distinct=True
    )
    genes_per_input: tuple[float, ...] = option(
        (2.0, 5.0, 25.0),
        "learning: n/m, the numbers of genes",
        unit="genes",
        above=0,
        distinct=True,
        size=1e6,
    )
    genes_per_row: int = option(0, "Theorem 2: d; 0: the smaller of m and 10", unit="genes", low=0)
    output_dir: str = output_dir_option()
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        launch.check_options(self)
        for name in dict.fromkeys(name for part in PARTS.values() for name in part.options):
            users = [other for other, part in PARTS.items() if name in part.options]
            if not set(users) & set(self.part):
                refuse_idle(self, (name,), f"--part={' or '.join(users)}")

    def of_part(self, name: str) -> dict:
        """The options that a part takes."""
        return {given: getattr(self, given) for given in PARTS[name].options}

    def file_of_part(self, name: str) -> Path:
        """The JSON file of a part."""
        return Path(self.output_dir, f"theory_{name}.json")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Runs the parts, one after the other."""
    outputs = _check(options)
    for name, output in outputs.items():
        start = time.perf_counter()
        key, part = jax.random.key(options.seed), PARTS[name]
        result = part.measure(key, options.scale, **options.of_part(name))
        seconds = round(time.perf_counter() - start, 1)
        output.write("experiments.theory", seed=options.seed, seconds=seconds, **result)
        output.draw(part.figure(result))
        print(f"{name}: {seconds} s, written to {output.path} and .png", flush=True)


def _check(options: Options) -> dict[str, Output]:
    """Everything that can be checked before a part starts; by part, where its result goes."""
    outputs = {
        name: Output(options.file_of_part(name), options.overwrite, "--output_dir", picture=True)
        for name in options.part
    }
    for name in options.part:
        given = options.of_part(name)
        if "num_inputs" in given:
            linear.check(**given)
    if options.epsilon is not None:
        exact.check(jax.random.key(options.seed), options.epsilon)
    return outputs


if __name__ == "__main__":
    launch.run(define, read, main)
