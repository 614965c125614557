"""How fast a generation is: ``python -m experiments.benchmark --scale=s200``.

Times a generation by every engine that the platform has, by a textbook script and by evosax's
Open_ES and SNES (extra ``bench``) on a dense network of the same sizes, in turn and several times
over, so that a drift of the machine's speed falls on all. Compilation is apart. Ratios are medians
of the ratios of each round. Writes ``experiments/results/benchmark-<device>.json``.
"""

import functools
import re
import resource
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, logging
from absl import flags as absl_flags

from experiments import benchmark_cases, cores, flags, results_file
from experiments.benchmark_cases import SCALES
from experiments.provenance import device_name
from nne_jax import engines
from nne_jax.types import InputError

FLAGS = absl_flags.FLAGS
absl_flags.DEFINE_enum("scale", "digits", [*SCALES, "all"], "sizes of the generation")
absl_flags.DEFINE_integer("rounds", 3, "how often each is timed", lower_bound=1)
absl_flags.DEFINE_list("engines", [], "engines to time; all that the platform has if empty")
absl_flags.DEFINE_list("precisions", list(engines.PRECISIONS), "precisions to time")
absl_flags.DEFINE_list("peers", ["textbook", "open_es", "snes"], "what else to time")
absl_flags.DEFINE_string(
    "output", None, "the JSON file (experiments/results/benchmark-<device>.json if not given)"
)
absl_flags.DEFINE_boolean("overwrite", False, "replace the output file if it is there")


def main(argv: list[str]) -> None:
    """Times what the flags say, prints a table, writes the file."""
    logging.set_verbosity(logging.WARNING)
    cores.use_all()
    slug = re.sub(r"\W+", "-", device_name().lower()).strip("-")
    output = FLAGS.output or f"experiments/results/benchmark-{slug}.json"
    try:
        flags.refuse_arguments(argv)
        results_file.check(output, FLAGS.overwrite)
        _check_flags()
    except InputError as error:
        sys.exit(f"benchmark: {error}")
    peak = _peak_flops()
    print(f"{device_name()}: matrix product 2048³ at {peak / 1e9:.0f} GFLOP/s (float32)")
    names = list(SCALES) if FLAGS.scale == "all" else [FLAGS.scale]
    rows, ratios = [], {}
    for name in names:
        timed = _scale(name, peak)
        rows += timed
        ratios[name] = _ratios(timed)
    results_file.write(output, "experiments.benchmark", peak_flops=peak, ratios=ratios, rows=rows)
    print(f"written to {output}")


def _check_flags() -> None:
    for name in FLAGS.engines:
        if name not in engines.ENGINES:
            raise InputError(f"--engines={name}: unknown; known: {', '.join(engines.ENGINES)}.")
    for name in FLAGS.precisions:
        if name not in engines.PRECISIONS:
            known = ", ".join(engines.PRECISIONS)
            raise InputError(f"--precisions={name}: unknown; known: {known}.")
    if unknown := set(FLAGS.peers) - {"textbook", "open_es", "snes"}:
        raise InputError(f"--peers={', '.join(unknown)}: known are textbook, open_es, snes.")
    if set(FLAGS.peers) & {"open_es", "snes"}:
        try:
            import evosax  # noqa: F401
        except ModuleNotFoundError as error:
            raise InputError(
                '--peers: evosax is missing; pip install "nne_jax[bench]", or --peers=textbook.'
            ) from error


def _scale(name: str, peak: float) -> list[dict]:
    """A row for each engine, precision and peer, timed in turn."""
    scale = SCALES[name]
    cases = {}
    for engine, precision in _engines(scale):
        devices = jax.devices() if jax.device_count() > 1 else None
        how = benchmark_cases.by_engine(scale, engine, precision, devices)
        cases[f"{engine}, {precision}"], cases[f"{engine}, {precision}, forward"] = how
    if "textbook" in FLAGS.peers:
        cases["textbook"] = benchmark_cases.textbook(scale)
    for peer in ("open_es", "snes"):
        if peer in FLAGS.peers:
            cases[f"evosax_{peer}"] = benchmark_cases.evosax(scale, peer)
    compiled, rows = {}, {}
    for case, (function, arguments) in cases.items():
        start = time.perf_counter()
        compiled[case] = jax.jit(function)
        jax.block_until_ready(compiled[case](*arguments))
        rows[case] = {"scale": name, "case": case, "first_call": _since(start), "seconds": []}
        rows[case]["peak_process_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for _ in range(FLAGS.rounds):
        for case, (_, arguments) in cases.items():
            start = time.perf_counter()
            jax.block_until_ready(compiled[case](*arguments))
            rows[case]["seconds"].append(_since(start))
    for case, row in rows.items():
        median = float(np.median(row["seconds"]))
        row["generations_per_second"] = round(1 / median, 4)
        row["image_evaluations_per_second"] = round(
            scale.population_size * scale.num_images / median
        )
        if not case.startswith("evosax"):  # whose network is another
            row["fraction_of_peak"] = round(scale.useful_flops / median / peak, 4)
        print(_line(row), flush=True)
    return list(rows.values())


def _engines(scale) -> list[tuple[str, str]]:
    """Engines and precisions to time: those asked for, or all that suit the platform."""
    net, _ = benchmark_cases.draw(scale)
    names = FLAGS.engines or [n for n, e in engines.ENGINES.items() if not e.problem(net)]
    return [(name, precision) for name in names for precision in FLAGS.precisions]


def _ratios(rows: list[dict]) -> dict[str, float]:
    """How many times faster than each peer the fastest engine is, the same round of each."""
    seconds = {row["case"]: row["seconds"] for row in rows}
    ours = [case for case in seconds if "," in case and "forward" not in case]
    ratios = {}
    for precision in FLAGS.precisions:
        best = min((c for c in ours if precision in c), key=lambda c: np.median(seconds[c]))
        suffix = "" if precision == "float32" else f"_{precision}"
        for peer in (case for case in seconds if "," not in case):
            each = np.divide(seconds[peer], seconds[best])
            ratios[peer + suffix] = round(float(np.median(each)), 2)
        whole = np.divide(seconds[f"{best}, forward"], seconds[best])
        ratios["forward_fraction" + suffix] = round(float(np.median(whole)), 3)
    print("  " + ", ".join(f"{k} {v:g}" for k, v in ratios.items()))
    return ratios


@functools.cache
def _peak_flops() -> float:
    """Of a large float32 matrix product, the best of five."""
    matrix = jnp.ones((2048, 2048))
    product = jax.jit(lambda a: jnp.matmul(a, a, precision="highest"))
    product(matrix).block_until_ready()
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        product(matrix).block_until_ready()
        seconds.append(time.perf_counter() - start)
    return 2 * 2048**3 / min(seconds)


def _line(row: dict) -> str:
    fraction = row.get("fraction_of_peak")
    return (
        f"{row['scale']:7} {row['case']:28} {1 / row['generations_per_second']:8.3f} s  "
        f"{row['image_evaluations_per_second']:.3g} images/s"
        + (f"  {fraction:.0%} of the peak" if fraction else "")
        + f"  (first call {row['first_call']:.1f} s)"
    )


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 5)


if __name__ == "__main__":
    app.run(main)
