"""Any optax optimiser as a selection rule, by Lemma 1."""

import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import optax

from nne_jax._pytrees import pytree, static
from nne_jax.selection import _checks
from nne_jax.selection.scale import standardise
from nne_jax.types import AlleleFreqs, Fitness


@pytree
@dataclasses.dataclass(frozen=True)
class LogOddsGradient:
    """The rule of ``log_odds_gradient``."""

    optimiser: optax.GradientTransformation = static()
    keeps_fixed: ClassVar[bool] = True

    def init(self, allele_freqs: AlleleFreqs) -> Any:
        """The optimiser's state, where it starts from: some have the parameters in it."""
        varies = (allele_freqs > 0) & (allele_freqs < 1)
        return self.optimiser.init(_log_odds(allele_freqs, varies))

    def relative_fitness(self, fitness: Fitness, state: Any) -> Fitness:
        """1 + (δ - mean) / sd: only its differences count."""
        del state
        return 1 + standardise(fitness)

    def update(
        self, p: AlleleFreqs, f1: jax.Array, f0: jax.Array, state: Any
    ) -> tuple[AlleleFreqs, Any]:
        """A step of the optimiser on the log odds of the genes that vary."""
        varies = (p > 0) & (p < 1) & (f1 != f0)
        log_odds = _log_odds(p, varies)
        with jax.numpy_dtype_promotion("standard"):  # which optax's Adam needs
            steps, state = self.optimiser.update(-(f1 - f0), state, log_odds)  # A8
        moved = jax.nn.sigmoid(optax.apply_updates(log_odds, steps))
        return jnp.where(varies, moved, p), state


def _log_odds(p: AlleleFreqs, varies: jax.Array) -> jax.Array:
    return jnp.where(varies, jax.scipy.special.logit(p), 0)


def log_odds_gradient(optimiser: optax.GradientTransformation) -> LogOddsGradient:
    """Any optax optimiser on the log odds θ = log p/(1-p), driven by f1 - f0 of standard fitness.

    By Lemma 1 (A8) f1 - f0 is the gradient of the mean fitness in p, and since ∂p/∂θ = p(1-p) is
    also the Fisher information of θ, it is the natural gradient in θ: ``optax.sgd(s)`` is selection
    of intensity s in the limit of small s. No individual ever computes a gradient. Genes at 0 or 1,
    and genes of which the population carries one allele only, stay as they are.

    To vary an optimiser's own numbers under ``vmap`` put them into its state, by
    ``optax.inject_hyperparams``.

    Args:
      optimiser: an optax optimiser of the (n,) log odds.

    Raises:
      InputError: what is given is no optimiser.

    >>> rule = log_odds_gradient(optax.sgd(0.1))
    >>> p = jnp.array([0.5])  # f1 - f0 = 2 standard deviations: θ rises by 0.2
    >>> rule.update(p, jnp.array([2.0]), jnp.array([0.0]), rule.init(p))[0]
    Array([0.54983], dtype=float32)
    """
    _checks.optimiser(optimiser)
    return LogOddsGradient(optimiser)
