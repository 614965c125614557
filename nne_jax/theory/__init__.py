"""Section 2 of the paper, and population genetics: exact answers that evolution is compared with.

* ``linear``: the linear NNE; ``theorems``: its Theorems 1 and 2, made into numbers.
* ``enumeration``: expectations over all genotypes of a few genes.
* ``infinite``, ``finite``: populations without sampling error, and replicates of real ones.
* ``genetics``: the formulas of drift, fixation and linkage disequilibrium.
* ``bounds``: how low fitness can be in a network, and so which ε is admissible.
"""

from nne_jax.theory import bounds, enumeration, finite, genetics, infinite, linear, theorems

__all__ = ["bounds", "enumeration", "finite", "genetics", "infinite", "linear", "theorems"]
