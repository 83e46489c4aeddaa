"""What this machine can do: GPUs and their memory growth, precision, CPU features."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from seg.cores import available_cores, thread_limit
from seg.errors import SegError
from seg.files import give_matplotlib_a_folder
from seg.network import start_up_messages

# TensorFlow's messages at start-up name nothing that users could act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_CPU_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16")
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


class TensorFlowError(SegError):
    """TensorFlow is needed, and is not installed or cannot be loaded."""


@dataclass(frozen=True)
class Device:
    """The machine as training and inference see it.

    ``tensorflow``: its version, None where it was not asked; ``gpus`` and ``memory_growth`` have one entry a GPU;
    ``precision`` is a Keras dtype policy.

    >>> from seg.network.device import Device
    >>> device = Device("2.20", ("NVIDIA H200",), (True,), "mixed_bfloat16", "x86_64", ("avx512_bf16",), cores=16)
    >>> device.as_dict()["gpus"], device.precision
    (('NVIDIA H200',), 'mixed_bfloat16')
    """

    tensorflow: str | None
    gpus: tuple[str, ...]
    memory_growth: tuple[bool, ...]
    precision: str
    cpu: str
    cpu_features: tuple[str, ...]
    cores: int

    def as_dict(self) -> dict:
        """As JSON has it."""
        return asdict(self)


@lru_cache(maxsize=1)
def prepare_device() -> Device:
    """Set memory growth on every GPU before any is used, and describe the machine.

    Called before TensorFlow and Keras are imported elsewhere, so that their start-up messages stay hidden; later calls
    return the same answer. Raises TensorFlowError.

    >>> from seg.network.device import prepare_device
    >>> device = prepare_device()  # before TensorFlow is imported elsewhere
    >>> device is prepare_device(), len(device.gpus) == len(device.memory_growth)
    (True, True)
    """
    require_tensorflow()
    give_matplotlib_a_folder()
    with start_up_messages.hidden(complaints=not has_nvidia_driver()):
        try:
            import tensorflow as tf
        except Exception as error:  # one that was built for other libraries raises more than ImportError
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise TensorFlowError("tensorflow_broken", reason=reason) from None

        gpus = tf.config.list_physical_devices("GPU")
        _limit_threads(tf)
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


def describe_cpu() -> Device:
    """The machine without its GPUs, where TensorFlow is not there to ask for them."""
    return Device(None, (), (), cpu_precision(), cpu_name(), cpu_features(), available_cores())


def is_installed(package: str) -> bool:
    """Whether a package can be imported; does not import it."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):  # an importer that refuses it, an entry None in sys.modules
        return False


def has_tensorflow() -> bool:
    """Whether TensorFlow and Keras are installed; imports neither."""
    return is_installed("tensorflow") and is_installed("keras")


def missing_tensorflow() -> TensorFlowError | None:
    """The error that says what to install where TensorFlow or Keras is not; None where both are. Imports neither."""
    if has_tensorflow():
        return None
    intel_mac = sys.platform == "darwin" and platform.machine() == "x86_64"
    return TensorFlowError("tensorflow_intel_mac" if intel_mac else "tensorflow_missing")


def require_tensorflow() -> None:
    """Raises TensorFlowError where TensorFlow or Keras is not installed; imports neither."""
    if missing := missing_tensorflow():
        raise missing


def _limit_threads(tf) -> None:
    """Start no more threads than a container's share of the CPU keeps busy."""
    if limit := thread_limit():
        # RuntimeError: a host program has used TensorFlow already. Its choice stays.
        with contextlib.suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(limit)


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
    """Whether there is a driver of NVIDIA; asks no GPU library, so that TensorFlow stays unloaded."""
    return bool(nvidia_driver())


def nvidia_driver() -> str:
    """Which NVIDIA driver this machine has, in words that change with its version; empty for none."""
    try:
        return _NVIDIA_DRIVER.read_text(encoding="utf-8", errors="replace")
    except OSError:
        pass
    # Windows, and Linux within it (WSL2), have no such file: there the driver brings this program.
    program = shutil.which("nvidia-smi")
    try:
        return f"{program} {os.stat(program).st_mtime_ns}" if program else ""
    except OSError:
        return ""


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
