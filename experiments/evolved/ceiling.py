"""The ceiling of an encoding: allele frequencies trained by back-propagation through W."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import Partial

import nne_jax as nne
from experiments.launch.kept import find, kept
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.run.moves import batches_of
from experiments.run.options.individuals import Data, Genome, Network
from experiments.run.summary import accuracy
from experiments.run.weights import cross_entropy
from nne_jax.types import AlleleFreqs, Key, Weights

BATCH_SIZE = 100
# Chosen on the validation images of seed 0, by figure3 --seeds=0 --num_genes=2000,20000 with
# --ceiling_rate=0.03, 0.1, 0.2, 0.3: modal 81.6, 84.6, 86.0, 86.8 and 90.4, 92.0, 91.9, 91.1%.
RATE = 0.2
_MADE_WITH = ("last_temperature", "precision", "num_sampled", "seed")  # and what individuals are


@dataclasses.dataclass(frozen=True)
class Ceiling:
    """The ceiling of the genome of a run, kept in a file."""

    config: Config  # the network, the genome and the images, by its seed
    num_steps: int
    rate: float
    data: str  # fingerprint of the whole data set
    path: Path

    def check(self) -> None:
        """Refuses what is kept of another one: before the first is made."""
        find(self.path, self._settings)

    def accuracies(self) -> dict[str, dict[str, float]]:
        """Validation and test accuracy of the three networks that the frequencies stand for."""
        return kept(self.path, self._settings, self._made)

    @property
    def _settings(self) -> dict[str, Any]:
        options = self.config.deciding_of(Data, Network, Genome)
        options |= {name: getattr(self.config, name) for name in _MADE_WITH}
        mine = {"steps": self.num_steps, "rate": self.rate, "images": BATCH_SIZE}
        return options | mine | {"data": self.data}

    def _made(self) -> dict[str, dict[str, float]]:
        run = assemble(self.config)
        train = run.dataset.train
        p = train_allele_freqs(
            run.key_lifetime,
            run.gen,
            Partial(cross_entropy, run.net, self.config.last_temperature),
            batches_of(self.config, train, min(BATCH_SIZE, train.labels.shape[0])),
            self.rate,
            self.num_steps,
        )
        state = run.state._replace(allele_freqs=p)
        splits = {"validation": run.dataset.validation, "test": run.dataset.test}
        return {name: accuracy(run, state, split) for name, split in splits.items()}


def ceilings(
    config: Config, seeds: Sequence[int], num_steps: int, rate: float, data: str, folder: Path
) -> list[Ceiling]:
    """One a seed; none of no steps.

    Args:
      config: of the runs; its seed is replaced.
      seeds: of the runs.
      num_steps, rate: see ``train_allele_freqs``.
      data: fingerprint of the whole data set.
      folder: gets a file of each.
    """
    return [
        Ceiling(
            dataclasses.replace(config, seed=seed),
            num_steps,
            rate,
            data,
            folder / f"ceiling-{seed}.json",
        )
        for seed in (seeds if num_steps else ())
    ]


@functools.partial(jax.jit, static_argnames="num_steps")
def train_allele_freqs(
    key: Key,
    gen: nne.genome.Genome,
    loss_fn: Callable[[Weights, Any], jax.Array],
    batches: Callable[[Key], Any],
    rate: float | jax.Array,
    num_steps: int,
) -> AlleleFreqs:
    """Frequencies p = sigmoid(θ) that Adam has moved from 1/2 down the gradient of a loss.

    Each step samples one genotype x ~ Bernoulli(p) and takes the loss of its weights w0 + W x; its
    gradient with respect to x stands for that with respect to p (straight-through), so that
    Δθ ∝ -p(1 - p) Wᵀ ∂L/∂w. No population is needed, and no selection: how well genotypes of this
    W can do at all.

    Args:
      key: typed key of genotypes and batches.
      gen: the genome, W.
      loss_fn: maps weights (m,) and a batch to a () loss, a pytree as ``jax.tree_util.Partial``.
      batches: of a key, a batch, a pytree as ``data.Minibatches``.
      rate: of Adam.
      num_steps: how many steps.

    Returns:
      (n,) float32 in [0, 1].

    Source: Bengio, Léonard and Courville, Estimating or propagating gradients through stochastic
    neurons for conditional computation, 2013.
    """

    def draw(key: Key) -> tuple[Key, Any]:
        key_genotype, key_batch = jax.random.split(key)
        return key_genotype, batches(key_batch)

    def loss(log_odds: jax.Array, drawn: tuple[Key, Any]) -> jax.Array:
        key_genotype, batch = drawn
        p = jax.nn.sigmoid(log_odds)
        x = jax.random.bernoulli(key_genotype, p).astype(p.dtype)
        as_if_p = x + (p - jax.lax.stop_gradient(p))  # x to the bit, with the derivative of p
        return loss_fn(nne.genome.express(gen, as_if_p), batch)

    start = jnp.zeros(gen.num_genes)
    log_odds = nne.gradients.train(key, start, loss, draw, optax.adam(rate), num_steps)
    return jax.nn.sigmoid(log_odds)
