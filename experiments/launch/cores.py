"""The devices of JAX: on a CPU one a core, so that the cores share a population."""

import os

import jax

from nne_jax.errors import InputError


def use_all() -> None:
    """Makes a CPU device of every core that the process may use; to be called before JAX is used.

    Small products leave all but one core idle when XLA has to share out each of them. Where the
    user has set a number of devices, or JAX has started, that stays.
    """
    told = "device_count" in os.environ.get("XLA_FLAGS", "") or "JAX_NUM_CPU_DEVICES" in os.environ
    if told:
        return
    try:
        jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    except (AttributeError, RuntimeError):  # another system than Linux, or JAX has started
        return


def check() -> None:
    """Starts JAX.

    Raises:
      InputError: it has no device of the platforms that it was told to use.
    """
    try:
        jax.devices()
    except RuntimeError as error:
        reason = (str(error).splitlines() or ["no reason is given"])[0].rstrip(".")
        raise InputError(
            f"JAX_PLATFORMS={jax.config.jax_platforms or ''}: JAX finds no device ({reason}); "
            "unset it, or set JAX_PLATFORMS=cpu."
        ) from error
