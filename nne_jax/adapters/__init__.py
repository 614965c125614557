"""Where evolution meets other libraries, and loops that are not this package's.

* ``AskTell``: the loop is the caller's, and fitness may come from anywhere.
* ``evosax``: evosax's strategies inside ``evolution.evolve``, and the rules inside evosax's loops.
* ``optax``: the selection equation as an optax optimiser of allele frequencies. The other way, an
  optax optimiser as a rule, is ``selection.log_odds_gradient``.
* ``tskit``: a Wright-Fisher run whose genealogy is kept, as a tree sequence.
"""

from nne_jax.adapters import evosax, optax, tskit
from nne_jax.adapters.ask_tell import AskTell

__all__ = ["AskTell", "evosax", "optax", "tskit"]
