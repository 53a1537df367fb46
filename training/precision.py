"""Number formats and devices of a training run, from names a person can type."""

import tensorflow as tf

from holefill.errors import UserError
from holefill.processor import cpu_has_bfloat16

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


def policy(name: str, replicas: int = 1) -> str:
    """The Keras dtype policy for `auto`, `float32`, `bfloat16` or `float16` on `replicas` devices.

    `auto`: bfloat16 where the machine computes in it (Ampere GPUs and later, CPUs with AVX-512 BF16
    or AMX), float16 with loss scaling on one GPU with tensor cores before that, float32 elsewhere.
    """
    if name in POLICIES:
        return POLICIES[name]
    if name != "auto":
        raise UserError(f"unknown --precision {name!r}: known: auto, {', '.join(POLICIES)}")
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "mixed_bfloat16" if cpu_has_bfloat16() else "float32"
    capability = min(tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus)
    if capability >= (8, 0):
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= (7, 0) and replicas == 1 else "float32"


def check(policy: str, replicas: int):
    """UserError for float16 on several devices: each would judge by itself whether its gradients overflowed."""
    if policy == "mixed_float16" and replicas > 1:
        raise UserError(f"--precision float16 works on one device, not on {replicas}: take bfloat16 or float32")


def strategy(name: str) -> tf.distribute.Strategy:
    """The distribution strategy for `auto`, `single` or `mirrored`.

    `auto` mirrors over the GPUs where there are several. `mirrored` without GPUs mirrors over the
    logical CPU devices (one, unless the program split the CPU).
    """
    gpus = tf.config.list_logical_devices("GPU")
    if name == "mirrored" or (name == "auto" and len(gpus) > 1):
        devices = gpus or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if name in ("auto", "single"):
        return tf.distribute.get_strategy()
    raise UserError(f"unknown --strategy {name!r}: known: auto, single, mirrored")
