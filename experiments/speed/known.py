"""Settings with which ``peers`` begins: found by hand, or by an earlier search on seeds 0 and 1."""

from typing import Any

from experiments.speed.strategies import DEVIATION, RATES

Setting = dict[str, Any]

_GENES = {"genes_per_link": 5.0, "antithetic": True}
_SMALL = {
    **_GENES, "hidden": [200], "num_genes": 8000, "population_size": 500, "batch_size": 100,
    "temperature": 10.0, "selection": "intensity",
}  # fmt: skip
_SEVEN_SECONDS = {  # to 78.8 %, the first preset mnist_fast
    **_GENES, "hidden": [1000], "edge_prob": 0.1, "num_genes": 2000, "population_size": 512,
    "batch_size": 50, "temperature": 30.0, "selection": "truncation", "selected_fraction": 0.2,
}  # fmt: skip
_SHARED = {**_GENES, "num_haplotypes": 8, "population_size": 256}
_HUNDRED = {
    **_SHARED, "hidden": [100], "num_genes": 8000, "batch_size": 50,
    "selection": "intensity", "selection_intensity": 4.0, "intensity_decay": 0.002,
}  # fmt: skip
_FIELDS = {
    "receptive_field": 2.5, "edge_prob": 0.3, "selection_intensity": 8.0, "intensity_decay": 0.004,
    "temperature": 30.0,
}  # fmt: skip
_WIDER = {**_HUNDRED, **_FIELDS, "num_chromosomes": 50, "hidden": [200], "num_genes": 16_000}
_FEW_CHROMOSOMES = {"num_chromosomes": 5, "num_haplotypes": 32}
_TRUNCATION = {**_SHARED, "selection": "truncation"}
_PUBLISHED = {"hidden": [128, 128], "edge_prob": 1.0, "population_size": 1000, "batch_size": 100}


def _by_hand(name: str) -> Setting:
    """What evosax's strategies were run with before settings were searched for."""
    sizes = {"hidden": [1000], "edge_prob": 0.1, "population_size": 1000, "batch_size": 100}
    return {**sizes, "deviation": DEVIATION, "rate_decay": 0.0, "rate": RATES[name]}


def _strategy(
    hidden: int, edges: float, size: int, batch: int, deviation: float, decay: float, rate: float
) -> Setting:
    """One that a search found."""
    sizes = {"hidden": [hidden], "edge_prob": edges, "population_size": size, "batch_size": batch}
    return {**sizes, "deviation": deviation, "rate_decay": decay, "rate": rate}


KNOWN: dict[str, list[Setting]] = {  # the first of those that are tried
    "nne": [
        _SEVEN_SECONDS,
        {**_SMALL, "edge_prob": 0.1, "selection_intensity": 2.0, "intensity_decay": 0.001},
        {**_SMALL, "edge_prob": 0.05, "selection_intensity": 2.0, "intensity_decay": 0.001},
        {**_SMALL, "edge_prob": 0.05, "selection_intensity": 3.0, "intensity_decay": 0.002},
        {
            **_TRUNCATION, "hidden": [200], "edge_prob": 0.1, "num_genes": 20_000,
            "num_chromosomes": 20, "batch_size": 25, "temperature": 30.0, "selected_fraction": 0.1,
        },
        {
            **_TRUNCATION, "hidden": [100], "edge_prob": 0.1, "num_genes": 2000,
            "num_chromosomes": 50, "batch_size": 100, "temperature": 3.0, "selected_fraction": 0.1,
        },
        {
            **_TRUNCATION, "hidden": [200], "edge_prob": 0.03, "num_genes": 2000,
            "num_chromosomes": 20, "population_size": 512, "batch_size": 50, "temperature": 10.0,
            "selected_fraction": 0.2,
        },
        {
            **_SHARED, "hidden": [500], "edge_prob": 0.05, "num_genes": 20_000,
            "num_chromosomes": 100, "batch_size": 50, "temperature": 30.0,
            "selection": "intensity", "selection_intensity": 4.0, "intensity_decay": 0.0005,
        },
        {**_HUNDRED, "edge_prob": 0.1, "num_chromosomes": 50, "temperature": 10.0},
        {**_HUNDRED, "edge_prob": 0.1, **_FEW_CHROMOSOMES, "temperature": 10.0},
        {**_HUNDRED, **_FIELDS, "num_chromosomes": 50},
        {**_HUNDRED, **_FIELDS, "num_chromosomes": 50, "batch_size": 100},
        {**_HUNDRED, **_FIELDS, **_FEW_CHROMOSOMES},
        {**_WIDER, "edge_prob": 0.2},
        {**_WIDER, "num_haplotypes": 16, "population_size": 512, "batch_size": 100},
        {
            **_SHARED, "hidden": [200], "edge_prob": 0.1, "num_genes": 8000, "num_chromosomes": 50,
            "num_haplotypes": 16, "population_size": 1024, "batch_size": 50, "temperature": 3.0,
            "selection": "adam", "learning_rate": 0.1,
        },
    ],
    "open_es": [_by_hand("open_es"), _strategy(128, 0.1, 256, 200, 0.1, 0.003, 0.03)],
    "pgpe": [
        _by_hand("pgpe"),
        _strategy(64, 0.1, 64, 100, 0.05, 0.0, 0.03),
        _strategy(128, 0.1, 128, 50, 0.02, 0.03, 0.03),
        _strategy(32, 0.3, 256, 100, 0.02, 0.0, 0.01),
        _strategy(32, 0.3, 128, 200, 0.05, 0.003, 0.003),
    ],
    "snes": [
        _by_hand("snes"),
        _strategy(128, 0.1, 64, 50, 0.02, 0.0, 10.0),
        _strategy(64, 0.1, 64, 200, 0.05, 0.0, 0.3),
    ],
    "rank_one": [
        {**_PUBLISHED, "deviation": 0.02, "rate_decay": 0.0, "rate": 0.01},
        _strategy(100, 1.0, 256, 50, 0.05, 0.003, 0.01),
        _strategy(200, 1.0, 512, 100, 0.02, 0.0, 0.01),
        _strategy(100, 1.0, 128, 100, 0.005, 0.0, 0.003),
    ],
}  # fmt: skip
