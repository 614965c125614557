"""Time to an accuracy, beside evosax: ``python -m experiments.peers``.

NNE against evosax's Open_ES, SNES and PGPE on the same network, images, cores and engine, from
200 images a digit. NNE has the settings of ``--preset``, found on the validation images; so are a
strategy's N and S, and its learning rate, the one of three that is best after
``--search_generations``. Then it runs until its mean, and NNE until the mean over its
genotypes, classifies ``--target`` of them. Seconds are without compilation and without looking at
the validation images. ``plain_seconds`` is for the same generations with a vmapped forward pass in
place of this package's engine. Writes ``experiments/results/peers.json``.
"""

import dataclasses
import time
from pathlib import Path

import jax
import numpy as np
from absl import flags

from experiments import launch, paper_flags, results_file, strategies
from experiments.assemble import assemble
from experiments.config import PRESETS, Config
from experiments.kept import kept
from experiments.scale import scaled
from nne_jax.engines import PRECISIONS

FLAGS = flags.FLAGS
paper_flags.define("peers", evolves=False)
flags.adopt_module_key_flags(paper_flags)
flags.DEFINE_enum(
    "preset", "mnist_fast", list(PRESETS), "preset of NNE, which gives the network to all"
)
flags.DEFINE_integer("population_size", 1000, "N of the strategies", lower_bound=2)
flags.DEFINE_integer("batch_size", 100, "S of the strategies", lower_bound=1)
flags.DEFINE_list("strategies", list(strategies.RATES), "evosax's to run")
flags.DEFINE_enum("precision", "float32", list(PRECISIONS), "of everybody's products")
flags.DEFINE_float("temperature", 1.0, "divides the logits in the strategies' fitness")
flags.DEFINE_integer("search_generations", 10, "to choose a rate by", lower_bound=1)
flags.DEFINE_integer("num_generations", 600, "at most as many", lower_bound=1)
flags.DEFINE_integer("eval_every", 10, "generations between validations", lower_bound=1)
flags.DEFINE_float("target", 0.788, "validation accuracy to reach", lower_bound=0, upper_bound=1)


def main() -> None:
    """Searches, runs, prints and writes."""
    seeds = paper_flags.seeds()
    strategies.check(FLAGS.strategies)
    options = paper_flags.data_options() | {"precision": FLAGS.precision}
    preset = [scaled(FLAGS.preset, 1.0, **options, seed=seed) for seed in seeds]
    sizes = {name: FLAGS[name].value for name in ("population_size", "batch_size")}
    resized = [dataclasses.replace(config, **sizes) for config in preset]
    if FLAGS.strategies:
        assemble(resized[0])  # refuses sizes that do not fit before NNE has run
    rows = []
    for name in ["nne", *FLAGS.strategies]:
        configs = preset if name == "nne" else resized
        settings = {"rate": _best_rate(name, configs[0])} if name != "nne" else {}
        plain = _plain(name, settings, configs[0])["seconds"]
        for config in configs:
            row = _run(name, settings, FLAGS.num_generations, FLAGS.target, config)
            row["plain_seconds"] = round(plain * row["generations"], 1)
            rows.append(row)
            print(f"{_line(row)}; {row['plain_seconds']:.0f} s with a vmapped forward", flush=True)
    results_file.write(FLAGS.output, "experiments.peers", target=FLAGS.target, rows=rows)


def _best_rate(name: str, config: Config) -> float:
    """The rate with the best validation accuracy after a short run."""
    tried = []
    for rate in strategies.RATES[name]:
        tried.append(_run(name, {"rate": rate}, FLAGS.search_generations, 1.0, config))
        print("  " + _line(tried[-1]), flush=True)
    return max(tried, key=lambda row: row["curve"][-1][1])["rate"]


def _run(name, settings, num_generations, target, config) -> dict:
    """A run until it reaches the target, from the work folder if it was made before."""
    arguments = name, settings, num_generations, target, config
    return _kept(name, settings, config, num_generations, {"target": target}, _evolve, *arguments)


def _plain(name, settings, config) -> dict:
    """Seconds of a generation with a vmapped forward pass, from the work folder if measured."""
    return _kept(name, settings, config, "plain", {}, _time_plain, name, settings, config)


def _kept(name, settings, config, part, made_with, make, *arguments) -> dict:
    flagged = "dataset preset precision population_size batch_size temperature eval_every"
    options = {k: FLAGS[k].value for k in flagged.split()}
    rates = [f"rate{rate:g}" for rate in settings.values()]
    stem = "-".join([name, *rates, f"seed{config.seed}", str(part)])
    path = Path(FLAGS.workdir, f"{stem}.json")
    return kept(path, options | made_with, lambda: make(*arguments))


def _evolve(name, settings, num_generations, target, config) -> dict:
    """Validation accuracy by generation, until it is as high as the target."""
    search, key = _search(name, settings, config), jax.random.key(config.seed)
    state = search.generation(search.state, key)
    jax.block_until_ready(search.generation(state, key))  # compiled, for the later states as well
    state, seconds, curve = search.state, 0.0, []
    for generation in range(1, num_generations + 1):
        start = time.perf_counter()
        state = jax.block_until_ready(search.generation(state, jax.random.fold_in(key, generation)))
        seconds += time.perf_counter() - start
        if generation % FLAGS.eval_every == 0 or generation == num_generations:
            curve.append([generation, round(search.accuracy(state), 4), round(seconds, 2)])
            if curve[-1][1] >= target:
                break
    return {
        "model": name,
        **settings,
        "seed": config.seed,
        "population_size": config.population_size,
        "batch_size": config.batch_size,
        "reached": curve[-1][1] >= target,
        "generations": generation,
        "seconds": curve[-1][2],
        "curve": curve,  # generation, validation accuracy, seconds
    }


def _time_plain(name, settings, config) -> dict:
    """The median of three generations."""
    plain = dataclasses.replace(config, engine="dense")
    search, key = _search(name, settings, plain), jax.random.key(config.seed)
    seconds = []
    for _ in range(4):  # the first one compiles
        start = time.perf_counter()
        jax.block_until_ready(search.generation(search.state, key))
        seconds.append(time.perf_counter() - start)
    return {"seconds": float(np.median(seconds[1:]))}


def _search(name: str, settings: dict, config: Config) -> strategies.Search:
    run = assemble(config)
    if name == "nne":
        return strategies.neural_net_evolution(run)
    return strategies.strategy(name, **settings, run=run, temperature=FLAGS.temperature)


def _line(row: dict) -> str:
    rate = f" at rate {row['rate']:g}" if "rate" in row else ""
    return (
        f"{row['model']}{rate}, seed {row['seed']}: {row['curve'][-1][1]:.3f} after "
        f"{row['generations']} generations, {row['seconds']:.0f} s"
    )


if __name__ == "__main__":
    launch.run(main)
