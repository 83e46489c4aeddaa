"""What the machine can do, on machines that are not this one."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import tensorflow as tf

from seg.network import device as room
from seg.network.device import (
    TensorFlowError,
    cpu_features,
    cpu_name,
    has_nvidia_driver,
    is_installed,
    nvidia_driver,
    prepare_device,
)


@pytest.fixture(autouse=True)
def nothing_remembered():
    for cached in (prepare_device, cpu_features, cpu_name):
        cached.cache_clear()
    yield
    for cached in (prepare_device, cpu_features, cpu_name):
        cached.cache_clear()


@dataclass(frozen=True)
class Gpu:
    name: str


@dataclass
class Machine:
    """TensorFlow's view of a machine with GPUs; keeps the order in which it is asked."""

    capabilities: dict[str, tuple[int, int] | None]
    used_before: tuple[str, ...] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)
    growth: dict[str, bool] = field(default_factory=dict)

    def list_physical_devices(self, kind: str | None = None) -> list[Gpu]:
        return [Gpu(name) for name in self.capabilities] if kind == "GPU" else []

    def set_memory_growth(self, gpu: Gpu, enable: bool) -> None:
        self.asked.append(("growth", gpu.name))
        if gpu.name in self.used_before:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        self.growth[gpu.name] = enable

    def get_memory_growth(self, gpu: Gpu) -> bool:
        return self.growth.get(gpu.name, False)

    def get_device_details(self, gpu: Gpu) -> dict:
        self.asked.append(("details", gpu.name))
        capability = self.capabilities[gpu.name]
        return {"device_name": f"NVIDIA {gpu.name}", "compute_capability": capability} if capability else {}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    def make(**how) -> Machine:
        fake = Machine(**how)
        monkeypatch.setattr(tf.config, "list_physical_devices", fake.list_physical_devices)
        for name in ("set_memory_growth", "get_memory_growth", "get_device_details"):
            monkeypatch.setattr(tf.config.experimental, name, getattr(fake, name))
        return fake

    return make


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch):
    def make(text: str | None) -> None:
        monkeypatch.setattr(room, "_cpuinfo", lambda: (text or "").splitlines())

    return make


# GPUs


def test_memory_growth_is_set_on_every_gpu(machine):
    fake = machine(capabilities={"H100": (9, 0), "A100": (8, 0), "T4": (7, 5)})
    device = prepare_device()
    assert fake.growth == {"H100": True, "A100": True, "T4": True}
    assert device.gpus == ("NVIDIA H100", "NVIDIA A100", "NVIDIA T4")
    assert device.memory_growth == (True, True, True)


def test_memory_growth_is_set_before_any_gpu_is_asked_anything_else(machine):
    fake = machine(capabilities={"H100": (9, 0), "A100": (8, 0)})
    prepare_device()
    assert fake.asked[:2] == [("growth", "H100"), ("growth", "A100")]


def test_a_gpu_in_use_already_is_left_as_it_is_and_reported(machine):
    machine(capabilities={"H100": (9, 0), "A100": (8, 0)}, used_before=("H100",))
    assert prepare_device().memory_growth == (False, True)


def test_the_machine_is_prepared_once(machine):
    fake = machine(capabilities={"H100": (9, 0)})
    first = prepare_device()
    asked = len(fake.asked)
    assert prepare_device() is first
    assert len(fake.asked) == asked


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ({"H100": (9, 0)}, "mixed_bfloat16"),
        ({"A100": (8, 0)}, "mixed_bfloat16"),
        ({"B200": (10, 0)}, "mixed_bfloat16"),
        ({"T4": (7, 5)}, "mixed_float16"),
        ({"V100": (7, 0)}, "mixed_float16"),
        ({"P100": (6, 0)}, "float32"),
        ({"unknown": None}, "float32"),
        ({"H100": (9, 0), "T4": (7, 5)}, "mixed_float16"),
        ({"H100": (9, 0), "P100": (6, 1)}, "float32"),
    ],
    ids=str,
)
def test_the_precision_is_what_the_weakest_gpu_computes_in_hardware(machine, capabilities, precision):
    machine(capabilities=capabilities)
    assert prepare_device().precision == precision


def test_a_gpu_without_a_name_has_that_of_its_place(machine):
    machine(capabilities={"/physical_device:GPU:0": None})
    assert prepare_device().gpus == ("/physical_device:GPU:0",)


# Processors


@pytest.mark.parametrize(
    ("flags", "precision"),
    [
        ("fpu avx2 avx512f avx512_vnni", "float32"),
        ("fpu avx2 avx512f avx512_bf16", "mixed_bfloat16"),
        ("fpu amx_bf16 amx_int8", "mixed_bfloat16"),
        ("fpu sse2", "float32"),
        ("fpu avx512_bf16_of_tomorrow", "float32"),
    ],
)
def test_without_a_gpu_the_precision_is_what_the_processor_computes_in_hardware(machine, processor, flags, precision):
    machine(capabilities={})
    processor(f"processor\t: 0\nmodel name\t: Xeon\nflags\t\t: {flags}\n")
    device = prepare_device()
    assert device.precision == precision
    assert (device.gpus, device.memory_growth, device.cpu) == ((), (), "Xeon")


def test_the_features_of_an_arm_processor_are_found_too(processor):
    processor("processor\t: 0\nFeatures\t: fp asimd bf16 sve\nCPU part\t: 0xd40\n")
    assert set(cpu_features()) == {"asimd", "bf16"}


@pytest.mark.parametrize("text", [None, "", "vmx flags\t: none of these\n"])
def test_a_machine_that_says_nothing_of_its_processor_is_harmless(machine, processor, text):
    machine(capabilities={})
    processor(text)
    device = prepare_device()
    assert device.cpu_features == ()
    assert device.precision == "float32"
    assert isinstance(device.cpu, str)


def test_no_proc_cpuinfo_is_harmless(monkeypatch: pytest.MonkeyPatch):
    def gone(self: Path, *_, **__) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", gone)
    assert cpu_features() == ()
    assert isinstance(cpu_name(), str)


def test_an_nvidia_driver_is_looked_for_without_tensorflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(room, "_NVIDIA_DRIVER", tmp_path / "version")
    monkeypatch.setattr(room.shutil, "which", lambda name: None)
    assert not has_nvidia_driver()
    monkeypatch.setattr(room.shutil, "which", lambda name: sys.executable)
    assert has_nvidia_driver()
    monkeypatch.setattr(room.shutil, "which", lambda name: None)
    (tmp_path / "version").write_text("NVRM version: 580.95.05")
    assert nvidia_driver() == "NVRM version: 580.95.05"


# TensorFlow


@pytest.mark.parametrize("package", ["tensorflow", "keras"])
def test_without_tensorflow_or_keras_one_sentence_says_what_to_install(monkeypatch, package):
    monkeypatch.setattr(room, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(TensorFlowError, match=r"^TensorFlow is not installed.+pip install tensorflow keras`\.$"):
        prepare_device()


def test_on_a_mac_with_an_intel_processor_nothing_is_said_to_install(monkeypatch):
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    monkeypatch.setattr(room.sys, "platform", "darwin")
    monkeypatch.setattr(room.platform, "machine", lambda: "x86_64")
    with pytest.raises(TensorFlowError, match="no version for Macs with Intel processors"):
        prepare_device()


def test_tensorflow_that_cannot_be_loaded_says_why_in_one_sentence(monkeypatch, tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise AttributeError('_ARRAY_API not found\\nmore')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tensorflow")
    with pytest.raises(TensorFlowError, match=r"cannot be loaded \(_ARRAY_API not found\): install it again"):
        prepare_device()


def test_a_package_that_an_importer_refuses_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert not is_installed("tensorflow")
    assert not is_installed("no_such_package")
    assert is_installed("numpy")


def test_in_a_container_with_less_than_a_core_tensorflow_starts_one_thread(machine, monkeypatch):
    machine(capabilities={})
    asked = []
    monkeypatch.setattr(tf.config.threading, "set_intra_op_parallelism_threads", asked.append)
    prepare_device()
    assert asked == []
    prepare_device.cache_clear()
    monkeypatch.setattr(room, "thread_limit", lambda: 1)
    prepare_device()
    assert asked == [1]


# This machine


def test_this_machine_can_be_described():
    device = prepare_device()
    assert device.tensorflow == tf.__version__
    assert device.precision in ("float32", "mixed_bfloat16", "mixed_float16")
    assert device.cores >= 1
    assert len(device.memory_growth) == len(device.gpus)
    assert json.loads(json.dumps(device.as_dict()))["cores"] == device.cores


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="NOT TESTED: only Linux has /proc/cpuinfo")
def test_the_features_are_those_that_linux_names():
    text = Path("/proc/cpuinfo").read_text()
    for feature in cpu_features():
        assert feature in text.split()
