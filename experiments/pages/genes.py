"""The genes that matter most: what it would cost the modal genotype to have the other allele."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from experiments.pages import words
from experiments.pages.markup import Html, all_of, element, table
from experiments.pages.network import Evolved
from nne_jax.errors import InputError

MOST_GENES = 20


class Effects(NamedTuple):
    """What follows where one allele of the modal genotype is the other one."""

    genes: np.ndarray  # (G,) which
    estimates: np.ndarray  # (G,) of the change of the mean log likelihood, to first order
    likelihood: np.ndarray  # (G,) its change
    accuracy: np.ndarray  # (G,) that of the accuracy


def effects(evolved: Evolved) -> Effects:
    """Of the genes whose estimate is largest, in size; on the validation images.

    To first order gene i changes the log likelihood F by (1 - 2 x(i)) ∂F/∂x(i), one gradient for
    all genes; those that are shown are then flipped, one at a time.
    """
    parts, batch = evolved.parts, evolved.parts.dataset.validation
    temperature = parts.config.last_temperature

    def measured(genotype):
        weights = nne.genome.express(parts.gen, genotype)
        logits = nne.phenotype.apply(parts.net, weights, batch.inputs)
        likelihood = nne.fitness.log_likelihood(logits, batch.labels, temperature)
        return likelihood, nne.fitness.fraction_correct(logits, batch.labels)

    modal = evolved.genotype.astype(jnp.float32)
    (before, right), gradient = jax.jit(jax.value_and_grad(measured, has_aux=True))(modal)
    estimates = np.asarray((1 - 2 * modal) * gradient)
    genes = np.argsort(-np.abs(estimates), kind="stable")[:MOST_GENES]
    flipped = jnp.stack([modal.at[gene].set(1 - modal[gene]) for gene in genes])
    likelihood, accuracy = jax.jit(lambda all_: jax.lax.map(measured, all_))(flipped)
    changes = estimates[genes], np.asarray(likelihood - before), np.asarray(accuracy - right)
    order = np.argsort(-np.abs(changes[1]), kind="stable")
    return Effects(genes[order], *(change[order] for change in changes))


def section(evolved: Evolved) -> Html:
    """A table of these genes."""
    if evolved.parts.config.ploidy == 2:
        raise InputError("What one allele changes is measured of haploid genotypes alone.")
    found, gen = effects(evolved), evolved.parts.gen
    num_weights = np.bincount(np.asarray(gen.genes), minlength=gen.num_genes)
    largest = np.abs(found.likelihood).max() or 1.0
    rows = []
    for gene, estimate, likelihood, accuracy in zip(*found, strict=True):
        allele, p = int(evolved.genotype[gene]), evolved.allele_freqs[gene]
        changes = _bar(likelihood, largest), words.signed(estimate), words.signed(100 * accuracy)
        rows.append([gene, *changes, allele, f"{p:.3f}", f"{num_weights[gene]:,}"])
    number = evolved.parts.dataset.validation.labels.shape[0]
    said = (
        f"If one gene of {evolved.in_words} had its other allele: how the mean log likelihood F of "
        f"the {number:,} validation images (at the last temperature) and the accuracy on them "
        f"would change. They are the {len(rows)} of {gen.num_genes:,} genes with the largest "
        "estimates to first order, (1 − 2x) ∂F/∂x for the allele x, in the order of the change. "
        "What is below 0 speaks for the allele that evolved."
    )
    head = ["gene", "log likelihood", "estimate", "accuracy in %", "allele", "frequency", "weights"]
    shown = table("genes that matter most", head, rows, class_="numbers")
    return all_of([element("p", said), shown])


def _bar(change: float, largest: float) -> Html:
    """A change, and a bar as long as it is large."""
    class_ = "bar" if change < 0 else "bar worse"
    share = f"--share:{abs(change) / largest:.2f}"
    return element("td", words.signed(change), class_=class_, style=share)
