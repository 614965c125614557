"""The genealogy of a Wright-Fisher run as a tree sequence, which population genetics' tools read.

tskit then counts what its users count: diversity, the site frequency spectrum, linkage
disequilibrium, the age of an allele, the common ancestors of any genes. It is in the extra
``popgen``; only ``record`` imports it.
"""

from nne_jax.adapters.tskit.recording import record

__all__ = ["record"]
