"""How fast a generation is: ``python -m experiments.benchmark --scale=s200``.

Times a generation by every engine that the platform has, by a textbook script and by evosax's
Open_ES and SNES (extra ``bench``) on a dense network of the same sizes, in turn and several times
over, so that a drift of the machine's speed falls on all. Compilation is apart. Ratios are medians
of the ratios of each round. ``--scale=cost`` times the engine that ``auto`` takes over a range of N
and of S. ``--scale=genes`` times a generation by the number of genes, and sampling and selection in
it; ``--scale=fixed`` one with ever more genes fixed, as it is and without them;
``--scale=haplotypes`` one whose individuals share haplotypes, beside one in which they do not;
``--scale=devices`` one by the number of devices, and what travels between them (these four not
among ``all``). Writes ``experiments/results/benchmark-<device>.json``, or
``benchmark-genes-<device>`` and so on, and figures of these and of ``cost``.
"""

import dataclasses
import re
from pathlib import Path

import jax
import numpy as np

from experiments import launch
from experiments.launch import option
from experiments.launch.fields import output_option, overwrite_option
from experiments.launch.options import as_text, refuse_idle
from experiments.launch.provenance import device_name
from experiments.launch.results import Output
from experiments.speed import cases, devices, fixed, genes, haplotypes, report, strategies, timing
from experiments.speed.cases import SCALES, Scale
from nne_jax.engines import ENGINES, PRECISIONS, check, memory
from nne_jax.engines.interface import Sizes
from nne_jax.errors import InputError

_EVOSAX = ("open_es", "snes")
_PEERS = ("textbook", *_EVOSAX)
_APART = {
    "devices": devices,
    "fixed": fixed,
    "genes": genes,
    "haplotypes": haplotypes,
}  # scales with files of their own
_OF_AUTO = ("cost", *_APART)  # scales of the engine that is fastest here, with a figure
_SIZES = {
    "population_size": (250, 500, 1000, 2000),
    "num_images": (50, 100, 200, 400, 800),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """What to time, and where the result goes."""

    scale: str = option("digits", "sizes of the generation", choices=(*SCALES, *_OF_AUTO, "all"))
    rounds: int = option(3, "how often each is timed", unit="times", low=1)
    engines: tuple[str, ...] = option(
        (), "engines to time", shown="available", choices=ENGINES, distinct=True
    )
    precisions: tuple[str, ...] = option(
        tuple(PRECISIONS), "precisions to time", choices=PRECISIONS, distinct=True
    )
    peers: tuple[str, ...] = option(
        _PEERS, "what else to time", choices=(*_PEERS, "none"), distinct=True
    )
    output: str = output_option(
        "", "the result; experiments/results/benchmark-<device>.json, or with the scale, if empty"
    )
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        launch.check_options(self)
        if "none" in self.peers and len(self.peers) > 1:
            raise InputError(f"--peers={as_text(self.peers)}: give none alone, or leave it out.")
        if self.scale in _OF_AUTO:
            refuse_idle(
                self, ("engines", "precisions", "peers"), f"another --scale than {self.scale}"
            )

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales to time."""
        return (*SCALES, "cost") if self.scale == "all" else (self.scale,)

    @property
    def file(self) -> Path:
        """The JSON file."""
        slug = re.sub(r"\W+", "-", device_name().lower()).strip("-")
        slug = f"{self.scale}-{slug}" if self.scale in _APART else slug
        return Path(self.output or f"experiments/results/benchmark-{slug}.json")


define, read = launch.flags_of(Options)


def main(options: Options) -> None:
    """Times what the options say, prints a table, writes the files."""
    output = _check(options)
    peaks = {name: timing.peak_flops(PRECISIONS[name]) for name in options.precisions}
    for name, peak in peaks.items():
        product = f"matrix product {timing.peak_size()}³"
        print(f"{device_name()}: {product} at {peak / 1e9:.0f} GFLOP/s ({name})")
    result = {"device_count": jax.device_count(), "peak_flops": peaks, "ratios": {}, "rows": []}
    for name in options.scales:
        if name == "cost":
            result["cost"] = _cost(options.rounds)
        elif name in _APART:
            result[name] = _APART[name].rows(options.rounds, _devices())
        else:
            rows = _rows(options, name, peaks)
            result["rows"] += rows
            result["ratios"][name] = ratios = report.ratios(rows)
            print("  " + ", ".join(f"{k} {v:g}" for k, v in ratios.items()), flush=True)
        output.write("experiments.benchmark", **result)  # now: a later one may not fit
    if "cost" in result:
        output.draw(report.cost_figure(result["cost"]))
    for name in _APART.keys() & result.keys():
        output.draw(_APART[name].figure(result[name]))
    print(f"written to {output.path}")


def _check(options: Options) -> Output:
    """Everything that can be checked before anything is timed."""
    output = Output(options.file, options.overwrite, picture=bool({*_OF_AUTO} & {*options.scales}))
    for name in options.scales:
        sizes = _expected_sizes(SCALES.get(name, SCALES["s200"]))
        for engine in options.engines:
            for precision in options.precisions:
                check(sizes, engine, precision, memory.platform())
    if set(options.peers) & set(_EVOSAX) and options.scale not in _OF_AUTO:
        strategies.need_evosax("--peers", "--peers=textbook")
    return output


def _expected_sizes(scale: Scale) -> Sizes:
    edge_probs = scale.edge_prob, 1.0
    return memory.expected(scale.layer_sizes, edge_probs, scale.num_genes, scale.density)


def _rows(options: Options, name: str, peaks: dict[str, float]) -> list[dict]:
    """A row for each engine, precision and peer, timed in turn."""
    scale = SCALES[name]
    rows, returned = timing.in_turn(_cases(options, scale), options.rounds)
    plain = returned.get("dense, float32, forward")
    for case, row in rows.items():
        if plain is not None and case.endswith("forward"):
            error = np.max(np.abs(returned[case] - plain)) / np.std(plain)
            row["fitness_error_over_sd"] = float(f"{error:.2g}")
        seconds = timing.median(row)
        evaluations = scale.population_size * scale.num_images
        row["scale"] = name
        row["generations_per_second"] = round(1 / seconds, 4)
        row["image_evaluations_per_second"] = round(evaluations / seconds)
        if not case.startswith("evosax"):  # whose network is another
            own = (peak for precision, peak in peaks.items() if precision in case)
            peak = next(own, peaks.get("float32"))
            row["fraction_of_peak"] = peak and round(scale.useful_flops / seconds / peak, 4)
        print(report.line(row), flush=True)
    return list(rows.values())


def _cases(options: Options, scale: Scale) -> dict[str, cases.Case]:
    """What is timed at a scale, by name."""
    found = {}
    for engine in options.engines or _suitable_engines(scale):
        for precision in options.precisions:
            by_engine = cases.by_engine(scale, engine, precision, _devices())
            found[f"{engine}, {precision}"] = by_engine.generation
            found[f"{engine}, {precision}, forward"] = by_engine.forward
    if "textbook" in options.peers:
        found["textbook"] = cases.textbook(scale)
    for peer in _EVOSAX:
        if peer in options.peers:
            found[f"evosax_{peer}"] = cases.evosax(scale, peer)
    return found


def _suitable_engines(scale: Scale) -> list[str]:
    """The engines that the platform has for a scale's network."""
    suitable = []
    for name in ENGINES:
        try:
            check(_expected_sizes(scale), name, "float32", memory.platform())
            suitable.append(name)
        except InputError:
            continue
    return suitable


def _devices() -> list[jax.Device] | None:
    return jax.devices() if jax.device_count() > 1 else None


def _cost(rounds: int) -> list[dict]:
    """Seconds of a generation as N grows, and as S does, the other one as in ``s200``."""
    rows = []
    for name, sizes in _SIZES.items():
        for size in sizes:
            scale = SCALES["s200"]._replace(**{name: size})
            step = cases.by_engine(scale, "auto", "float32", _devices()).generation
            seconds = timing.in_turn({name: step}, rounds).rows[name]["seconds"]
            rows.append({"varied": name, "size": size, "seconds": seconds})
            print(f"{name} {size}: {np.median(seconds):.3f} s", flush=True)
    return rows


if __name__ == "__main__":
    launch.run(define, read, main)
