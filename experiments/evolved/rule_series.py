"""The runs of ``paper_rule``: one a strength of selection, and the checks beside them."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.evolved.evaluations import evaluations
from experiments.evolved.selection_time import selection_times
from experiments.launch.results import over_seeds
from experiments.run import repeated
from experiments.run.config import Config
from experiments.run.stages import effort
from nne_jax.evaluation import NETWORKS

EVALUATED_EVERY = 50  # in εt
LONGEST_EVERY = 1000  # likewise, of the longest run
TIMES = (
    50,
    100,
    200,
    400,
    800,
    1200,
    1600,
    2400,
    3600,
    4800,
)  # selection times at which runs are compared
SIZES = (
    "dataset", "data_dir", "per_class", "validation_per_class", "population_size", "batch_size",
)  # fmt: skip


class Setting(NamedTuple):
    """A run for some seeds."""

    kind: str  # "series", "longest", or which check it is: "all images", "population"
    config: Config
    seeds: tuple[int, ...]
    image_evaluations: float

    @property
    def folder(self) -> str:
        """Of its runs: what evolves decides the name, not for how long."""
        config = self.config
        images = config.batch_size or "all"
        sizes = f"epsilon-{config.epsilon}-genotypes-{config.population_size}-images-{images}"
        return f"{sizes}-longest" if self.kind == "longest" else sizes


def image_evaluations(config: Config, num_images: int) -> float:
    """T N S, where all training images are ``num_images``."""
    return float(effort(config, config.num_generations, num_images)["image_evaluations"])


def row(setting: Setting, workdir: Path) -> dict[str, Any]:
    """What the runs of a setting came to; they are made, or found in the folder."""
    config = setting.config
    folders = repeated.run_seeds(config, setting.seeds, workdir / setting.folder)
    summaries = [folder.summary() for folder in folders]
    evaluated = [evaluations(folder, config) for folder in folders]
    generations = [evaluation["generation"] for evaluation in evaluated[0]]
    times = [selection_times(f.rows(), config.epsilon, generations) for f in folders]
    curves = {
        network: [[one["validation_accuracy"][network] for one in rows] for rows in evaluated]
        for network in NETWORKS
    }
    return {
        "kind": setting.kind,
        "epsilon": config.epsilon,
        "generations": config.num_generations,
        "population_size": config.population_size,
        "batch_size": summaries[0]["batch_size"],
        "seeds": setting.seeds,
        "test_accuracy": over_seeds([summary["test_accuracy"] for summary in summaries]),
        "first_seed": {name: summaries[0]["test_accuracy"][name] for name in NETWORKS},
        "near_fixation_0_1": [rows[-1]["near_fixation_0_1"] for rows in evaluated],
        "heterozygosity": [rows[-1]["heterozygosity"] for rows in evaluated],
        "seconds": [summary["seconds"] for summary in summaries],
        "mean_step": [time[-1] / config.num_generations for time in times],
        "at_selection_time": _at_times(times[0], {name: one[0] for name, one in curves.items()}),
        "curve": {
            "generations": generations,
            "selection_time": times,
            "validation_accuracy": curves,
        },
    }


def _at_times(times: list[float], curves: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Validation accuracy at each of TIMES that was got to, of the seed that all runs have.

    Seeds have networks of their own, which differ by more than anything that is compared here.
    """
    return {
        f"{time}": {
            network: float(np.interp(time, times, curve)) for network, curve in curves.items()
        }
        for time in TIMES
        if time <= times[-1]
    }
