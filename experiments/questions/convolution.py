"""A small convolutional network, whose parameters evolve as those of any model do."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

import nne_jax as nne
from experiments.launch.kept import kept
from experiments.questions import trajectories
from experiments.questions.asked import NUM_LOOKS, Asked
from experiments.questions.compared import Arm, row
from experiments.run import summary
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.run.variations import folder_of, name_of
from nne_jax.data import Batch, Minibatches

_FILTERS, _WIDTH, _STRIDE, _POOLED = 8, 5, 2, 2
_NAME = f"{_FILTERS} filters of {_WIDTH} x {_WIDTH}, pooled"


def convolution(
    asked: Asked,
    data: str,
    changes: dict[str, Any],
    settings: tuple[dict[str, Any], ...],
    num_looks: int = NUM_LOOKS,
) -> dict[str, Any]:
    """Its row, as those of ``compared.compare``: of the same changes, but of the network."""

    def measure(changes: dict[str, Any], seed: int, test: bool) -> dict[str, Any]:
        config = asked.config(seed=seed, **changes)
        made_with = {**config.deciding, "data": data, "num_looks": num_looks}
        setting = folder_of(name_of(changes))
        path = asked.folder / f"convolution-{setting}-seed{seed}-{'report' if test else 'search'}"
        run_it = partial(_of_seed, config, num_looks, test)
        return kept(path.with_name(f"{path.name}.json"), made_with, run_it)

    return row(asked, Arm(_NAME, changes, settings), measure)


def _of_seed(config: Config, num_looks: int, test: bool) -> dict[str, Any]:
    run = assemble(config)
    splits = {
        name: _patches(getattr(run.dataset, name)) for name in ("train", "validation", "test")
    }
    params = _params(splits["train"].inputs.shape, len(run.dataset.classes))
    gen = nne.genome.init(
        run.key_lifetime, params, config.num_genes, genes_per_weight=config.genes_per_link,
        scale="fan_in",
    )  # fmt: skip
    fitness, correct = (
        nne.engines.per_individual(partial(_score, score), gen)
        for score in (
            partial(nne.fitness.log_likelihood, temperature=config.temperature),
            nne.fitness.fraction_correct,
        )
    )
    step = dataclasses.replace(run.step, population_fitness=fitness)
    own = run._replace(
        population_accuracy=correct,
        dataset=dataclasses.replace(run.dataset, **splits),
        phases=(run.phases[0]._replace(step=step),),
    )
    batches = Minibatches(splits["train"], run.batch_size)
    evolved = trajectories.evolve(own, batches=batches, num_looks=num_looks)
    found = {"looks": evolved.looks, "num_links": gen.num_weights}
    if test:
        found["test"] = summary.accuracy(own, evolved.state, own.dataset.test)
    return found


def _patches(split: Batch) -> Batch:
    """Every place's pixels, (B, H', W', 25), of images (B, D); the same for all individuals."""
    side = round(split.inputs.shape[1] ** 0.5)
    images = split.inputs.reshape(-1, 1, side, side)
    patches = jax.lax.conv_general_dilated_patches(
        images, (_WIDTH, _WIDTH), (_STRIDE, _STRIDE), "SAME"
    )
    return Batch(jnp.moveaxis(patches, 1, -1), split.labels)


def _params(patches: tuple[int, ...], num_classes: int) -> dict[str, jax.Array]:
    places = [-(-size // _POOLED) for size in patches[1:3]]
    features = places[0] * places[1] * _FILTERS
    return {
        "filters": jnp.zeros((patches[-1], _FILTERS)),
        "bias": jnp.zeros(_FILTERS),
        "output": jnp.zeros((features, num_classes)),
    }


def _score(score: Any, params: dict[str, jax.Array], batch: Batch) -> jax.Array:
    places = batch.inputs @ params["filters"] + params["bias"][None, None, None]
    window = (1, _POOLED, _POOLED, 1)
    pooled = jax.lax.reduce_window(
        jax.nn.relu(places), -jnp.inf, jax.lax.max, window, window, "SAME"
    )
    return score(pooled.reshape(pooled.shape[0], -1) @ params["output"], batch.labels)
