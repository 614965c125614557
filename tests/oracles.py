"""Independent float64 numpy, one loop an index: what the package is compared with."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np


def dense_matrix(gen):
    """W (m, n) as a dense array: outside tests it never exists."""
    matrix = np.zeros((gen.num_weights, gen.num_genes))
    for link, gene, effect in zip(gen.rows, gen.genes, gen.effects, strict=True):
        matrix[link, gene] += effect
    return matrix


def logits(net, weights, images):
    """A3, link by link; with the network's activation, cap and biases, if it has them."""
    fired, offset = np.asarray(images, float), 0
    for index, layer in enumerate(net.layers):
        above = np.zeros((len(fired), layer.num_out))
        for e in range(layer.num_links):
            sender = layer.senders[e]
            sent = 1.0 if sender == fired.shape[1] else fired[:, sender]  # a bias's sender
            above[:, layer.receivers[e]] += weights[offset + e] * sent
        offset += layer.num_links
        fired = above if index == len(net.layers) - 1 else _fired(net, above)
    return fired


def _fired(net, received):
    """Of every example its k most active units, one after the other."""
    with jax.enable_x64(True):
        active = np.asarray(net.activation(jnp.asarray(received)))
    if net.k_cap is None:
        return active
    capped = np.zeros_like(active)
    for row, kept in zip(active, capped, strict=True):
        for unit in sorted(range(len(row)), key=lambda unit: (-row[unit], unit))[: net.k_cap]:
            kept[unit] = row[unit]
    return capped


def cross_entropy(logits, labels, temperature=1.0):
    """A4, example by example."""
    losses = []
    for row, label in zip(np.asarray(logits, float) / temperature, labels, strict=True):
        z = np.exp(row - row.max())
        losses.append(-np.log(z[label] / z.sum()))
    return np.array(losses)


def reward(logits, labels, temperature=1.0):
    """A5."""
    alpha = np.log(np.shape(logits)[1])
    losses = cross_entropy(logits, labels, temperature)
    return sum(max(0.0, alpha**2 - loss**2) for loss in losses) / len(losses)


def marginal_fitness(genotypes, fitness):
    """A6, gene by gene; NaN where an allele has no carrier."""
    f1, f0 = [], []
    for alleles in np.asarray(genotypes).T:
        for allele, means in ((1, f1), (0, f0)):
            carriers = [f for f, x in zip(fitness, alleles, strict=True) if x == allele]
            means.append(sum(carriers) / len(carriers) if carriers else np.nan)
    return np.array(f1), np.array(f0)


def weak_selection(p, f1, f0, epsilon):
    """A7, as the paper writes it."""
    return p * (1 + epsilon * f1) / (1 + epsilon * f0 + epsilon * p * (f1 - f0))


def all_genotypes(num_genes):
    """All 2^n genotypes (2^n, n)."""
    return np.array(list(itertools.product((0, 1), repeat=num_genes)))


def probabilities(genotypes, p):
    """A1: the probability of each genotype."""
    return np.prod(np.where(genotypes == 1, p, 1 - p), axis=1)
