"""The theory, checked: ``python -m experiments.theory --part=lemma1,theorem1``.

Each part writes ``experiments/results/theory_<part>.json`` and ``.png``. ``--scale`` below 1
shrinks samples and generations, to try a part out.
"""

import time
from pathlib import Path

import jax
from absl import flags

from experiments import launch, results_file, theory_exact, theory_genetics, theory_linear
from nne_jax import theory_plots
from nne_jax.types import InputError

PARTS = {
    "lemma1": theory_exact.lemma1,
    "theorem1": theory_exact.theorem1,
    "multiplicative_weights": theory_exact.multiplicative_weights,
    "reachability": theory_linear.reachability,
    "cosine": theory_linear.cosine,
    "learning": theory_linear.learning,
    "trajectories": theory_genetics.trajectories,
    "drift": theory_genetics.drift,
    "fixation": theory_genetics.fixation,
    "linkage": theory_genetics.linkage,
}

_LINEAR = ("reachability", "cosine", "learning")
_ONLY = {  # the parts in which an option has a meaning
    "epsilon": ("theorem1",),
    "num_inputs": _LINEAR,
    "genes_per_row": _LINEAR,
    "genes_per_input": ("learning",),
}

FLAGS = flags.FLAGS
flags.DEFINE_list("part", list(PARTS), "the parts to run")
flags.DEFINE_integer("seed", 0, "seed of everything random", lower_bound=0)
flags.DEFINE_float("scale", 1.0, "how far samples and generations are shrunk, in (0, 1]")
flags.DEFINE_float("epsilon", None, "theorem1: ε of the run (default: the largest admissible)")
flags.DEFINE_list("num_inputs", ["10", "50", "200"], "Theorem 2: numbers m of inputs")
flags.DEFINE_list("genes_per_input", ["2", "5", "25"], "learning: n/m, the numbers of genes")
flags.DEFINE_integer("genes_per_row", 0, "Theorem 2: d; 0: the smaller of m and 10", lower_bound=0)
flags.DEFINE_string("output_dir", "experiments/results", "folder of the JSON files and figures")
flags.DEFINE_boolean("overwrite", False, "replace the output files if they are there")


def main() -> None:
    """Runs the parts, one after the other."""
    options = _options()
    for part in FLAGS.part:
        start = time.perf_counter()
        result = PARTS[part](jax.random.key(FLAGS.seed), **options)
        seconds = round(time.perf_counter() - start, 1)
        path = _path(part)
        results_file.write(path, "experiments.theory", seed=FLAGS.seed, seconds=seconds, **result)
        getattr(theory_plots, part)(result).savefig(path.with_suffix(".png"), dpi=120)
        print(f"{part}: {seconds} s, written to {path} and .png", flush=True)


def _path(part: str) -> Path:
    return Path(FLAGS.output_dir, f"theory_{part}.json")


def _options() -> dict:
    """The options of the parts, once everything that can be checked before they start is."""
    for part in FLAGS.part or [""]:
        if part not in PARTS:
            raise InputError(f"--part={part}: must be one of {', '.join(PARTS)}.")
    for name, parts in _ONLY.items():
        if FLAGS[name].present and not set(parts) & set(FLAGS.part):
            raise InputError(
                f"--{name}={FLAGS[name].serialize().partition('=')[2]}: has no effect without "
                f"--part={' or '.join(parts)}."
            )
    if not 0 < FLAGS.scale <= 1:
        raise InputError(f"--scale={FLAGS.scale}: give more than 0 and at most 1.")
    options = {
        "num_inputs": _numbers("num_inputs", int),
        "genes_per_input": _numbers("genes_per_input", float),
        "genes_per_row": FLAGS.genes_per_row,
    }
    theory_linear.check(**options)
    if FLAGS.epsilon is not None:
        theory_exact.check(jax.random.key(FLAGS.seed), FLAGS.epsilon)
    _check_files()
    return options | {"scale": FLAGS.scale, "epsilon": FLAGS.epsilon}


def _check_files() -> None:
    for part in FLAGS.part:
        try:
            results_file.check(str(_path(part)), FLAGS.overwrite)
        except InputError as error:
            message = str(error).replace("--output=", "--output_dir: ")
            raise InputError(message.replace("another file", "another folder")) from error


def _numbers(name: str, kind: type) -> list:
    given = FLAGS[name].value
    try:
        numbers = [kind(part) for part in given]
    except ValueError:
        numbers = []
    if not numbers or not all(0 < number < float("inf") for number in numbers):
        raise InputError(f"--{name}={','.join(given)}: give positive numbers, such as 10,50.")
    return numbers


if __name__ == "__main__":
    launch.run(main)
