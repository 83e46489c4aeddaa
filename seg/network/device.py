"""What this machine can do: GPUs and their memory growth, precision, CPU features."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from seg.network import start_up_messages

# TensorFlow's messages at start-up name nothing that users could act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_CPU_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16")


@dataclass(frozen=True)
class Device:
    """The machine as training and inference see it.

    ``gpus`` and ``memory_growth`` have one entry a GPU; ``precision`` is a Keras dtype policy.
    """

    tensorflow: str
    gpus: tuple[str, ...]
    memory_growth: tuple[bool, ...]
    precision: str
    cpu: str
    cpu_features: tuple[str, ...]
    cores: int

    def as_dict(self) -> dict:
        return asdict(self)


@lru_cache(maxsize=1)
def prepare_device() -> Device:
    """Set memory growth on every GPU before any is used, and describe the machine.

    Called before TensorFlow and Keras are imported elsewhere, so that their start-up messages stay hidden; later calls
    return the same answer.
    """
    with start_up_messages.hidden(complaints=not has_nvidia_driver()):
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
    growth = []
    for gpu in gpus:
        # RuntimeError: a host program has used the GPU already. Its choice stays and is reported.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)
        growth.append(bool(tf.config.experimental.get_memory_growth(gpu)))
    names = tuple(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus)
    return Device(
        tensorflow=tf.__version__,
        gpus=names,
        memory_growth=tuple(growth),
        precision=_precision(gpus),
        cpu=cpu_name(),
        cpu_features=cpu_features(),
        cores=available_cores(),
    )


def _precision(gpus: list) -> str:
    """The fastest precision this machine computes in hardware, as a Keras dtype policy."""
    if gpus:
        import tensorflow as tf

        capability = min(
            tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus
        )
        return "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return cpu_precision()


def cpu_precision() -> str:
    """The fastest precision of the CPU, as a Keras dtype policy; does not import TensorFlow."""
    # Emulated bfloat16 is slower than float32.
    return "mixed_bfloat16" if {"avx512_bf16", "amx_bf16"} & set(cpu_features()) else "float32"


@lru_cache(maxsize=1)
def cpu_features() -> tuple[str, ...]:
    """The processor's instruction sets, of those that matter here; empty where the system does not list them."""
    for line in _cpuinfo():
        if line.startswith(("flags", "Features")):
            flags = set(line.split(":", 1)[1].split())
            return tuple(feature for feature in _CPU_FEATURES if feature in flags)
    return ()


@lru_cache(maxsize=1)
def cpu_name() -> str:
    """The processor's name for people, else its architecture."""
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def has_nvidia_driver() -> bool:
    """Whether there may be an NVIDIA GPU; asks no GPU library, so that TensorFlow stays unloaded."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def available_cores() -> int:
    """Cores that this process may use: in a container fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
