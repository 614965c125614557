"""What the doors refuse: a sentence each, and no more than what can be known for nothing."""

from nne_jax._checks.arrays import (
    check_array,
    check_finite,
    check_on_host,
    check_pytree,
    check_values,
    difference,
)
from nne_jax._checks.dtypes import as_floats, described, shape_of, values_of
from nne_jax._checks.haplotypes import (
    check_assorted,
    check_chromosomes,
    check_chromosomes_of,
    check_haplotypes,
)
from nne_jax._checks.networks import (
    check_entries,
    check_genes,
    check_genome,
    check_genome_of,
    check_links,
    check_network,
    check_population,
)
from nne_jax._checks.numbers import (
    MOST,
    check_count,
    check_field,
    check_key,
    check_one,
    check_real,
    check_sequence,
    within,
)
from nne_jax._checks.quantities import (
    check_batch,
    check_fitness,
    check_freqs,
    check_inputs,
    check_labels,
    check_one_fitness,
    is_class,
)

__all__ = [
    "MOST",
    "as_floats",
    "check_array",
    "check_assorted",
    "check_batch",
    "check_chromosomes",
    "check_chromosomes_of",
    "check_count",
    "check_entries",
    "check_field",
    "check_finite",
    "check_fitness",
    "check_freqs",
    "check_genes",
    "check_genome",
    "check_genome_of",
    "check_haplotypes",
    "check_inputs",
    "check_key",
    "check_labels",
    "check_links",
    "check_network",
    "check_on_host",
    "check_one",
    "check_one_fitness",
    "check_population",
    "check_pytree",
    "check_real",
    "check_sequence",
    "check_values",
    "described",
    "difference",
    "is_class",
    "shape_of",
    "values_of",
    "within",
]
