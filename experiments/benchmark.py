"""How fast a generation is: ``python -m experiments.benchmark --scale=s200``.

Times a generation by every engine that the platform has, by a textbook script and by evosax's
Open_ES and SNES (extra ``bench``) on a dense network of the same sizes, in turn and several times
over, so that a drift of the machine's speed falls on all. Compilation is apart. Ratios are medians
of the ratios of each round. ``--scale=cost`` times the engine that ``auto`` takes over a range of N
and of S. Writes ``experiments/results/benchmark-<device>.json``, and a figure of the cost.
"""

import re
from pathlib import Path

import jax
import numpy as np
from absl import flags

from experiments import (
    benchmark_cases,
    benchmark_report,
    benchmark_timing,
    launch,
    results_file,
    strategies,
)
from experiments.benchmark_cases import SCALES, Scale
from experiments.provenance import device_name
from nne_jax import engines, memory
from nne_jax.types import InputError

FLAGS = flags.FLAGS
_EVOSAX = ("open_es", "snes")
_PEERS = ("textbook", *_EVOSAX)
flags.DEFINE_enum("scale", "digits", [*SCALES, "cost", "all"], "sizes of the generation")
flags.DEFINE_integer("rounds", 3, "how often each is timed", lower_bound=1)
flags.DEFINE_list("engines", [], "engines to time; all that the platform has if empty")
flags.DEFINE_list("precisions", list(engines.PRECISIONS), "precisions to time")
flags.DEFINE_list("peers", list(_PEERS), "what else to time")
flags.DEFINE_string(
    "output", None, "the JSON file (experiments/results/benchmark-<device>.json if not given)"
)
flags.DEFINE_boolean("overwrite", False, "replace the output file if it is there")
_SIZES = {
    "population_size": (250, 500, 1000, 2000),
    "num_images": (50, 100, 200, 400, 800),
}


def main() -> None:
    """Times what the flags say, prints a table, writes the files."""
    slug = re.sub(r"\W+", "-", device_name().lower()).strip("-")
    output = FLAGS.output or f"experiments/results/benchmark-{slug}.json"
    results_file.check(output, FLAGS.overwrite)
    names = [*SCALES, "cost"] if FLAGS.scale == "all" else [FLAGS.scale]
    _check_flags([SCALES.get(name, SCALES["s200"]) for name in names])
    peaks = {
        name: benchmark_timing.peak_flops(engines.PRECISIONS[name]) for name in FLAGS.precisions
    }
    for name, peak in peaks.items():
        print(f"{device_name()}: matrix product 2048³ at {peak / 1e9:.0f} GFLOP/s ({name})")
    result = {"device_count": jax.device_count(), "peak_flops": peaks, "ratios": {}, "rows": []}
    for name in names:
        if name == "cost":
            result["cost"] = _cost()
            figure = benchmark_report.cost_figure(result["cost"])
            figure.savefig(Path(output).with_suffix(".png"), dpi=120)
        else:
            rows = _scale(name, peaks)
            result["rows"] += rows
            result["ratios"][name] = ratios = benchmark_report.ratios(rows)
            print("  " + ", ".join(f"{k} {v:g}" for k, v in ratios.items()), flush=True)
        results_file.write(output, "experiments.benchmark", **result)  # a later scale may not fit
    print(f"written to {output}")


def _check_flags(scales: list[Scale]) -> None:
    for scale in scales:
        shape = scale.layer_sizes, (scale.edge_prob, 1.0), scale.num_genes, scale.density
        net, _ = memory.expected(*shape)
        for engine in FLAGS.engines or ["dense"]:
            for precision in FLAGS.precisions:
                engines.check(net, engine, precision)
    if unknown := set(FLAGS.peers) - set(_PEERS):
        raise InputError(f"--peers={', '.join(unknown)}: known are {', '.join(_PEERS)}.")
    if set(FLAGS.peers) & set(_EVOSAX) and FLAGS.scale != "cost":
        strategies.need_evosax("--peers", "--peers=textbook")


def _scale(name: str, peaks: dict[str, float]) -> list[dict]:
    """A row for each engine, precision and peer, timed in turn."""
    scale = SCALES[name]
    cases = {}
    for engine, precision in _engines(scale):
        how = benchmark_cases.by_engine(scale, engine, precision, _devices())
        cases[f"{engine}, {precision}"], cases[f"{engine}, {precision}, forward"] = how
    if "textbook" in FLAGS.peers:
        cases["textbook"] = benchmark_cases.textbook(scale)
    for peer in _EVOSAX:
        if peer in FLAGS.peers:
            cases[f"evosax_{peer}"] = benchmark_cases.evosax(scale, peer)
    rows, results = benchmark_timing.in_turn(cases, FLAGS.rounds)
    plain = results.get("dense, float32, forward")
    for case, row in rows.items():
        if plain is not None and case.endswith("forward"):
            error = np.max(np.abs(results[case] - plain)) / np.std(plain)
            row["fitness_error_over_sd"] = float(f"{error:.2g}")
        seconds = benchmark_timing.median(row)
        evaluations = scale.population_size * scale.num_images
        row["scale"] = name
        row["generations_per_second"] = round(1 / seconds, 4)
        row["image_evaluations_per_second"] = round(evaluations / seconds)
        if not case.startswith("evosax"):  # whose network is another
            own = (peak for precision, peak in peaks.items() if precision in case)
            peak = next(own, peaks.get("float32"))
            row["fraction_of_peak"] = peak and round(scale.useful_flops / seconds / peak, 4)
        print(benchmark_report.line(row), flush=True)
    return list(rows.values())


def _engines(scale: Scale) -> list[tuple[str, str]]:
    """Engines and precisions to time: those asked for, or all that suit the platform."""
    net, _ = benchmark_cases.draw(scale)
    names = FLAGS.engines or [n for n, e in engines.ENGINES.items() if not e.problem(net)]
    return [(name, precision) for name in names for precision in FLAGS.precisions]


def _devices() -> list[jax.Device] | None:
    return jax.devices() if jax.device_count() > 1 else None


def _cost() -> list[dict]:
    """Seconds of a generation as N grows, and as S does, the other one as in ``s200``."""
    rows = []
    for name, sizes in _SIZES.items():
        for size in sizes:
            scale = SCALES["s200"]._replace(**{name: size})
            step, _ = benchmark_cases.by_engine(scale, "auto", "float32", _devices())
            timed, _ = benchmark_timing.in_turn({name: step}, FLAGS.rounds)
            seconds = timed[name]["seconds"]
            rows.append({"varied": name, "size": size, "seconds": seconds})
            print(f"{name} {size}: {np.median(seconds):.3f} s", flush=True)
    return rows


if __name__ == "__main__":
    launch.run(main)
