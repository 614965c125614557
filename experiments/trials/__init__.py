"""Trials of what a run must withstand, a kind a file; ``experiments.soak`` makes many of each.

A kind is a module with ``prepare(folder)``, which makes what its trials are compared with, and
``trial(rng, folder, prepared) -> Outcome``.
"""
