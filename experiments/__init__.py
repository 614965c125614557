"""Launchers: absl flags -> one frozen config -> calls into ``nne_jax``. No science in here."""
